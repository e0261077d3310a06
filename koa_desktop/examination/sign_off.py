"""The sign-off of a reading: draft or final, what was signed, addenda, and why it was reopened.

A final reading is what was signed: grades, readings and paragraphs are kept with the signature, so
that no later model and no later version of the program changes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from koa_desktop.examination.actions import Action, Step
from koa_desktop.grading.kellgren_lawrence import GRADES
from koa_desktop.grading.oarsi import GivenReading, given_readings
from koa_desktop.message import Code

# The only steps that lead away from a final reading; each of them says so in the audit trail.
# A mask hides a part of exported pictures, and changes nothing that was signed.
ON_FINAL = frozenset(
    {
        Action.ADD_ADDENDUM,
        Action.REOPEN,
        Action.TAKE_OTHER,
        Action.MASK,
        Action.MASK_KNEE,
        Action.CHANGE_MASK,
        Action.DELETE_MASK,
    }
)


class Status(Code):
    """The status of a reading; tables carry the value."""

    DRAFT = "draft"
    FINAL = "final"


@dataclass(frozen=True, slots=True)
class SignedKnee:
    """One knee as it was signed: its grade (0..4), the model's, and the OARSI readings.

    `grade` is None for a knee without one, `model_grade` where the model gave none.
    """

    grade: int | None
    model_grade: int | None
    readings: tuple[GivenReading, ...] = ()


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed, when (UTC, ISO 8601), and what: the placed knees, and both paragraphs.

    `model` is the name of the model whose gradings were shown.
    """

    reader: str
    at: str
    model: str
    knees: tuple[SignedKnee, ...]
    findings: str
    impression: str


@dataclass(frozen=True, slots=True)
class Remark:
    """A reader's words on a signed reading, and when they were written (UTC, ISO 8601)."""

    text: str
    reader: str
    at: str


@dataclass(frozen=True, slots=True)
class SignOff:
    """The status of a reading. Addenda and the reasons of reopenings are never taken away."""

    signature: Signature | None = None
    addenda: tuple[Remark, ...] = ()
    reopenings: tuple[Remark, ...] = ()

    @property
    def is_final(self) -> bool:
        """True where the reading is signed."""
        return self.signature is not None

    @property
    def status(self) -> Status:
        """Draft or final."""
        return Status.FINAL if self.is_final else Status.DRAFT

    def signed(self, signature: Signature) -> SignOff:
        """Return the sign-off with a signature."""
        return replace(self, signature=signature)

    def with_addendum(self, text: str, reader: str) -> SignOff:
        """Return the sign-off with one more addendum, written at this moment."""
        return replace(self, addenda=(*self.addenda, Remark(text, reader, now())))

    def reopened(self, reason: str, reader: str) -> SignOff:
        """Return the sign-off without its signature, and the reason why it was taken away."""
        reopenings = (*self.reopenings, Remark(reason, reader, now()))
        return replace(self, signature=None, reopenings=reopenings)


DRAFT = SignOff()


def may_replace_final(steps: Sequence[Step]) -> bool:
    """Tell whether steps say that they lead away from a final reading."""
    return any(step.action.code in ON_FINAL for step in steps)


def now() -> str:
    """Return this moment in UTC (ISO 8601)."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def to_json(sign_off: SignOff) -> dict[str, Any] | None:
    """Return a sign-off as JSON's types; None for a draft that never was signed."""
    if sign_off == DRAFT:
        return None
    stored = asdict(sign_off)
    if sign_off.signature is not None:
        stored["signature"]["knees"] = [
            {**asdict(knee), "readings": {name.value: grade for name, grade in knee.readings}}
            for knee in sign_off.signature.knees
        ]
    return stored


def from_json(stored: dict[str, Any] | None, knees: int) -> SignOff:
    """Return a stored sign-off of a reading with so many placed knees.

    Raises ValueError, KeyError or TypeError where no program wrote it.
    """
    if stored is None:
        return DRAFT
    signature = stored["signature"]
    return SignOff(
        None if signature is None else _signature(signature, knees),
        tuple(map(_remark, stored["addenda"])),
        tuple(map(_remark, stored["reopenings"])),
    )


def _signature(stored: dict[str, Any], knees: int) -> Signature:
    if len(stored["knees"]) != knees:
        raise ValueError("not the knees of this reading")
    return Signature(
        str(stored["reader"]),
        _moment(stored["at"]),
        str(stored["model"]),
        tuple(map(_knee, stored["knees"])),
        str(stored["findings"]),
        str(stored["impression"]),
    )


def _knee(stored: dict[str, Any]) -> SignedKnee:
    grades = stored["grade"], stored["model_grade"]
    if any(grade not in (None, *range(GRADES)) for grade in grades):
        raise ValueError("not a grade")
    return SignedKnee(*grades, given_readings(stored["readings"]))


def _remark(stored: dict[str, Any]) -> Remark:
    return Remark(str(stored["text"]), str(stored["reader"]), _moment(stored["at"]))


def _moment(at: str) -> str:
    datetime.fromisoformat(at)
    return at
