"""The reader's changes, as the menu and the audit trail name them, and decisions on grades."""

from __future__ import annotations

from koa_desktop.examination.actions import Action
from koa_desktop.examination.decision import Choice, Obstacle
from koa_desktop.examination.sign_off import Status
from koa_desktop.message import Code


class KneeName(Code):
    """The knee of an action; the value is that of its side."""

    RIGHT = "R"
    LEFT = "L"
    UNKNOWN = ""


class OfKnee(Code):
    """What stands before the words of an action on one knee; the value is that of its side."""

    RIGHT = "R"
    LEFT = "L"


class DecisionText(Code):
    """A part of a line on a decision."""

    EARLIER = "earlier"
    MODEL_NOW = "model-now"
    DETAILS = "details"
    OBSTACLE = "obstacle"


class SignOffText(Code):
    """A line on the sign-off of a reading."""

    SIGNED = "signed"
    SIGNED_AT = "signed-at"
    ADDENDUM = "addendum"
    ADDENDUM_AT = "addendum-at"
    REOPENED = "reopened"
    REOPENED_AT = "reopened-at"
    REFUSED = "refused"


TEMPLATES: dict[Code, str] = {
    Action.GRADE: "grade KL {grade}",
    Action.OVERRULE: "overrule KL {model_grade} with KL {grade}",
    Action.AGREE: "agree with KL {grade}",
    Action.NOT_GRADABLE: "seen, not gradable: {obstacle}",
    Action.TAKE_BACK: "withdraw the decision",
    Action.READ: "read {reading} as grade {grade}",
    Action.UNREAD: "restore the model's reading of {reading}",
    Action.SWAP_SIDE: "swap right and left of one knee",
    Action.SWAP_SIDES: "swap right and left",
    Action.DELETE_BOX: "delete a box",
    Action.MOVE_BOX: "move a box",
    Action.DRAW_BOX: "draw a box",
    Action.ACCEPT_BOXES: "grade the proposed boxes",
    Action.GRADE_ON_REQUEST: "grade on request",
    Action.INVERT: "exchange dark and bright",
    Action.STORED_INVERTED: "mark the film as stored inverted",
    Action.NOT_STORED_INVERTED: "mark the film as not stored inverted",
    Action.COMMENT: "write a comment",
    Action.COMMENT_KNEE: "comment on {side}",
    Action.DICTATE: "write findings and impression",
    Action.UNDICTATE: "restore the program's findings and impression",
    Action.IDENTIFY: "enter the patient's data",
    Action.SAME_PATIENT: "take a film for the same patient's",
    Action.OTHER_PATIENT: "take a film for another patient's",
    Action.MEASURE: "add a measurement",
    Action.CALIBRATE: "calibrate by an object",
    Action.CHANGE_MEASUREMENT: "change a measurement",
    Action.DELETE_MEASUREMENT: "delete a measurement",
    Action.MASK: "mask an area",
    Action.MASK_KNEE: "mask an area over a knee, whose grade stays",
    Action.CHANGE_MASK: "change a masked area",
    Action.DELETE_MASK: "remove a masked area",
    Action.CORRECT_MARGINS: "correct the joint margins",
    Action.RESTORE_MARGINS: "restore the measured margins",
    Action.TAKE_OTHER: "accept the reading of another program",
    Action.KEEP_THIS: "replace the reading of another program",
    OfKnee.RIGHT: "right knee: {change}",
    OfKnee.LEFT: "left knee: {change}",
    KneeName.RIGHT: "the right knee",
    KneeName.LEFT: "the left knee",
    KneeName.UNKNOWN: "a knee",
    Action.SIGN: "sign",
    Action.SIGN_UNREAD: "sign with unread knees",
    Action.ADD_ADDENDUM: "add an addendum",
    Action.REOPEN: "reopen: {reason}",
    Status.DRAFT: "draft",
    Status.FINAL: "final",
    SignOffText.SIGNED: "final, signed by {reader}, {at}",
    SignOffText.SIGNED_AT: "final, signed {at}",
    SignOffText.ADDENDUM: "Addendum by {reader}, {at}",
    SignOffText.ADDENDUM_AT: "Addendum, {at}",
    SignOffText.REOPENED: "Reopened by {reader}, {at}: {reason}",
    SignOffText.REOPENED_AT: "Reopened, {at}: {reason}",
    SignOffText.REFUSED: (
        "This reading is final. Add an addendum, or reopen it with a reason, to change it."
    ),
    Choice.AGREED: "reader agreed with KL {grade}",
    Choice.OVERRULED: "reader overruled KL {grade}",
    Choice.ALONE: "reader's own grade",
    Choice.NOT_GRADABLE: "seen, not gradable",
    Obstacle.IMPLANT: "artificial joint",
    Obstacle.NOT_FRONTAL: "not a frontal view",
    Obstacle.NOT_A_KNEE: "not a knee",
    Obstacle.POOR_PICTURE: "image quality too poor",
    Obstacle.OTHER: "other reason",
    DecisionText.OBSTACLE: "seen, not gradable: {reason}",
    DecisionText.EARLIER: "graded by the reader",
    DecisionText.MODEL_NOW: "model now says KL {grade}",
    DecisionText.DETAILS: "{choice} of {model}, {at}",
}
