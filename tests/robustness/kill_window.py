"""The window killed at random moments; then what it had shown as saved must be there.

python -m tests.robustness.kill_window [--rounds 50] [--seed 1] [--first 0] [--longest 14]

A child process opens the real window offscreen and grades, types, signs, reopens, exports and
closes as its seed says. It notes each change, with fsync, when the window shows it. After SIGKILL:
- what is kept is a state that the window showed, and no newer one was older than 2 s at the kill;
- after a closing that came to its end, it is the last state;
- every export that was said to be written is there, and no file is half written (`.part` files are
  counted: they are no exports).
Reported too are keys that vanished from the box. Linux only; exit status 1 where work was lost.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

from tests.robustness.process_tree import ROOT, end_group, home_in, python

MOST_LOST_SECONDS = 2.0
_COPIES = 3
_ROUNDS_OF_A_HOME = 5  # so that work is also added to what earlier rounds left
_ACTIONS = 24  # at most; short sittings come to their closing before the kill
_BUSY = re.compile(r"\b(waiting|loading)$")
_GRADE = re.compile(r"\b([0-4])\b")
_FORMATS = {
    "Report (PDF)": 2,
    "Picture with boxes (PNG)": 3,
    "Table (CSV)": 3,
    "Everything (JSON)": 3,
}
_FINAL = ", final, "
State = tuple[tuple[int | None, ...], str, bool]  # the reader's grades, the comment, signed or not
NOTHING: State = ((), "", False)


@dataclass(slots=True)
class Round:
    """One killed window: when, and what was found wrong."""

    number: int
    killed_after: float
    actions: int = 0
    closed: bool = False
    vanished: int = 0
    parts: int = 0
    oldest_lost: float = 0.0
    wrong: list[str] = field(default_factory=list)


# -- in the child ----------------------------------------------------------------------------------


def script_of(
    films: list[str], exports: Path, seed: str
) -> Callable[[Any], Generator[Any, None, None]]:
    """Return what a reader does in a sitting: any of a few things, and close at the end."""

    def script(driver: Any) -> Generator[Any, None, None]:
        random = Random(seed)
        yield lambda: driver.window is not None
        yield lambda: any(not _BUSY.search(said) for said in driver.cases)
        for number in range(random.randint(2, _ACTIONS)):
            open_rows = [row for row, said in enumerate(driver.cases) if not _BUSY.search(said)]
            row = random.choice(open_rows)
            driver.select(row)
            yield random.choice((40, 200))
            way = random.choices((_grade, _type, _sign, _export), (5, 4, 2, 1))[0]
            if way in (_grade, _type) and _FINAL in driver.selected:
                way = _sign  # a final reading is reopened first
            yield from way(driver, films[row], exports / f"{seed}-{number}", random)
        # Not yet where saving takes longer: then the window waits for it, and closes by itself.
        if driver.window.close():
            driver.write(closed=True)
        yield lambda: False

    return script


def _grade(driver: Any, film: str, _exports: Path, random: Random) -> Generator[Any, None, None]:
    from PySide6.QtCore import Qt

    # Another one than is shown, the model's or the reader's: then it is seen to be taken.
    before = _shown_grade(driver)
    grade = random.choice([other for other in range(5) if other != before])
    driver.focus_list()
    driver.write(tried=film, grade=grade)
    driver.key(getattr(Qt.Key, f"Key_{grade}"))
    # Shown at once, or not taken: a film that is being loaded has no knee to grade yet, and then
    # shows the model's grade. At the start, the list of last time may have shown another film.
    is_same = driver.selected.startswith(film)
    if is_same and before is not None and _shown_grade(driver) == grade:
        driver.write(film=film, grade=grade)
    else:
        driver.write(ignored=film, said=driver.selected)
    yield random.choice((20, 100, 600))


def _shown_grade(driver: Any) -> int | None:
    """Return the chosen case's grade as its row says it, behind the case's name."""
    found = _GRADE.findall(driver.selected.rpartition(", ")[2])
    return int(found[-1]) if found else None


def _type(driver: Any, film: str, _exports: Path, random: Random) -> Generator[Any, None, None]:
    from PySide6.QtTest import QTest

    box = driver.comment
    if box is None:
        return
    box.setFocus()
    box.moveCursor(box.textCursor().MoveOperation.End)
    wanted = box.toPlainText()
    for _ in range(random.randint(5, 30)):
        if not driver.selected.startswith(film):
            return
        letter = random.choice("abcdefg ")
        QTest.keyClicks(box, letter)
        wanted += letter
        driver.write(film=film, comment=wanted)
        yield random.choice((20, 60, 200))
        if box.toPlainText() != wanted:
            driver.write(vanished=film, wanted=len(wanted), left=len(box.toPlainText()))
            wanted = box.toPlainText()
            driver.write(film=film, comment=wanted)


def _sign(driver: Any, film: str, _exports: Path, random: Random) -> Generator[Any, None, None]:
    """Sign the film, or reopen it where it is final."""
    from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QPushButton

    is_final = _FINAL in driver.selected
    entry, wanted = ("Reopen the final reading", "Reopen") if is_final else ("Sign…", "Sign")
    if not driver.selected.startswith(film) or not driver.trigger(entry):
        return
    yield lambda: driver.dialogs
    dialog = driver.dialogs[0]
    driver.named(QLineEdit, "Reader's name").setText("Dr K")
    for box in dialog.findChildren(QPlainTextEdit):
        box.setPlainText("Killed.")
    yield random.choice((20, 200))
    buttons = [one for one in dialog.findChildren(QPushButton) if one.text().startswith(wanted)]
    driver.write(tried=film, final=not is_final)
    buttons[0].click()
    if (_FINAL in driver.selected) is not is_final:
        driver.write(film=film, final=not is_final)
    yield random.choice((20, 100, 600))


def _export(driver: Any, _film: str, exports: Path, random: Random) -> Generator[Any, None, None]:
    from PySide6.QtWidgets import QCheckBox, QLabel, QLineEdit, QPushButton

    if not driver.trigger("Report…"):
        return
    yield lambda: driver.dialogs
    dialog = driver.dialogs[0]
    exports.mkdir(parents=True)
    for box in dialog.findChildren(QCheckBox):
        if box.text() in _FORMATS:
            box.setChecked(random.randrange(_FORMATS[box.text()]) > 0)
    driver.named(QLineEdit, "Folder").setText(str(exports))
    buttons = {button.text(): button for button in dialog.findChildren(QPushButton)}
    if not buttons["Export"].isEnabled():
        buttons["Close"].click()
        return
    buttons["Export"].click()
    labels = dialog.findChildren(QLabel)
    limit = time.monotonic() + 20
    yield lambda: any(" written to " in one.text() for one in labels) or time.monotonic() > limit
    driver.write(exported=[str(path) for path in sorted(exports.iterdir())])
    dialog.close()


# -- around it -------------------------------------------------------------------------------------


def make_films(folder: Path) -> list[Path]:
    """Return films that are all different to the program, by a byte after a PNG's end."""
    folder.mkdir(parents=True)
    films = []
    for copy in range(_COPIES):
        for sample in sorted((ROOT / "resources" / "samples").glob("*.png")):
            path = folder / f"{copy}-{sample.name}"
            path.write_bytes(sample.read_bytes() + bytes([copy]))
            films.append(path)
    return films


def kept(database: Path) -> dict[str, State]:
    """Return what the database holds, by the file's checksum. Raises sqlite3.Error."""
    if not database.exists():
        return {}
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        try:
            rows = connection.execute(
                "SELECT sha256, knees, comment, detail FROM examination"
                " LEFT JOIN whole_film USING (sha256)"
            ).fetchall()
        except sqlite3.OperationalError:
            return {}
    return {
        key: (
            tuple(knee["reader_grade"] for knee in json.loads(knees) or []),
            comment,
            bool((json.loads(film or "{}").get("sign_off") or {}).get("signature")),
        )
        for key, knees, comment, film in rows
    }


def killed_round(number: int, seed: int, longest: float, folder: Path) -> Round:
    """Start the window, kill it, and compare what is kept with what was shown."""
    random = Random(f"{seed}/{number}")
    home = folder / f"home-{number // _ROUNDS_OF_A_HOME}"
    films = sorted((home / "films").glob("*")) if home.exists() else make_films(home / "films")
    exports, journal = home / "exports", home / f"journal-{number}"
    database = home / "data" / "koa-desktop" / "cases.sqlite"
    before = kept(database)
    journal.touch()
    command = python(
        "-m", "tests.robustness.kill_window", "--child", str(journal), "--exports", str(exports),
        "--seed", f"{seed}-{number}", *map(str, films),
    )  # fmt: skip
    with (home / "errors").open("wb") as errors_to:
        process = subprocess.Popen(
            command, env=home_in(home), stdout=subprocess.DEVNULL, stderr=errors_to,
            start_new_session=True,
        )  # fmt: skip
    # From the first change on: starting is the same each time.
    deadline = time.monotonic() + 60
    while not journal.stat().st_size and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    found = Round(number, random.uniform(0, longest))
    with suppress(subprocess.TimeoutExpired):
        process.wait(found.killed_after)
    ended_by_itself = process.poll()
    if ended_by_itself is None:
        process.send_signal(signal.SIGKILL)
    killed_at = time.time()
    process.wait()
    end_group(process)
    errors = (home / "errors").read_text(encoding="utf-8", errors="replace")
    if ended_by_itself not in (None, 0):
        found.wrong.append(f"the window ended with {ended_by_itself}: {errors[-300:]}")
    lines = [json.loads(line) for line in journal.read_text().splitlines() if line.endswith("}")]
    if not lines:
        found.wrong.append(f"nothing was ever shown: {errors[-300:]}")
    _check_films(found, films, before, kept(database), lines, killed_at)
    _check_exports(found, exports, lines)
    return found


def _check_films(
    found: Round,
    films: list[Path],
    before: dict[str, State],
    after: dict[str, State],
    lines: list[dict[str, Any]],
    killed_at: float,
) -> None:
    found.closed = any("closed" in line for line in lines)
    found.vanished = sum("vanished" in line for line in lines)
    for film in films:
        key = sha256(film.read_bytes()).hexdigest()
        own = [line for line in lines if line.get("film") == film.name]
        found.actions += len(own)
        # Each part apart: the comment is saved when writing pauses, a grade at once.
        grades, comment, is_final = after.get(key, NOTHING)
        old_grades, old_comment, was_final = before.get(key, NOTHING)
        given = [(line["at"], line["grade"]) for line in own if "grade" in line]
        written = [(line["at"], line["comment"]) for line in own if "comment" in line]
        signed = [(line["at"], line["final"]) for line in own if "final" in line]
        # A key may be on the disk before its line in the journal.
        attempts = [line for line in lines if line.get("tried") == film.name]
        tried = [line["grade"] for line in attempts if "grade" in line]
        if [is_final] == [line["final"] for line in attempts if "final" in line][-1:]:
            signed.append((killed_at, is_final))
        grade, old_grade = next(iter(grades), None), next(iter(old_grades), None)
        if grade in tried[-1:]:
            given.append((killed_at, grade))
        for what, is_now, was, shown in (
            ("grade", grade, old_grade, given),
            ("comment", comment, old_comment, written),
            ("signature", is_final, was_final, signed),
        ):
            lost = lost_seconds(is_now, was, shown, killed_at)
            if lost is None:
                found.wrong.append(f"{what} of {film.name} is none that was shown: {is_now!r}")
                continue
            found.oldest_lost = max(found.oldest_lost, lost)
            if lost > (0 if found.closed else MOST_LOST_SECONDS):
                found.wrong.append(f"{what} of {film.name} was shown {lost:.1f} s ago, and is lost")


def lost_seconds(
    is_now: object, was: object, shown: list[tuple[float, Any]], killed_at: float
) -> float | None:
    """Return how long before the kill the oldest lost change was shown, 0 where none is lost.

    `shown` are times and values. None where `is_now` is no value that was ever shown.
    """
    values = [was, *(value for _, value in shown)]
    if is_now not in values:
        return None
    newest = len(values) - 1 - values[::-1].index(is_now)
    return killed_at - shown[newest][0] if newest < len(shown) else 0.0


def _check_exports(found: Round, exports: Path, lines: list[dict[str, Any]]) -> None:
    for line in lines:
        for name in line.get("exported", []):
            if not Path(name).exists():
                found.wrong.append(f"{Path(name).name} was said to be written, and is not there")
    for path in exports.rglob("*") if exports.exists() else []:
        if path.name.endswith(".part"):
            found.parts += 1
        elif path.is_file() and not is_whole(path):
            found.wrong.append(f"{path.name} is half a file ({path.stat().st_size} bytes)")


def is_whole(path: Path) -> bool:
    """Tell whether an export was written to its end."""
    data = path.read_bytes()
    match path.suffix:
        case ".pdf":
            return data.startswith(b"%PDF") and data.rstrip().endswith(b"%%EOF")
        case ".png":
            return data.startswith(b"\x89PNG") and data[-8:-4] == b"IEND"
        case ".json":
            try:
                json.loads(data)
            except ValueError:
                return False
            return True
        case _:
            return data.endswith(b"\n")


def main() -> int:
    """Run the rounds, or be the window."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("films", nargs="*")
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", default="1")
    parser.add_argument(
        "--longest", type=float, default=14.0, help="seconds until the kill, at most"
    )
    parser.add_argument("--keep", type=Path, help="folder to work in, which is then left")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--exports", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        from tests.robustness import window_driver

        names = [Path(film).name for film in options.films]
        script = script_of(names, options.exports, options.seed)
        return window_driver.run(options.films, script, options.child)
    folder = options.keep or Path(tempfile.mkdtemp(prefix="kill-"))
    rounds = []
    for number in range(options.first, options.first + options.rounds):
        found = killed_round(number, int(options.seed), options.longest, folder)
        rounds.append(found)
        print(
            f"{number:3}: killed after {found.killed_after:4.1f} s, {found.actions} changes, "
            f"{'closed, ' if found.closed else ''}{found.oldest_lost:.1f} s lost, "
            f"{found.vanished} times typing vanished, {found.parts} .part files"
            + "".join(f"\n     WRONG: {text}" for text in found.wrong),
            flush=True,
        )
    if options.keep is None:
        shutil.rmtree(folder)
    bad = sum(bool(found.wrong) for found in rounds)
    print(
        f"{len(rounds)} rounds, {sum(found.actions for found in rounds)} changes: "
        f"{bad} with losses, "
        f"{sum(found.vanished for found in rounds)} times typing vanished from the box"
    )
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
