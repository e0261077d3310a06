"""The reader's changes, as the menu and the audit trail name them, and decisions on grades."""

from __future__ import annotations

from koa_desktop.examination.actions import Action
from koa_desktop.examination.decision import Choice
from koa_desktop.message import Code


class DecisionText(Code):
    """A part of a line on a decision."""

    EARLIER = "earlier"
    MODEL_NOW = "model-now"
    DETAILS = "details"


TEMPLATES: dict[Code, str] = {
    Action.GRADE: "grade KL {grade}",
    Action.OVERRULE: "overrule KL {model_grade} with KL {grade}",
    Action.AGREE: "agree with KL {grade}",
    Action.TAKE_BACK: "take the grade back",
    Action.SWAP_SIDE: "swap right and left of one knee",
    Action.SWAP_SIDES: "swap right and left",
    Action.DELETE_BOX: "delete a box",
    Action.MOVE_BOX: "move a box",
    Action.DRAW_BOX: "draw a box",
    Action.ACCEPT_BOXES: "grade the proposed boxes",
    Action.GRADE_ON_REQUEST: "grade on request",
    Action.INVERT: "exchange dark and bright",
    Action.STORED_INVERTED: "take the film as stored inverted",
    Action.NOT_STORED_INVERTED: "take the film as stored correctly",
    Action.COMMENT: "comment",
    Action.MEASURE: "measure",
    Action.CHANGE_MEASUREMENT: "change a measurement",
    Action.DELETE_MEASUREMENT: "delete a measurement",
    Action.CORRECT_MARGINS: "correct the joint margins",
    Action.RESTORE_MARGINS: "back to the measured margins",
    Action.TAKE_OTHER: "take over the reading of another program",
    Action.KEEP_THIS: "replace the reading of another program",
    Choice.AGREED: "reader agreed with KL {grade}",
    Choice.OVERRULED: "reader overruled KL {grade}",
    Choice.ALONE: "reader's own grade",
    DecisionText.EARLIER: "graded by the reader",
    DecisionText.MODEL_NOW: "model now says KL {grade}",
    DecisionText.DETAILS: "{choice} of {model}, {at}",
}
