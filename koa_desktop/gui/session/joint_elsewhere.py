"""The joint spaces to compare a knee's with: the other knee's, and those of earlier films."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from PySide6.QtCore import QCoreApplication

from koa_desktop.examination.reading import MarkedKnee
from koa_desktop.gui.session.case import Case
from koa_desktop.gui.session.comparison import study_date
from koa_desktop.joint_space.measure import JointSpace
from koa_desktop.radiograph import Side


def joints_elsewhere(
    case: Case, marked: MarkedKnee, earlier: Iterable[Case]
) -> list[tuple[str, JointSpace]]:
    """Return what they are called and the joint spaces: the other knee's, then the same knee's.

    `earlier` are films of the same patient. Without a side nothing can be compared.
    """
    examined = case.examined(marked)
    side = examined.knee.side if examined else None
    if side is None:
        return []
    other = Side.LEFT if side is Side.RIGHT else Side.RIGHT
    name = QCoreApplication.translate("JointElsewhere", "other knee")
    found = [(name, space) for space in _spaces(case, other)]
    for film in earlier:
        taken = study_date(film)
        found += [(taken.isoformat(), space) for space in _spaces(film, side) if taken]
    return found


def _spaces(case: Case, side: Side) -> Iterator[JointSpace]:
    for marked in case.reading.placed:
        examined = case.examined(marked)
        if examined is not None and examined.knee.side is side and examined.joint_space is not None:
            yield examined.joint_space
