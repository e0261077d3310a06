"""The steps of a reader, as the audit trail keeps them."""

from __future__ import annotations

from dataclasses import dataclass

from koa_desktop.message import Code, Message
from koa_desktop.radiograph import Side


class Action(Code):
    """A change of a reading; the value is what the audit trail carries.

    One about a knee has the argument `of_knee`, too, a value of `Side`, where that is known;
    those of earlier versions have none.
    """

    GRADE = "grade"  # argument: grade; where the model gave none, and in earlier versions
    OVERRULE = "overrule"  # arguments: model_grade, grade
    AGREE = "agree"  # argument: grade
    NOT_GRADABLE = "not-gradable"  # argument: obstacle, a value of decision.Obstacle
    TAKE_BACK = "take-grade-back"
    READ = "read"  # arguments: reading, grade; an OARSI reading in place of the program's
    UNREAD = "take-reading-back"  # argument: reading
    SWAP_SIDE = "swap-side"  # of one knee
    SWAP_SIDES = "swap-sides"  # of all knees of the film
    DELETE_BOX = "delete-box"
    MOVE_BOX = "move-box"
    DRAW_BOX = "draw-box"
    ACCEPT_BOXES = "accept-proposed-boxes"
    GRADE_ON_REQUEST = "grade-on-request"
    INVERT = "invert"  # of earlier versions: exchanged dark and bright before grading
    STORED_INVERTED = "stored-inverted"
    NOT_STORED_INVERTED = "not-stored-inverted"
    COMMENT = "comment"
    COMMENT_KNEE = "comment-knee"  # argument: side, of the knee; empty where it is unknown
    DICTATE = "dictate"  # findings and impression in the reader's own words
    UNDICTATE = "undictate"  # back to those that the program makes
    IDENTIFY = "identify"  # the patient's data that the file lacks
    SAME_PATIENT = "same-patient"  # another film shows the same patient, at the reader's word
    OTHER_PATIENT = "other-patient"
    MEASURE = "measure"
    CALIBRATE = "calibrate"  # by an object of known size
    CHANGE_MEASUREMENT = "change-measurement"
    DELETE_MEASUREMENT = "delete-measurement"
    MASK = "mask"  # an area of the film, in exported pictures
    MASK_KNEE = "mask-knee"  # the same, where it covers a part of a knee's box
    CHANGE_MASK = "change-mask"
    DELETE_MASK = "delete-mask"
    CORRECT_MARGINS = "correct-margins"
    RESTORE_MARGINS = "restore-margins"
    TAKE_OTHER = "take-other-reading"  # that another program has saved meanwhile
    KEEP_THIS = "keep-this-reading"  # in its place
    SIGN = "sign"
    SIGN_UNREAD = "sign-unread"  # with knees that the reader has not read
    ADD_ADDENDUM = "add-addendum"
    REOPEN = "reopen"  # argument: reason; takes the signature away


@dataclass(frozen=True, slots=True)
class Step:
    """A change that was made, or taken back: the message of an `Action`."""

    action: Message
    undone: bool = False


def on_knee(action: Message, side: Side | None) -> Message:
    """Return the message of an action, naming the knee that it is about by its side."""
    if side is None:
        return action
    return Message.of(action.code, **dict(action.arguments), of_knee=side.value)


def grading(grade: int, model_grade: int | None) -> Message:
    """Return the action of a reader who gives a grade (0..4) where the model gave its own."""
    if model_grade is None:
        return Message.of(Action.GRADE, grade=grade)
    if grade == model_grade:
        return Message.of(Action.AGREE, grade=grade)
    return Message.of(Action.OVERRULE, grade=grade, model_grade=model_grade)
