"""Short descriptions of a box: its content, its origin, its side, and where that comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QCoreApplication

from koa_desktop.examination.findings import Finding
from koa_desktop.examination.measurements import Kind, Measurement
from koa_desktop.gui.session.case import Case
from koa_desktop.imaging.masks import Mask
from koa_desktop.knees.box import Box, BoxClass, Knee, SideSource
from koa_desktop.radiograph import Side

translate = QCoreApplication.translate


def reason(finding: Finding) -> str:
    """Return in short why a knee was refused: `artificial joint`."""
    return {
        BoxClass.IMPLANT: translate("Knee", "artificial joint"),
        BoxClass.NOT_FRONTAL: translate("Knee", "not frontal"),
        BoxClass.OTHER: translate("Knee", "no knee"),
    }.get(finding.box_class or BoxClass.NATIVE, translate("Knee", "not graded"))


def reasons(findings: Iterable[Finding]) -> str:
    """Return why several knees were refused, each reason once."""
    return ", ".join(dict.fromkeys(map(reason, findings)))


def side_source(knee: Knee) -> str:
    """Return where the side is known from: `side from the fibula`; empty where it is not."""
    if knee.side is None or knee.side_source is None:
        return ""
    return {
        SideSource.HEADER: translate("Knee", "side from the header"),
        SideSource.FIBULA: translate("Knee", "side from the fibula"),
        SideSource.LETTER: translate("Knee", "side from the letter on the film"),
        SideSource.POSITION: translate("Knee", "side from the position"),
        SideSource.READER: translate("Knee", "side from the reader"),
    }[knee.side_source]


def box_source(knee: Knee) -> str:
    """Return how the box came about: `knee found, 97 % certain`; empty for a crop of one knee."""
    if knee.placed_by_user:
        return translate("Knee", "box placed by hand")
    if knee.confidence is None:
        return ""
    # Never "100 % certain".
    percent = min(round(100 * knee.confidence), 99)
    return translate("Knee", "knee found, {0} % certain").format(percent)


def sources(knee: Knee) -> str:
    """Return both in one line."""
    return " · ".join(said for said in (side_source(knee), box_source(knee)) if said)


def side_at(case: Case, measurement: Measurement) -> Side | None:
    """Return the side of the one knee that was measured: its box has every point.

    None for an object that gives the scale, and where the points lie in no box or in two.
    """
    if measurement.kind is Kind.OBJECT:
        return None
    return _side_of_one(
        case,
        lambda box: all(
            0 <= x - box.left <= box.size and 0 <= y - box.top <= box.size
            for x, y in measurement.points
        ),
    )


def side_under(case: Case, mask: Mask) -> Side | None:
    """Return the side of the one knee that a masked area covers a part of; None for two."""
    return _side_of_one(case, lambda box: mask.overlaps(box.left, box.top, box.size, box.size))


def _side_of_one(case: Case, is_meant: Callable[[Box], bool]) -> Side | None:
    meant = [marked for marked in case.reading.placed if is_meant(marked.knee.box)]
    return case.knee(meant[0]).side if len(meant) == 1 else None
