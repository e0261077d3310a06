"""Take pictures of every state of the window, to be looked at by a person.

    python -m tests.screenshots.look_at_all FOLDER [LOOK ...] [--full] [--language es]

A look is a theme, a scale and a screen in pixels, such as `dark-1.5x-1920x1080`; without any, all
are taken, which takes about half an hour. Makes a folder for each look, and a contact sheet. Says
which parts of the window are cut, overlap, leave the screen or have too little contrast, and fails
where there are any. The films are the samples and what is put together from the mean knee. Where
`KOA_DATA` names a folder of real films, some of them are shown, too: those pictures show patients,
so keep them to yourself.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from PySide6.QtCore import QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QMenu, QTabWidget, QWidget

from koa_desktop.examination.measurements import Kind, Measurement
from koa_desktop.gui.main_window import MainWindow
from koa_desktop.wording.language import ENGLISH, LANGUAGES
from tests.screenshots.form_states import FormStates
from tests.screenshots.geometry import LEAST_CONTRAST, contrasts, faults, off_screen
from tests.screenshots.looks import Look, looks
from tests.screenshots.stage import FILM, read_one_knee, rest, samples, staged, wait
from tests.support.sample_files import broken_file, knee_crop, wide_film

PICTURE_WIDTH = 1600  # unless they are to be as large as the screen
# States that resize the window themselves.
RESIZED = ("narrow", "narrow-compare")
SHEET_WIDTH, ACROSS = 3200, 4
MENUS = ("File", "Edit", "View", "Knee", "Report", "Help")
MANY = 40  # films, more than any screen has rows
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
            **{f"menu-{title}": partial(self.menu, title) for title in MENUS},
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
            "pointed": lambda: act("window_bone", "invert", "reset_view", "why"),
            "not-gradable": self.not_gradable,
            **self.real_states(),
            "needs-box": self.needs_box,
            "refused": lambda: self.case("small.png"),
            "broken": lambda: self.case("broken.dcm"),
            "many-cases": self.many,
            "search": lambda: self.search("kl 2"),
            "search-none": lambda: self.search("nobody"),
            "header": lambda: self.dialog("header", search="", case=FILM),
            "audit": lambda: self.dialog("audit"),
            "dictation": lambda: self.dialog("dictate"),
            "earlier-films": lambda: self.dialog("earlier_films"),
            "shortcuts": lambda: self.dialog("shortcuts"),
            "guide": lambda: self.dialog("guide"),
            "grades": lambda: self.dialog("grades"),
            "grades-readings": self.readings,
            "model": lambda: self.dialog("model"),
            "about": lambda: self.dialog("about"),
            "preferences": lambda: self.dialog("preferences"),
            "report-dialog": lambda: self.dialog("report"),
            "print-preview": self.preview,
            "sentences": self.sentences,
            **FormStates(self).states(),
            "crashed": self.crashed,
            "unsaved": self.unsaved,
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
        # As at a start, which then keeps the list.
        self.window.session.kept.restore()
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

    def menu(self, title: str) -> QWidget:
        """Show a menu where its title stands."""
        bar = self.window.menuBar()
        entry = bar.actions()[MENUS.index(title)]  # titles have other words in other languages
        menu = entry.menu()
        menu.popup(bar.mapToGlobal(bar.actionGeometry(entry).bottomLeft()))
        return menu

    def on_box(self) -> None:
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

    def needs_box(self) -> None:
        """Open films without a knee, with too small a one, and a broken file; show the first."""
        small = self.films / "small.png"
        cv2.imwrite(str(small), cv2.resize(cv2.imread(str(knee_crop(self.films)), 0), (90, 90)))
        self.open([wide_film(self.films), small, broken_file(self.films)])
        self.case("film.png")

    def not_gradable(self) -> QWidget:
        """Ask for the reason why a graded knee is not gradable."""
        self.case(FILM)
        self.act("not_gradable")
        return self.window.not_gradable.menu

    def readings(self) -> QWidget:
        """Show the second page of what the grades mean."""
        guide = self.dialogs()[-1]
        guide.findChild(QTabWidget).setCurrentIndex(1)
        return guide

    def unsaved(self) -> None:
        """Have the bars say that work is not saved, and that another program changed some."""
        self.close_dialogs()
        bars = self.window.saving
        names = ", ".join(f"Patient with a long name {number}" for number in range(4))
        bars.unsaved.say(f"Not saved: {names}. The disk that holds the case list is full.")
        bars.elsewhere.say("The reading of Sample, Synthetic was changed in another program.")

    def many(self) -> None:
        self.open([knee_crop(self.films, f"Patient {n:03d}.png", n) for n in range(MANY)])
        self.case(f"Patient {MANY - 5:03d}.png")

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
        self.window.report_crash()

    def resize(self, width: int, height: int) -> None:
        self.window.resize(QSize(width, height).boundedTo(self.window.screen().size()))

    def narrow_compare(self) -> None:
        self.act("compare", "heat")

    def dialogs(self) -> list[QDialog]:
        return [found for found in self.window.findChildren(QDialog) if found.isVisible()]

    def close_dialogs(self) -> None:
        for dialog in self.dialogs():
            dialog.close()
        rest(30)


def take(folder: Path, look: Look, language: str, *, full: bool) -> int:
    """Take every picture of one look, as large as the screen if `full`; return how many faults."""
    started = time.monotonic()
    found: list[str] = []
    texts: list[tuple[float, str]] = []
    with staged(look.theme, *look.size, language) as (window, films):
        if window.size().toTuple() != look.size:
            found.append(f"the window needs {window.size().toTuple()}")
        looker = Looker(window, films)
        for number, (name, show) in enumerate(looker.states().items()):
            before = window.size()
            shown = show() or window
            rest(100)
            # What was said in the meantime has its place now.
            QApplication.processEvents()
            found += [f"{name}: {fault}" for fault in (*faults(shown), *off_screen(shown))]
            texts += [(reached, f"{name}: {text}") for reached, text in contrasts(shown)]
            if window.size() != before and name not in RESIZED:
                found.append(f"{name}: the window is now {window.size().toTuple()}")
            save(shown, folder / f"{number:02d}-{name}.png", full=full)
            if isinstance(shown, QMenu):
                shown.close()
            if name == "magnifier":
                window.film.view.magnifier.release()
    found += [
        f"contrast {reached:.2f}: {text}" for reached, text in texts if reached < LEAST_CONTRAST
    ]
    lines = list(dict.fromkeys(found))
    (folder / "faults.txt").write_text("\n".join(lines), encoding="utf-8")
    least, where = min(texts)
    told = f"Least contrast {least:.2f} of {len(texts)}: {where}"
    print(look.name, *lines, told, f"{time.monotonic() - started:.0f} s", sep="\n  ", flush=True)
    return len(lines)


def save(shown: QWidget, path: Path, *, full: bool) -> None:
    """Save a picture of what is shown."""
    picture = shown.grab().toImage()
    if not full and picture.width() > PICTURE_WIDTH:
        smooth = Qt.TransformationMode.SmoothTransformation
        picture = picture.scaledToWidth(PICTURE_WIDTH, smooth)
    picture.save(str(path), quality=80)


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
    """Start a process for each look, for Qt reads scale and screen once."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("out", type=Path, help="folder of the pictures")
    known = {look.name: look for look in looks()}
    parser.add_argument("look", nargs="*", choices=[[], *known], help="such as dark-1x-1024x600")
    parser.add_argument("--language", default=ENGLISH, choices=LANGUAGES)
    parser.add_argument("--full", action="store_true", help="pictures as large as the screen")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.here:
        (name,) = args.look
        sys.exit(take(args.out, known[name], args.language, full=args.full) > 0)
    failed = []
    for name in args.look or known:
        folder = args.out / name
        folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "tests.screenshots.look_at_all", str(folder), name]
        command += ["--here", "--language", args.language, *(["--full"] if args.full else [])]
        environment = known[name].environment(folder)
        finished = subprocess.run(command, env=environment, check=False)
        failed += [name] if finished.returncode else []
        write_sheet(folder)
    if failed:
        sys.exit(f"Faults in {', '.join(failed)}.")


if __name__ == "__main__":
    main()
