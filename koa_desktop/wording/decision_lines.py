"""Lines on what the reader decided and signed, on the screen and in exports."""

from __future__ import annotations

from datetime import datetime

from koa_desktop.examination.audit_chain import Break
from koa_desktop.examination.decision import Decision
from koa_desktop.examination.sign_off import Remark, SignOff
from koa_desktop.message import Message
from koa_desktop.wording.actions import DecisionText, SignOffText
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
    return decision.remark.rstrip(". ।") or sentence(decision.obstacle)


def model_now(decision: Decision | None, model_grade: int | None) -> str:
    """Return `model now says KL 3` where that is not what the reader decided on, else nothing."""
    if decision is None or model_grade is None or model_grade == decision.model_grade:
        return ""
    return sentence(Message.of(DecisionText.MODEL_NOW, grade=model_grade))


def details(decision: Decision | None) -> str:
    """Return what the reader did, on which model, and when by this computer's clock."""
    if decision is None:
        return ""
    at = local_time(decision.at)
    return sentence(
        Message.of(DecisionText.DETAILS, choice=choice(decision), model=decision.model, at=at)
    )


def status(sign_off: SignOff, *, named: bool = True) -> str:
    """Return `draft`, or `final, signed by Dr A, 2 Jan 2026, 14:05`; not `named` by nobody."""
    signature = sign_off.signature
    if signature is None:
        return sentence(sign_off.status)
    code = SignOffText.SIGNED if named else SignOffText.SIGNED_AT
    return sentence(Message.of(code, reader=signature.reader, at=local_time(signature.at)))


def addendum_head(addendum: Remark) -> str:
    """Return who wrote an addendum, and when; without a name where it has none."""
    code = SignOffText.ADDENDUM if addendum.reader else SignOffText.ADDENDUM_AT
    return sentence(Message.of(code, reader=addendum.reader, at=local_time(addendum.at)))


def reopening(remark: Remark) -> str:
    """Return who reopened a final reading, when, and why; without a name where it has none."""
    code = SignOffText.REOPENED if remark.reader else SignOffText.REOPENED_AT
    at = local_time(remark.at)
    return sentence(Message.of(code, reader=remark.reader, at=at, reason=remark.text))


def remarks(sign_off: SignOff) -> list[str]:
    """Return the words of addenda and reopenings."""
    return [remark.text for remark in (*sign_off.addenda, *sign_off.reopenings)]


def damage(found: Break) -> str:
    """Return in a sentence where a film's audit trail is not as the program wrote it."""
    at = local_time(found.at)
    return sentence(Message.of(found.damage, number=found.number, at=at))


def local_time(at: str) -> str:
    """Return a stored time (UTC, ISO 8601) by this computer's clock; as it is where it is none."""
    try:
        return time_text(datetime.fromisoformat(at).astimezone())
    except (ValueError, OverflowError, OSError):
        return at
