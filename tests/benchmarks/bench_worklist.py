"""Measure the program with a clinic's memory: 50,000 examinations of 20,000 patients.

`python tests/benchmarks/bench_worklist.py` writes such a file of readings into a temporary folder,
and prints its size, the time of a start with a day's list, the memory, and the time of searches.
Films of both knees and of one come by turns; `--film` names one to be repeated in place of the
sample, whose noise makes its thumbnail twice a real film's. `--passphrase` encrypts the file first.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

FILMS, PATIENTS, LISTED = 50_000, 20_000, 300
FAMILY = ("Müller", "García", "Nguyen", "Okafor", "शर्मा", "الحسن", "Dupont", "Kowalski", "李", "Ng")
GIVEN = ("Anna", "Luis", "Linh", "Ada", "राम", "فاطمة", "Marie", "Jan", "伟", "May")
WORDS = "a passphrase of the benchmark"
SEARCHES = ("müller", "garc 4711", "kl 3", "2019", "شر", "राम", "p0123", "nothing-like-it")


def fill(path: Path, film: Path, films: int, patients: int, listed: int) -> None:
    """Write the file: films of both knees and of one by turns, read in earnest, with many names."""
    from koa_desktop.examination.actions import Action, Step
    from koa_desktop.examination.examiner import Examiner
    from koa_desktop.examination.reading import first_reading, graded
    from koa_desktop.examination.store import Circumstances, ReadingStore
    from koa_desktop.examination.worklist import FilmFacts, KeptFilm, Worklist
    from koa_desktop.gui.session import tasks
    from koa_desktop.gui.session.kept_list import jpeg
    from koa_desktop.loading.read import read
    from koa_desktop.message import Message

    radiograph = read(film)
    both = Examiner.load().examine(radiograph)
    alone = replace(
        both, radiograph=replace(both.radiograph, sha256="f" * 64), knees=both.knees[:1]
    )
    store, worklist = ReadingStore(path), Worklist(path)
    steps = [Step(Message.of(Action.AGREE, grade=2))]
    thumbnail = jpeg(tasks.thumbnail(radiograph))
    for shown in (both, alone):
        reading = first_reading(shown.knees, ())
        for index in range(len(reading.knees)):
            reading = graded(reading, index, 2)
        sha256 = shown.radiograph.sha256
        store.save(sha256, reading, steps, Circumstances("Dr Poe", shown.model))
        facts = FilmFacts(sha256, film)
        worklist.keep(KeptFilm(shown, shown.radiograph.inverted, thumbnail), facts)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "CREATE TEMP TABLE n AS WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL "
            f"SELECT n + 1 FROM c WHERE n < {films - 1}) SELECT n FROM c"
        )
        for (table,) in connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        ).fetchall():
            found = connection.execute(f"PRAGMA table_info({table})")
            columns = [row[1] for row in found if row[1] != "entry"]
            if table in ("film_facts", "listed") or "sha256" not in columns:
                continue
            values = ["printf('%064x', n)" if one == "sha256" else one for one in columns]
            for parity, shown in enumerate((both, alone)):
                connection.execute(
                    f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)} "
                    f"FROM {table}, n WHERE sha256 = ? AND n.n % 2 = ?",
                    (shown.radiograph.sha256, parity),
                )
        rows = (_facts(number, patients) for number in range(1, films))
        connection.executemany(
            "INSERT INTO film_facts (sha256, at, path, patient, patient_id, study_date, grades, "
            "words) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            rows,
        )
        connection.executemany(
            "INSERT INTO listed (path, sha256, shown) VALUES (?, ?, ?)",
            [(f"/films/{n}.dcm", f"{n:064x}", int(n == listed)) for n in range(1, listed + 1)],
        )
    # Copies of one film would follow each other in the window.
    for number in range(1, min(listed + 1, films)):
        shown = (both, alone)[number % 2]
        sha256, at, file, *known = _facts(number, patients)
        own = replace(shown, radiograph=replace(shown.radiograph, sha256=sha256))
        facts = FilmFacts(sha256, Path(file), *known, at=at)
        worklist.keep(KeptFilm(own, own.radiograph.inverted, thumbnail), facts)


def _facts(number: int, patients: int) -> tuple[str, ...]:
    who = number % patients
    name = f"{FAMILY[who % 10]}, {GIVEN[who // 10 % 10]} {who}"
    day = f"20{10 + number % 15}-{1 + number % 12:02}-{1 + number % 28:02}"
    words = f"{number}.dcm {name} p{who:05} {day} r 2 · l {number % 5} \x1fkl2 flagged wide set"
    comment = "narrowed medially, osteophytes at both margins, compared with the earlier film"
    return (
        f"{number:064x}", f"{day}T10:00:00+00:00", f"/films/{number}.dcm", name, f"P{who:05}", day,
        f"R 2 · L {number % 5}", f"{words} {comment}".casefold(),
    )  # fmt: skip


def start(path: Path, listed: int) -> None:
    """Start the window on the file, and print seconds until the last film is shown, and memory."""
    unlock(path)
    began = time.perf_counter()
    from PySide6.QtCore import QSettings

    from koa_desktop.gui.app import build, qt_application
    from koa_desktop.gui.support.settings import Settings

    application = qt_application()
    store = QSettings(str(path.with_suffix(".ini")), QSettings.Format.IniFormat)
    window = build(application, Settings(store), path)
    window.show()
    window.session.kept.restore()
    while window.session.current is None:
        application.processEvents()
        time.sleep(0.002)
    shown = time.perf_counter() - began
    while len(window.session.cases) < listed:
        application.processEvents()
        time.sleep(0.002)
    whole = time.perf_counter() - began
    times = []
    for text in SEARCHES:
        asked = time.perf_counter()
        window.case_list.search.setText(text)
        application.processEvents()
        times.append(time.perf_counter() - asked)
    print(f"start: {shown:.2f} s, until all {listed} listed films are there: {whole:.2f} s")
    print(f"search of the list, slowest: {1000 * max(times):.0f} ms")
    print(f"memory: {_memory() / 2**20:.0f} MB")
    window.close()


def unlock(path: Path) -> None:
    """Give the passphrase where there is one, and print the time of that."""
    from koa_desktop.examination import backup
    from koa_desktop.examination.encryption import database

    began = time.perf_counter()
    if database.is_locked(path):
        backup.unlock(path, WORDS)
        print(f"passphrase: {time.perf_counter() - began:.2f} s")


def encrypt(path: Path) -> None:
    """Set the passphrase, and print the time of that."""
    from koa_desktop.examination.encryption import change, keys

    began = time.perf_counter()
    change.change(path, keys.derived(WORDS), lambda: None)
    print(f"encrypted in {time.perf_counter() - began:.1f} s")


def _memory() -> int:
    """Return the most memory that this process had, in bytes; 0 where the system does not tell."""
    try:
        import resource
    except ImportError:
        return 0
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else 1024 * most


def search(path: Path) -> None:
    """Print the times of searches through all films, and of a patient's."""
    from koa_desktop.examination.worklist import Worklist
    from koa_desktop.gui.case_list.found_cases import search_words

    worklist = Worklist(path)
    for text in SEARCHES:
        times = []
        for _ in range(5):
            began = time.process_time()
            _, count = worklist.find(search_words(text), 200)
            times.append(time.process_time() - began)
        print(f"search {text!r}: {count} films, {1000 * sorted(times)[2]:.0f} ms of CPU time")
    began = time.perf_counter()
    found = worklist.of_patient("Müller, Anna 0", "P00000", 60)
    print(f"films of one patient: {len(found)}, {1000 * (time.perf_counter() - began):.0f} ms")


def main() -> None:
    """Measure once."""
    from koa_desktop.system.paths import SAMPLES

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--films", type=int, default=FILMS)
    parser.add_argument("--patients", type=int, default=PATIENTS)
    parser.add_argument("--listed", type=int, default=LISTED)
    parser.add_argument("--film", type=Path, default=SAMPLES / "bilateral.dcm")
    parser.add_argument("--passphrase", action="store_true")
    parser.add_argument("--start", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.start is not None:
        start(options.start, options.listed)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cases.sqlite"
        fill(path, options.film, options.films, options.patients, options.listed)
        size = path.stat().st_size
        if options.passphrase:
            encrypt(path)
        print(f"{options.films} films: {size / 1e6:.0f} MB, {size / options.films:.0f} bytes each")
        search(path)
        again = [sys.executable, __file__, "--start", str(path), "--listed", str(options.listed)]
        subprocess.run(again, check=True)


if __name__ == "__main__":
    main()
