"""The reader's decision on a knee or a film, kept as it was made.

It is never computed from later grades: a box that is moved, or a newer model, changes what the
model says and not what the reader did.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from koa_desktop.examination.findings import Refusal
from koa_desktop.grading.kellgren_lawrence import GRADES
from koa_desktop.message import Code, Message


class Choice(Code):
    """The reader's decision on the model's grade; tables carry the value."""

    AGREED = "agreed"
    OVERRULED = "overruled"
    ALONE = "alone"  # the model gave no grade
    NOT_GRADABLE = "not-gradable"  # seen, and no grade given


class Obstacle(Code):
    """The reader's reason why a knee or a film cannot be graded."""

    IMPLANT = "implant"
    NOT_FRONTAL = "not-frontal"
    NOT_A_KNEE = "not-a-knee"
    POOR_PICTURE = "poor-picture"
    OTHER = "other"  # in the reader's own words


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision, and what it was made on.

    `model_grade` (0..4, or None) and `model` are the model's grade and name at that moment, `at`
    the time in UTC (ISO 8601). `obstacle` is why no grade was given, None where one was; `remark`
    are the reader's words on it.
    """

    choice: Choice
    model_grade: int | None
    model: str
    at: str
    obstacle: Obstacle | None = None
    remark: str = ""

    @classmethod
    def now(cls, grade: int, model_grade: int | None, model: str) -> Decision:
        """Return the decision that a reader makes by giving `grade` at this moment."""
        choice = Choice.AGREED if grade == model_grade else Choice.OVERRULED
        return cls(Choice.ALONE if model_grade is None else choice, model_grade, model, _now())

    @classmethod
    def not_gradable(
        cls, obstacle: Obstacle, model_grade: int | None, model: str, remark: str = ""
    ) -> Decision:
        """Return the decision that a reader makes by giving no grade at this moment."""
        return cls(Choice.NOT_GRADABLE, model_grade, model, _now(), obstacle, remark)

    def is_same_as(self, other: Decision | None) -> bool:
        """Tell whether two decisions differ in nothing but the time."""
        return other is not None and self._but_time() == other._but_time()

    def _but_time(self) -> tuple[object, ...]:
        return self.choice, self.model_grade, self.model, self.obstacle, self.remark


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def is_not_gradable(decision: Decision | None) -> bool:
    """Tell whether the reader saw the knee or film and decided that it has no grade."""
    return decision is not None and decision.choice is Choice.NOT_GRADABLE


_OBSTACLES = {
    Refusal.IMPLANT: Obstacle.IMPLANT,
    Refusal.NOT_FRONTAL: Obstacle.NOT_FRONTAL,
    Refusal.OTHER: Obstacle.NOT_A_KNEE,
    Refusal.NO_KNEE: Obstacle.NOT_A_KNEE,
    Refusal.TOO_SMALL: Obstacle.POOR_PICTURE,
    Refusal.CUT_BY_BORDER: Obstacle.POOR_PICTURE,
}


def obstacle_of(refusal: Message | None) -> Obstacle | None:
    """Return the reason that agrees with the program's refusal; None where it has no such one."""
    if refusal is None or not isinstance(refusal.code, Refusal):
        return None
    return _OBSTACLES.get(refusal.code)


def to_json(decision: Decision | None) -> dict[str, Any] | None:
    """Return a decision as JSON's types."""
    if decision is None:
        return None
    known = {**asdict(decision), "choice": decision.choice.value}
    if decision.obstacle is None:
        del known["obstacle"], known["remark"]
        return known
    return {**known, "obstacle": decision.obstacle.value}


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
    told = Obstacle(stored["obstacle"]) if choice is Choice.NOT_GRADABLE else None
    remark = str(stored.get("remark", ""))
    return Decision(choice, stored["model_grade"], str(stored["model"]), stored["at"], told, remark)
