"""Take pictures of every state of the window, to be looked at by a person.

    python -m tests.screenshots.look_at_all FOLDER [--language es]

Makes one folder for each theme, scale and size, and a contact sheet of each. Says which parts of
the window are cut, overlap, or have a text of too little contrast, and fails where there are any.
The films are the samples and what is put together from the mean knee. Where `KOA_DATA` names a
folder of real films, some of them are shown, too: those pictures show patients, so keep them to
yourself.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QMenu, QWidget

from koa_desktop.examination.measurements import Kind, Measurement
from koa_desktop.gui.main_window import MainWindow
from koa_desktop.wording.language import ENGLISH, LANGUAGES
from tests.screenshots.geometry import LEAST_CONTRAST, contrasts, faults
from tests.screenshots.stage import FILM, read_one_knee, rest, samples, staged, wait
from tests.support.sample_files import broken_file, knee_crop, wide_film

# Theme, scale, width and height in the window's own pixels.
LOOKS = (
    ("dark", "1", 1024, 600),
    ("light", "1", 1024, 600),
    ("dark", "1", 1280, 800),
    ("light", "1", 1280, 800),
    ("dark", "1.5", 1280, 720),
    ("light", "1", 1920, 1080),
    ("dark", "2", 640, 400),
    ("light", "2", 640, 400),
    ("light", "2", 960, 540),
    ("dark", "3", 1280, 720),
    ("dark", "1", 3840, 2160),
)
# States that resize the window themselves.
RESIZED = ("narrow", "narrow-compare")
SHEET_WIDTH, ACROSS = 3200, 4
# Two knees; one; no joint space seen; implants, one of them beside a native knee; laterals.
REAL = ("r000", "r001", "r100", "r030", "r134", "r003", "r059")
Show = Callable[[], QWidget | None]


class Looker:
    """Brings a window into its states, one after the other."""

    def __init__(self, window: MainWindow, films: Path) -> None:
        self.window = window
        self.films = films

    def states(self) -> dict[str, Show]:
        """Return what to show under which name; a state continues the one before."""
        act = self.act
        return {
            "empty": lambda: None,
            "reading": self.reading,
            "graded": self.graded,
            "menus": self.menu,
            "heat": lambda: act("heat"),
            "heat-viridis-outline": lambda: act("colours_viridis", "outline"),
            "heat-on-box": self.on_box,
            "outline-grey-alone": lambda: act("heat", "colours_grey"),
            "joint": lambda: act("heat", "colours_inferno", "outline", "reset_view", "joint"),
            "joint-heat": lambda: act("heat", "outline"),
            "joint-on-box": self.joint_on_box,
            "joint-corrected": self.correct,
            "joint-compare": lambda: act("compare"),
            "joint-heat-compare": lambda: act("heat"),
            "other-side": lambda: act("leave", "heat", "joint", "reset_view", "swap_sides"),
            "blink": lambda: act("swap_sides", "zoom_knee", "heat", "blink"),
            "compare": lambda: act("leave", "compare"),
            "turned-mirrored": lambda: act("compare", "rotate_right", "mirror"),
            "measured": self.measured,
            "calibrated": self.calibrated,
            "magnifier": self.magnifier,
            "window-bone-inverted": lambda: act("window_bone", "invert"),
            **self.real_states(),
            "needs-box": lambda: self.case("film.png"),
            "refused": lambda: self.case("small.png"),
            "broken": lambda: self.case("broken.dcm"),
            "many-cases": self.many,
            "search": lambda: self.search("kl 2"),
            "search-none": lambda: self.search("nobody"),
            "header": lambda: self.dialog("header", search="", case=FILM),
            "shortcuts": lambda: self.dialog("shortcuts"),
            "guide": lambda: self.dialog("guide"),
            "grades": lambda: self.dialog("grades"),
            "model": lambda: self.dialog("model"),
            "about": lambda: self.dialog("about"),
            "preferences": lambda: self.dialog("preferences"),
            "report-dialog": lambda: self.dialog("report"),
            "print-preview": self.preview,
            "sentences": self.sentences,
            "crashed": self.crashed,
            "narrow": lambda: self.resize(900, 560),
            "narrow-compare": self.narrow_compare,
        }

    def act(self, *names: str) -> None:
        """Trigger actions."""
        for name in names:
            self.window.actions_table[name].trigger()
            rest(30)

    def open(self, files: list[Path]) -> None:
        """Open files and wait until they are graded."""
        session = self.window.session
        expected = len(session.cases) + len(files)
        self.window.open_files(files)
        wait(lambda: len(session.cases) == expected == session.graded)

    def case(self, name: str) -> None:
        """Choose a case by its file."""
        found = [case for case in self.window.session.cases if case.path.name == name]
        self.window.case_list.show_case(found[0])
        self.window.session.select(found[0])
        wait(lambda: found[0].error or self.window.session.film(found[0]))
        rest(300)

    def reading(self) -> None:
        self.window.open_files(samples())
        rest(60)

    def graded(self) -> None:
        wait(lambda: self.window.session.graded == len(samples()))
        self.case(FILM)
        read_one_knee(self.window)

    def joint_on_box(self) -> None:
        self.act("heat", "outline", "zoom_knee")

    def correct(self) -> None:
        view = self.window.film.view
        view.setFocus()
        stops = view.joint_spaces.stops()
        # In a small window the points are too close to each other to be taken hold of.
        view.joint_spaces.select(stops[2] if stops else None)
        for _ in range(6):
            QTest.keyClick(view, Qt.Key.Key_Up)
        rest(300)

    def real_states(self) -> dict[str, Show]:
        """Return each of the real films, plain and with all that can be drawn on it."""
        if "KOA_DATA" not in os.environ:
            return {}
        data = Path(os.environ["KOA_DATA"])
        films = [data / "radiographs" / f"{name}.jpg" for name in REAL]
        films += sorted((data / "other" / "chest").glob("*"))[:1]

        def show(path: Path, *, drawn: bool) -> None:
            if not any(case.path == path for case in self.window.session.cases):
                self.open(films)
            self.case(path.name)
            for name in ("heat", "joint"):
                self.window.actions_table[name].setChecked(drawn)
            rest(200)

        states: dict[str, Show] = {}
        for path in films:
            states[f"real-{path.stem}"] = partial(show, path, drawn=False)
            states[f"real-{path.stem}-drawn"] = partial(show, path, drawn=True)
        return states

    def menu(self) -> QWidget:
        """Show the longest menu."""
        menu = next(m for m in self.window.menuBar().findChildren(QMenu) if m.title() == "&View")
        menu.popup(QPoint(100, 30))
        rest(50)
        return menu

    def on_box(self) -> None:
        for menu in self.window.menuBar().findChildren(QMenu):
            menu.close()
        knees = self.window.session.current.reading.knees
        self.window.film.view.zoom_to(knees[0].knee.box)

    def measured(self) -> None:
        self.act("reset_view", "ruler")
        QTest.keyClick(self.window.film.view, Qt.Key.Key_Space)
        self.act("angle")
        QTest.keyClick(self.window.film.view, Qt.Key.Key_Space)

    def calibrated(self) -> None:
        x, y = self.window.session.current.reading.knees[0].knee.box.centre
        ball = Measurement(Kind.OBJECT, ((x - 60, y), (x + 60, y)), 25.0)
        self.window.editor.add_measurement(ball)

    def magnifier(self) -> None:
        self.window.film.view.magnifier.hold()

    def many(self) -> None:
        self.open([knee_crop(self.films, f"Patient {n:03d}.png", n) for n in range(60)])
        self.case("Patient 040.png")

    def search(self, text: str) -> None:
        self.window.case_list.search.setText(text)
        rest(100)

    def dialog(self, action: str, *, search: str | None = None, case: str = "") -> QWidget:
        """Open a dialog and close those before."""
        self.close_dialogs()
        if search is not None:
            self.search(search)
        if case:
            self.case(case)
        self.act(action)
        wait(self.dialogs)
        return self.dialogs()[-1]

    def preview(self) -> QWidget:
        return self.dialog("print")

    def sentences(self) -> QWidget:
        self.close_dialogs()
        self.act("sentences")
        return self.window.panel.templates

    def crashed(self) -> None:
        self.window.panel.templates.close()
        self.window.report_crash()

    def resize(self, width: int, height: int) -> None:
        self.window.resize(width, height)

    def narrow_compare(self) -> None:
        self.act("compare", "heat")

    def dialogs(self) -> list[QDialog]:
        return [found for found in self.window.findChildren(QDialog) if found.isVisible()]

    def close_dialogs(self) -> None:
        for dialog in self.dialogs():
            dialog.close()
        rest(30)


def take(folder: Path, theme: str, width: int, height: int, language: str) -> int:
    """Take every picture in one theme, size and language, and return the number of faults seen."""
    found: list[str] = []
    texts: list[tuple[float, str]] = []
    with staged(theme, width, height, language) as (window, films):
        looker = Looker(window, films)
        for number, (name, show) in enumerate(looker.states().items()):
            if name == "needs-box":
                small = cv2.resize(cv2.imread(str(knee_crop(films, "s.png")), 0), (90, 90))
                cv2.imwrite(str(films / "small.png"), small)
                files = [wide_film(films), films / "small.png", broken_file(films)]
                looker.open(files)
            before = window.size()
            shown = show() or window
            rest(150)
            found += [f"{name}: {fault}" for fault in faults(shown)]
            texts += [(reached, f"{name}: {text}") for reached, text in contrasts(shown)]
            if window.size() != before and name not in RESIZED:
                found.append(f"{name}: the window is now {window.size().toTuple()}")
            shown.grab().save(str(folder / f"{number:02d}-{name}.png"))
            if name == "magnifier":
                window.film.view.magnifier.release()
    found += [
        f"contrast {reached:.2f}: {text}" for reached, text in texts if reached < LEAST_CONTRAST
    ]
    lines = list(dict.fromkeys(found))
    (folder / "faults.txt").write_text("\n".join(lines), encoding="utf-8")
    least, where = min(texts)
    print(folder.name, *lines, f"Least contrast {least:.2f} of {len(texts)}: {where}", sep="\n  ")
    return len(lines)


def write_sheet(folder: Path) -> None:
    """Lay a folder's pictures out beside each other, each below its name."""
    wide = SHEET_WIDTH // ACROSS
    tiles = []
    for path in sorted(folder.glob("*.png")):
        picture = cv2.imread(str(path))
        scale = min(wide / picture.shape[1], 0.7 * wide / picture.shape[0])
        small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        tile = np.full((int(0.7 * wide) + 30, wide, 3), 128, np.uint8)
        tile[30 : 30 + small.shape[0], : small.shape[1]] = small[: int(0.7 * wide), :wide]
        cv2.putText(tile, path.stem, (6, 22), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (255, 255, 255), 2)
        tiles.append(tile)
    tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % ACROSS)
    rows = [np.hstack(tiles[start : start + ACROSS]) for start in range(0, len(tiles), ACROSS)]
    cv2.imwrite(str(folder.with_name(f"{folder.name}.jpg")), np.vstack(rows))


def main() -> None:
    """Start a process for each look, for Qt reads the scale once."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("out", type=Path, help="folder of the pictures")
    parser.add_argument("look", nargs="*", help="theme, width and height, to take one look here")
    parser.add_argument("--language", default=ENGLISH, choices=LANGUAGES)
    args = parser.parse_args()
    out = args.out
    if args.look:
        theme, width, height = args.look
        sys.exit(take(out, theme, int(width), int(height), args.language) > 0)
    failed = []
    for theme, scale, width, height in LOOKS:
        folder = out / f"{theme}-{scale}x-{width}x{height}"
        folder.mkdir(parents=True, exist_ok=True)
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": scale}
        command = [sys.executable, "-m", "tests.screenshots.look_at_all", str(folder), theme]
        command += [str(width), str(height), "--language", args.language]
        finished = subprocess.run(command, env=environment, check=False)
        failed += [folder.name] if finished.returncode else []
        write_sheet(folder)
    if failed:
        sys.exit(f"Faults in {', '.join(failed)}.")


if __name__ == "__main__":
    main()
