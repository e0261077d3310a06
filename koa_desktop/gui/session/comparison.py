"""The comparisons of a case: with its other knee, an earlier film, any other case."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from PySide6.QtCore import QCoreApplication

from koa_desktop.examination import identity
from koa_desktop.examination.reading import MarkedKnee
from koa_desktop.gui.session.case import Case
from koa_desktop.joint_space.measure import JointSpace
from koa_desktop.radiograph import Side
from koa_desktop.wording.language import date_text


@dataclass(frozen=True, eq=False, slots=True)
class Half:
    """One side of a comparison: a case, and the place of the knee to show; None is all of it."""

    case: Case
    knee: int | None = None

    @property
    def marked(self) -> MarkedKnee | None:
        """The knee to show."""
        knees = self.case.reading.knees
        return knees[self.knee] if self.knee is not None and self.knee < len(knees) else None


def has_two_knees(case: Case) -> bool:
    """Tell whether a case's own knees can be compared."""
    return len(case.reading.knees) > 1


def partners(case: Case, cases: Iterable[Case]) -> list[Case]:
    """Return the cases to compare with: earlier films of the patient first, the newest in front."""
    others = [
        other for other in cases if other is not case and other.radiograph and not other.error
    ]
    earlier = earlier_films(case, others)
    return earlier + [other for other in others if other not in earlier]


def earlier_films(case: Case, cases: Iterable[Case]) -> list[Case]:
    """Return earlier films of the same patient, the newest in front."""
    earlier = [other for other in cases if is_earlier(other, case)]
    return sorted(earlier, key=lambda other: study_date(other) or date.min, reverse=True)


def is_earlier(other: Case, case: Case) -> bool:
    """Tell whether `other` is an earlier film of the same patient."""
    before, now = study_date(other), study_date(case)
    dated = before is not None and now is not None and before < now
    return dated and same_patient(other, case) is True


def same_patient(one: Case, other: Case) -> bool | None:
    """Tell whether two cases show one patient, by the reader's word first; None where unknown."""
    if one is other:
        return True
    told = dict(one.reading.related).get(other.identity)
    told = dict(other.reading.related).get(one.identity) if told is None else told
    return identity.same_patient(one.header, other.header) if told is None else told


def in_order(halves: tuple[Half, Half]) -> tuple[Half, Half]:
    """Return both halves, the one that was taken earlier in front."""
    first, second = (study_date(half.case) for half in halves)
    if first is not None and second is not None and second < first:
        return halves[1], halves[0]
    return halves


def study_date(case: Case) -> date | None:
    """Return the day a case was taken, where that is known."""
    return case.header.study_date


def two_knees(case: Case) -> tuple[Half, Half]:
    """Return a case's first two knees, as they lie on the film."""
    return Half(case, 0), Half(case, 1)


def two_films(case: Case, knee: int | None, other: Case) -> tuple[Half, Half]:
    """Return a knee of one case and the same side's of another, else its first."""
    mine = Half(case, knee)
    side = case.knee(mine.marked).side if mine.marked else None
    return mine, Half(other, _knee_of(other, side))


def joint_spaces_elsewhere(
    case: Case, marked: MarkedKnee, earlier: Iterable[Case]
) -> list[tuple[str, JointSpace]]:
    """Return names and joint spaces to compare a knee's with: the other knee's, then earlier ones.

    `earlier` are films of the same patient. Without a side nothing can be compared.
    """
    examined = case.examined(marked)
    side = examined.knee.side if examined else None
    if side is None:
        return []
    other = Side.LEFT if side is Side.RIGHT else Side.RIGHT
    name = QCoreApplication.translate("Comparison", "other knee")
    found = [(name, space) for space in _spaces(case, other)]
    for film in earlier:
        taken = study_date(film)
        found += [(date_text(taken), space) for space in _spaces(film, side) if taken]
    return found


def _knee_of(case: Case, side: Side | None) -> int | None:
    knees = case.reading.knees
    same = [index for index, marked in enumerate(knees) if side and case.knee(marked).side is side]
    return same[0] if same else (0 if knees else None)


def _spaces(case: Case, side: Side) -> Iterator[JointSpace]:
    for marked in case.reading.placed:
        examined = case.examined(marked)
        if examined is not None and examined.knee.side is side and examined.joint_space is not None:
            yield examined.joint_space
