"""Lines on what the reader decided, on the screen and in exports."""

from __future__ import annotations

from datetime import datetime

from koa_desktop.examination.decision import Decision
from koa_desktop.message import Message
from koa_desktop.wording.actions import DecisionText
from koa_desktop.wording.language import time_text
from koa_desktop.wording.sentences import sentence


def choice(decision: Decision | None) -> str:
    """Return what the reader did: `reader agreed with KL 2`; an earlier version did not keep it."""
    if decision is None:
        return sentence(DecisionText.EARLIER)
    if decision.obstacle is not None:
        return sentence(Message.of(DecisionText.OBSTACLE, reason=obstacle(decision)))
    return sentence(Message.of(decision.choice, grade=decision.model_grade))


def obstacle(decision: Decision | None) -> str:
    """Return why the reader gave no grade: `artificial joint`; empty where that is not so."""
    if decision is None or decision.obstacle is None:
        return ""
    return decision.remark.rstrip(". ") or sentence(decision.obstacle)


def model_now(decision: Decision | None, model_grade: int | None) -> str:
    """Return `model now says KL 3` where that is not what the reader decided on, else nothing."""
    if decision is None or model_grade is None or model_grade == decision.model_grade:
        return ""
    return sentence(Message.of(DecisionText.MODEL_NOW, grade=model_grade))


def details(decision: Decision | None) -> str:
    """Return what the reader did, on which model, and when by this computer's clock."""
    if decision is None:
        return ""
    at = time_text(datetime.fromisoformat(decision.at).astimezone())
    return sentence(
        Message.of(DecisionText.DETAILS, choice=choice(decision), model=decision.model, at=at)
    )
