"""Take the pictures of the README and the guide on the synthetic samples.

    python -m tests.screenshots.take_screenshots

Writes `resources/help/main-window-{dark,light}.png`, `main-window-200.jpg`, `heat-map.png`,
`joint-space.png`, `compare.png` and `report.png` (the last with pdftoppm, from poppler-utils).
Every knee in them is synthetic.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from koa_desktop.examination.examiner import Examiner
from koa_desktop.loading.read import read
from koa_desktop.report.html import report_html
from koa_desktop.report.options import PatientField, ReportOptions
from koa_desktop.system.paths import RESOURCES, SAMPLES

if TYPE_CHECKING:
    from koa_desktop.gui.main_window import MainWindow

OUT = RESOURCES / "help"
SIZE = (1280, 800)
FILM = "bilateral.dcm"


def main() -> None:
    """Take pictures here (theme and names given), or start a process for each theme."""
    if len(sys.argv) > 2:
        _take(sys.argv[1], sys.argv[2:])
        return
    OUT.mkdir(exist_ok=True)
    for theme, scale, names in (
        ("dark", "1", ("main-window-dark", "heat-map", "joint-space", "compare")),
        ("light", "1", ("main-window-light",)),
        ("light", "2", ("main-window-200",)),
    ):
        # The scale is read once, when Qt starts.
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": scale}
        command = [sys.executable, "-m", "tests.screenshots.take_screenshots", theme, *names]
        subprocess.run(command, env=environment, check=True)
    _take_report()


def _take(theme: str, names: Sequence[str]) -> None:
    from tests.screenshots.stage import read_one_knee, rest, samples, staged, wait

    with staged(theme, *SIZE) as (window, _):
        # The film first: it is the one that is shown.
        files = sorted(samples(), key=lambda file: file.name != FILM)
        window.open_files(files)
        wait(lambda: len(window.session.cases) == len(files))
        wait(lambda: window.session.graded == len(files))
        window.actions_table["heat"].setChecked(True)
        read_one_knee(window)
        for name in names:
            _pose(window, name)
            rest(200)
            dense = window.devicePixelRatio() > 1
            window.grab().save(str(OUT / f"{name}.{'jpg' if dense else 'png'}"), quality=88)


def _pose(window: MainWindow, name: str) -> None:
    """Bring the window into the state that a picture shows."""
    if name == "heat-map":
        window.film.view.zoom_to(window.session.current.reading.knees[0].knee.box)
        window.actions_table["outline"].setChecked(True)
    elif name == "joint-space":
        for shown in ("heat", "outline"):
            window.actions_table[shown].setChecked(False)
        window.actions_table["joint"].setChecked(True)
        window.editor.choose(1)
        window.film.view.zoom_to(window.session.current.reading.knees[1].knee.box)
    elif name == "compare":
        window.actions_table["joint"].setChecked(False)
        window.editor.choose(0)
        for shown in ("heat", "outline"):
            window.actions_table[shown].setChecked(True)
        window.actions_table["compare"].setChecked(True)


def _take_report() -> None:
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from koa_desktop.report import pdf

    pdf.start_qt()
    examiner = Examiner.load()
    radiograph = read(SAMPLES / FILM)
    found = examiner.examine(radiograph)
    right, left = found.knees
    agreed = replace(right, reader_grade=right.finding.grade)
    examination = replace(
        found,
        knees=(agreed, left),
        comment="Joint space narrowed, small osteophytes.",
        reader="Dr. Example",
    )
    options = ReportOptions(
        clinic_name="Example Clinic",
        clinic_lines=("Example Street 1",),
        fields=frozenset(PatientField),
        set_coverage=examiner.grader.card.set_coverage,
        reader="Dr. Example",
    )
    with TemporaryDirectory() as folder:
        file = Path(folder) / "report.pdf"
        file.write_bytes(pdf.pdf_bytes(report_html(examination, radiograph, options)))
        page = ["pdftoppm", "-png", "-r", "80", "-singlefile", str(file), str(OUT / "report")]
        subprocess.run(page, check=True)


if __name__ == "__main__":
    main()
