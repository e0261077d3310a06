"""Take the pictures of the README and the guide on the synthetic samples.

    python -m tests.screenshots.take_screenshots

Writes `main-window-dark.png`, `heat-map.png`, `joint-space.png`, `compare.png` and `report.png`
(the last with pdftoppm, from poppler-utils) into `resources/help`.
Every knee in them is synthetic.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from koa_desktop.examination.decision import Decision
from koa_desktop.examination.examiner import Examiner
from koa_desktop.loading.read import read
from koa_desktop.report.html import report_html
from koa_desktop.report.options import Profile, ReportOptions
from koa_desktop.system.paths import RESOURCES, SAMPLES

if TYPE_CHECKING:
    from koa_desktop.gui.main_window import MainWindow

OUT = RESOURCES / "help"
SIZE = (1280, 800)
FILM = "bilateral.dcm"


def main() -> None:
    """Take all pictures."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    OUT.mkdir(exist_ok=True)
    _take_window()
    _take_report()


def _take_window() -> None:
    from tests.screenshots.stage import read_one_knee, rest, samples, staged, wait

    with staged("dark", *SIZE) as (window, _):
        # The film first: it is the one that is shown.
        files = sorted(samples(), key=lambda file: file.name != FILM)
        window.open_files(files)
        wait(lambda: len(window.session.cases) == len(files))
        wait(lambda: window.session.graded == len(files))
        window.actions_table["heat"].setChecked(True)
        read_one_knee(window)
        for name in ("main-window-dark", "heat-map", "joint-space", "compare"):
            _pose(window, name)
            rest(200)
            window.grab().save(str(OUT / f"{name}.png"))


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
    from koa_desktop.report import pdf

    pdf.start_qt()
    examiner = Examiner.load()
    radiograph = read(SAMPLES / FILM)
    found = examiner.examine(radiograph)
    right, left = found.knees
    grade = right.finding.grade
    if grade is None:
        raise RuntimeError("The sample was not graded.")
    decision = Decision.now(grade, grade, found.model)
    agreed = replace(right, reader_grade=grade, decision=decision)
    examination = replace(
        found,
        knees=(agreed, left),
        comment="Joint space narrowed, small osteophytes.",
        reader="Dr. Example",
    )
    options = ReportOptions(
        clinic_name="Example Clinic",
        clinic_lines=("Example Street 1",),
        profile=Profile.PATIENT,
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
