"""The doors through which foreign bytes come in, and one case for each number at each door.

An entry is made once in a process and then called with a case's random numbers. It returns
nothing; what it raises is unexpected, for errors meant for the reader are caught here.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any, ClassVar
from zipfile import ZipFile

from koa_desktop.errors import ReaderError
from tests.robustness.mutations import archives, dicom_files, directories, mutated, pictures

ROOT = Path(__file__).parents[2]
Case = Callable[[Random], None]
_ODD_VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 5, 2**70, 0.5, 1e308, float("nan"), float("inf"), "", "R", "x" * 10_000, "3",
    "\0", "<img src='x'>", [], [None], [[1, 2], [3]], {}, {"left": None}, [[]] * 50,
)  # fmt: skip
_ODD_NUMBERS = ("nan", "inf", "-inf", "-1", "1e400", "0", "9" * 20, "0x10", "1,5", "")
_ODD_SETTINGS = (
    "", "nan", "inf", "-inf", "-1", "1e400", "0", "99999999999999999999", "yes",
    "true", "@Invalid()", "@ByteArray()", "@ByteArray(\\x1\\xd9\\xd0\\xcb)", "@Size(9 9)",
    "@Rect(0 0 -1 -1)", "@Variant(\\0)",
    "@Variant(\\0\\0\\0\\t\\0\\0\\0\\x1)", "a, b, c", "\\x0", "\"", "\"x", "%n%s", "dark", "DARK",
    "inferno", "<img src='x'>", "/nowhere/at/all", "\\xd800", "x" * 5000, "..\\\\..\\\\x", "\\n\\n",
)  # fmt: skip


def read_entry(folder: Path) -> Case:
    """Reading one file: a picture or DICOM."""
    from koa_desktop.loading.reader import read

    path = folder / "case"
    # The first file waits for the reading process.
    read(ROOT / "resources" / "samples" / "bilateral.dcm")

    def one(random: Random) -> None:
        path.write_bytes(_file(random))
        with suppress(ReaderError):
            pixels = read(path).pixels
            assert 0 <= float(pixels.min()) <= float(pixels.max()) <= 1, "values out of range"

    return one


def header_entry(folder: Path) -> Case:
    """The table of a file's header."""
    from koa_desktop.loading.reader import header_rows, read

    path = folder / "case"
    whole = read(ROOT / "resources" / "samples" / "bilateral.dcm")
    asked = replace(whole.info, path=path, sha256="")

    def one(random: Random) -> None:
        path.write_bytes(mutated(random.choice(dicom_files()), random, dicom_files()))
        with suppress(ReaderError):
            for row in header_rows(asked):
                assert len(row.value) < 10_000, "a value is not shortened"

    return one


def archive_entry(folder: Path) -> Case:
    """An archive in a folder, or named itself; it is refused, and never unpacked."""
    from koa_desktop.loading.discovery import discover
    from koa_desktop.loading.reader import read

    path = folder / "case"
    read(ROOT / "resources" / "samples" / "bilateral.dcm")

    def one(random: Random) -> None:
        path.write_bytes(mutated(random.choice(archives()), random, archives()))
        for found in (path, *discover([folder]).files):
            with suppress(ReaderError):
                read(found)

    return one


def directory_entry(folder: Path) -> Case:
    """A CD with its table of contents; nothing outside of it may come in."""
    from koa_desktop.loading.discovery import discover

    disc = folder / "disc"
    (disc / "IMAGES").mkdir(parents=True)
    for name in ("IMAGES/A", "B"):
        (disc / name).write_bytes(dicom_files()[0])
    path = disc / "DICOMDIR"
    inside = os.path.realpath(disc)

    def one(random: Random) -> None:
        path.write_bytes(mutated(random.choice(directories()), random, directories()))
        with suppress(ReaderError):
            for found in discover([disc] if random.random() < 0.5 else [path]).files:
                assert os.path.realpath(found).startswith(inside), "a file from outside the CD"

    return one


def settings_entry(folder: Path) -> Case:
    """The settings file, with which the window is to come up."""
    from PySide6.QtCore import QEvent, QSettings
    from PySide6.QtWidgets import QApplication

    from koa_desktop.gui.app import build
    from koa_desktop.gui.support.settings import Settings

    application = QApplication.instance() or QApplication(["koa-desktop"])
    path = folder / "settings.ini"
    usual = _usual_settings(folder)

    def one(random: Random) -> None:
        path.write_bytes(_settings(usual, random))
        store = QSettings(str(path), QSettings.Format.IniFormat)
        window = build(application, Settings(store), None)
        window.show()
        application.processEvents()
        window.close()
        window.deleteLater()
        application.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    return one


def database_entry(folder: Path) -> Case:
    """The case list's rows and bytes, as they are when a film comes back that was read before."""
    from koa_desktop.examination.actions import Action, Step
    from koa_desktop.examination.examiner import Examiner
    from koa_desktop.examination.reading import as_read, first_reading
    from koa_desktop.examination.store import Circumstances, ReadingStore
    from koa_desktop.loading.reader import read
    from koa_desktop.message import Message

    class Remembering(Examiner):
        """Examines the same box of the same film once: most rows leave most boxes whole."""

        known: ClassVar[dict[str, Any]] = {}

        def examine_knee(self, radiograph: Any, *arguments: Any, **named: Any) -> Any:
            key = repr((radiograph.inverted, arguments, named))
            if key not in self.known:
                self.known[key] = super().examine_knee(radiograph, *arguments, **named)
            return self.known[key]

    examiner = Remembering.load(threads=1)
    film = read(ROOT / "resources" / "samples" / "bilateral.dcm")
    found = first_reading(examiner.examine(film).knees, ())
    whole = folder / "whole.sqlite"
    step = Step(Message.of(Action.GRADE, grade=2))
    commented = replace(found, comment="a comment")
    ReadingStore(whole).save(film.info.sha256, commented, [step], Circumstances("Dr. A"))
    path = folder / "case.sqlite"

    def one(random: Random) -> None:
        shutil.copyfile(whole, path)
        for rest in folder.glob("case.sqlite-*"):
            rest.unlink()
        if random.random() < 0.25:
            path.write_bytes(mutated(whole.read_bytes(), random))
        else:
            for _ in range(random.choice((1, 1, 2, 4))):
                _damage_row(path, random)
        with suppress(ReaderError):
            store = ReadingStore(path)
            store.audit_trail(film.info.sha256)
            stored = store.load(film.info.sha256)
            for marked in stored.reading.placed if stored else ():
                examined = examiner.examine_knee(film, marked.knee, on_request=marked.on_request)
                as_read(examined, marked, film.info)

    return one


def import_entry(folder: Path) -> Case:
    """A ZIP archive that is imported; nothing may come to lie outside its folder."""
    from threading import Event

    from koa_desktop.loading.zip_archive import unpack

    path, target = folder / "case.zip", folder / "room" / "films"

    def one(random: Random) -> None:
        path.write_bytes(mutated(random.choice(archives()), random, archives()))
        shutil.rmtree(target.parent, ignore_errors=True)
        with suppress(ReaderError):
            unpack(path, target, lambda *_: None, Event())
        assert {one.name for one in folder.iterdir()} <= {"case.zip", "room"}, "left the folder"
        if target.parent.exists():
            assert list(target.parent.iterdir()) == [target], "left the folder"

    return one


def handover_entry(folder: Path) -> Case:
    """A case that another computer passed on; the case list stays loadable."""
    from koa_desktop.examination.actions import Action, Step
    from koa_desktop.examination.handover import case_file
    from koa_desktop.examination.reading import Reading
    from koa_desktop.examination.store import Circumstances, ReadingStore
    from koa_desktop.message import Message

    film = ROOT / "resources" / "samples" / "bilateral.dcm"
    sha256 = hashlib.sha256(film.read_bytes()).hexdigest()
    whole, path, films = folder / "whole.koa.zip", folder / "case.koa.zip", folder / "films"
    step = Step(Message.of(Action.COMMENT))
    sender = ReadingStore(folder / "sender.sqlite")
    sender.save(sha256, Reading(comment="a comment"), [step], Circumstances("Dr. A"))
    case_file.pass_on(sender, film, sha256, whole)

    def one(random: Random) -> None:
        shutil.rmtree(films, ignore_errors=True)
        films.mkdir()
        for rest in folder.glob("receiver.sqlite*"):
            rest.unlink()
        if random.random() < 0.4:
            path.write_bytes(mutated(whole.read_bytes(), random))
        else:
            _with_odd_member(whole, path, case_file.CASE_NAME, random)
        case_file.is_case(path)
        store = ReadingStore(folder / "receiver.sqlite")
        with suppress(ReaderError):
            case_file.take_in(store, path, films)
        for known in store.films():
            store.load(known)
            store.audit_trail(known)

    return one


def settings_file_entry(folder: Path) -> Case:
    """Settings that another computer exported; a file that is none is refused by ValueError."""
    from PySide6.QtCore import QSettings

    from koa_desktop.gui.support import settings_file
    from koa_desktop.gui.support.settings import Setting, Settings

    path = folder / "settings.json"
    store = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
    settings = Settings(store)
    usual = {"reader": "Dr. A", "heat_opacity": "0.5", "templates": ["one", "two"]}
    names = [
        name
        for name, kind in vars(Settings).items()
        if isinstance(kind, Setting) and not name.startswith("_")
    ]

    def one(random: Random) -> None:
        stored = dict.fromkeys(settings_file.PORTABLE, "x") | usual
        content = {"kind": "KOA Desktop settings", "settings": stored}
        for _ in range(random.choice((1, 1, 2, 4))):
            content = _damaged_json(content, random)
        text = json.dumps(content).encode()
        path.write_bytes(mutated(text, random) if random.random() < 0.3 else text)
        with suppress(ValueError):
            settings_file.read(settings, path)
        for name in names:
            getattr(settings, name)

    return one


ENTRIES: dict[str, Callable[[Path], Case]] = {
    "read": read_entry,
    "header": header_entry,
    "archive": archive_entry,
    "dicomdir": directory_entry,
    "settings": settings_entry,
    "database": database_entry,
    "import": import_entry,
    "handover": handover_entry,
    "settings file": settings_file_entry,
}


def _file(random: Random) -> bytes:
    """Return a damaged picture or DICOM file, or a few bytes of noise."""
    if random.random() < 0.02:
        start = random.choice((b"", bytes(128) + b"DICM", b"\x08\0\x05\0CS", b"BM", b"II*\0"))
        return start + random.randbytes(random.randrange(400))
    files = random.choice((pictures(), dicom_files()))
    return mutated(random.choice(files), random, files)


def _usual_settings(folder: Path) -> list[str]:
    """Return the lines of a settings file as the window itself leaves it, by its own hand."""
    from PySide6.QtCore import QSettings
    from PySide6.QtWidgets import QApplication

    from koa_desktop.gui.app import build
    from koa_desktop.gui.support.settings import Setting, Settings

    application = QApplication.instance()
    assert isinstance(application, QApplication)
    path = folder / "usual.ini"
    store = QSettings(str(path), QSettings.Format.IniFormat)
    settings = Settings(store)
    for name, kind in vars(type(settings)).items():
        if isinstance(kind, Setting) and not name.startswith("_"):
            value = getattr(settings, name)
            # None means never set; `_ODD_SETTINGS` has values for it.
            if value is not None:
                setattr(settings, name, value)
            else:
                store.setValue(name, "x")
    settings.add_recent([folder / "a.png", folder / "b.png"])
    window = build(application, settings, None)
    window.show()
    window.close()
    store.sync()
    return path.read_text(encoding="utf-8").splitlines()


def _settings(usual: list[str], random: Random) -> bytes:
    """Return a settings file with some odd values, or with damaged bytes."""
    lines = list(usual)
    places = [place for place, line in enumerate(lines) if "=" in line]
    for place in random.sample(places, random.choice((1, 1, 2, 4))):
        key, _, value = lines[place].partition("=")
        is_number = value.replace(".", "").isdigit()
        odd = _ODD_NUMBERS if is_number and random.random() < 0.7 else _ODD_SETTINGS
        lines[place] = f"{key}={random.choice(odd)}"
    text = "\n".join([*lines, ""]).encode()
    return mutated(text, random) if random.random() < 0.3 else text


def _with_odd_member(whole: Path, path: Path, name: str, random: Random) -> None:
    """Write a zip again, with odd values in its member `name`, which is JSON."""
    with ZipFile(whole) as old, ZipFile(path, "w") as new:
        for member in old.namelist():
            content = old.read(member)
            if member == name:
                case = json.loads(content)
                for _ in range(random.choice((1, 1, 2, 4))):
                    case = _damaged_json(case, random)
                content = json.dumps(case).encode()
            new.writestr(member, content)


def _damage_row(path: Path, random: Random) -> None:
    """Put another value into a column of a table, as another program or a bad disk might."""
    with closing(sqlite3.connect(path)) as connection, connection:
        names = [str(row[0]) for row in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
        )]  # fmt: skip
        table = random.choice(names)
        columns = [str(row[1]) for row in connection.execute(f"PRAGMA table_info({table})")]
        column = random.choice(columns)
        row = connection.execute(f"SELECT {column} FROM {table}").fetchone()
        if row is None:
            return
        with suppress(sqlite3.IntegrityError):
            connection.execute(
                f"UPDATE {table} SET {column} = ?", (_damaged_value(row[0], random),)
            )


def _damaged_value(value: Any, random: Random) -> Any:
    if isinstance(value, str) and value[:1] in ("[", "{") and random.random() < 0.85:
        # A value that was damaged before may be no JSON any more.
        with suppress(ValueError):
            return json.dumps(_damaged_json(json.loads(value), random))
    odd = random.choice(
        (None, 0, -1, 2**62, 1.5, "", "null", "[]", "{", b"\xff\xfe", "\0", "9" * 400)
    )
    if isinstance(value, str) and random.random() < 0.4:
        return mutated(value.encode(), random).decode("utf-8", "replace")
    return odd


def _damaged_json(value: Any, random: Random) -> Any:
    """Change one place, the deeper the likelier."""
    if isinstance(value, dict) and value and random.random() < 0.85:
        key = random.choice(sorted(value))
        if random.random() < 0.2:
            return {name: held for name, held in value.items() if name != key}
        return {**value, key: _damaged_json(value[key], random)}
    if isinstance(value, list) and value and random.random() < 0.85:
        place = random.randrange(len(value))
        if random.random() < 0.2:
            return value[:place] + value[place + 1 :] * random.choice((1, 2))
        return [*value[:place], _damaged_json(value[place], random), *value[place + 1 :]]
    return random.choice(_ODD_VALUES)
