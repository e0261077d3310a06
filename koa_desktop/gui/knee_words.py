"""What a box shows, how it came about, and where its side is known from, in a few words."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QCoreApplication

from koa_desktop.findings import Finding
from koa_desktop.knees import Knee, Shown


def reason(finding: Finding) -> str:
    """Return in short why a knee was refused: `artificial joint`."""
    return {
        Shown.IMPLANT: _tr("artificial joint"),
        Shown.NOT_FRONTAL: _tr("not frontal"),
        Shown.OTHER: _tr("no knee"),
    }.get(finding.shown or Shown.NATIVE, _tr("not graded"))


def reasons(findings: Iterable[Finding]) -> str:
    """Return why several knees were refused, each reason once."""
    return ", ".join(dict.fromkeys(map(reason, findings)))


def side_source(knee: Knee) -> str:
    """Return where the side is known from: `side by the fibula`; empty where it is not."""
    if knee.side is None:
        return ""
    return {
        "header": _tr("side from the header"),
        "fibula": _tr("side by the fibula"),
        "position": _tr("side by its place"),
        "reader": _tr("side by the reader"),
    }.get(knee.side_source, "")


def box_source(knee: Knee) -> str:
    """Return how the box came about: `found with 97 %`; empty for a picture that is one knee."""
    if knee.placed_by_user:
        return _tr("box placed by hand")
    if knee.confidence is None:
        return ""
    # Never "found with 100 %".
    return _tr("found with {0} %").format(min(round(100 * knee.confidence), 99))


def sources(knee: Knee) -> str:
    """Return both in one line."""
    return " · ".join(said for said in (side_source(knee), box_source(knee)) if said)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Knee", text)
