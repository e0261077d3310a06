"""Short descriptions of a box: its content, its origin, and the source of its side."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QCoreApplication

from koa_desktop.examination.findings import Finding
from koa_desktop.knees.box import BoxClass, Knee, SideSource

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
