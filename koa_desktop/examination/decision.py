"""The reader's decision on a knee's grade, kept as it was made.

It is never computed from later grades: a box that is moved, or a newer model, changes what the
model says and not what the reader did.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from koa_desktop.grading.kellgren_lawrence import GRADES
from koa_desktop.message import Code


class Choice(Code):
    """The reader's decision on the model's grade; tables carry the value."""

    AGREED = "agreed"
    OVERRULED = "overruled"
    ALONE = "alone"  # the model gave no grade


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision, and what it was made on.

    `model_grade` (0..4, or None) and `model` are the model's grade and name at that moment, `at`
    the time in UTC (ISO 8601).
    """

    choice: Choice
    model_grade: int | None
    model: str
    at: str

    @classmethod
    def now(cls, grade: int, model_grade: int | None, model: str) -> Decision:
        """Return the decision that a reader makes by giving `grade` at this moment."""
        choice = Choice.AGREED if grade == model_grade else Choice.OVERRULED
        at = datetime.now(UTC).isoformat(timespec="seconds")
        return cls(Choice.ALONE if model_grade is None else choice, model_grade, model, at)

    def is_same_as(self, other: Decision | None) -> bool:
        """Tell whether two decisions differ in nothing but the time."""
        return other is not None and (self.choice, self.model_grade, self.model) == (
            other.choice,
            other.model_grade,
            other.model,
        )


def to_json(decision: Decision | None) -> dict[str, Any] | None:
    """Return a decision as JSON's types."""
    return None if decision is None else {**asdict(decision), "choice": decision.choice.value}


def from_json(stored: dict[str, Any] | None) -> Decision | None:
    """Return a stored decision; None where an earlier version kept none.

    Raises ValueError, KeyError or TypeError where no program wrote it.
    """
    if stored is None:
        return None
    if stored["model_grade"] not in (None, *range(GRADES)):
        raise ValueError("not a grade")
    datetime.fromisoformat(stored["at"])
    choice = Choice(stored["choice"])
    return Decision(choice, stored["model_grade"], str(stored["model"]), stored["at"])
