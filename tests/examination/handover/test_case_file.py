"""A case passed on: film, reading and audit trail arrive whole, and nothing odd does."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from koa_desktop.errors import ReadError, ReadReason, StoreError, StoreReason
from koa_desktop.examination.actions import Action, Step
from koa_desktop.examination.decision import Decision
from koa_desktop.examination.handover.case_file import CASE_NAME, is_case, pass_on, take_in
from koa_desktop.examination.measurements import Kind, Measurement
from koa_desktop.examination.reading import MarkedKnee, Reading
from koa_desktop.examination.store import Circumstances, ReadingStore
from koa_desktop.grading.oarsi import OarsiName
from koa_desktop.knees.box import Box, Knee, SideSource
from koa_desktop.message import Message
from koa_desktop.radiograph import Side

FILM = b"a film, byte by byte" * 1000
SHA256 = hashlib.sha256(FILM).hexdigest()
KNEE = MarkedKnee(
    Knee(Box(10, 20, 300), Side.RIGHT, SideSource.READER, placed_by_user=True),
    3,
    Decision.now(3, 2, "koa 9.8.7"),
    comment="Größe 日本",
    readings=((OarsiName.JSN_MEDIAL, 2),),
)
READING = Reading(
    (KNEE,),
    inverted=True,
    comment="Seen.",
    measurements=(Measurement(Kind.LENGTH, ((1.0, 2.0), (3.0, 4.0))),),
)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "Ελένη.dcm"
    path.write_bytes(FILM)
    return path


@pytest.fixture
def here(tmp_path: Path) -> ReadingStore:
    """A store with two changes of the film's reading, and another film's."""
    store = ReadingStore(tmp_path / "here.sqlite")
    step = Step(Message.of(Action.OVERRULE, model_grade=2, grade=3))
    store.save(SHA256, replace(READING, comment=""), [step], Circumstances("Dr A"))
    store.save(SHA256, READING, [Step(Message(Action.COMMENT))], Circumstances("Dr A"))
    store.save("f" * 64, Reading(comment="of another"), [step], Circumstances("Dr B"))
    return store


@pytest.fixture
def there(tmp_path: Path) -> ReadingStore:
    return ReadingStore(tmp_path / "there.sqlite")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "arrived"
    folder.mkdir()
    return folder


@pytest.fixture
def passed(here: ReadingStore, film: Path, tmp_path: Path) -> Path:
    target = tmp_path / "case.koa.zip"
    pass_on(here, film, SHA256, target)
    return target


def test_reading_and_trail_are_there_as_they_were_here(
    here: ReadingStore, there: ReadingStore, passed: Path, folder: Path
) -> None:
    path, is_new = take_in(there, passed, folder)
    assert (path, is_new) == (folder / "Ελένη.dcm", True)
    assert path.read_bytes() == FILM
    (sent, found) = here.load(SHA256), there.load(SHA256)
    assert sent is not None
    assert found is not None
    assert (found.reading, found.reader) == (sent.reading, "Dr A")
    assert found.reading == READING
    assert there.audit_trail(SHA256) == here.audit_trail(SHA256)
    assert there.breaks() == []
    assert there.films() == [SHA256]


def test_the_trail_goes_on_there(there: ReadingStore, passed: Path, folder: Path) -> None:
    take_in(there, passed, folder)
    step = Step(Message.of(Action.GRADE, grade=1))
    there.save(SHA256, Reading((KNEE,)), [step], Circumstances("Dr C"))
    assert [entry.reader for entry in there.audit_trail(SHA256)] == ["Dr A", "Dr A", "Dr C"]
    assert there.breaks() == []


def test_a_reading_that_is_there_stays(there: ReadingStore, passed: Path, folder: Path) -> None:
    there.save(SHA256, Reading(comment="own"), [], Circumstances("Dr C"))
    path, is_new = take_in(there, passed, folder)
    assert not is_new
    assert path.exists()
    kept = there.load(SHA256)
    assert kept is not None
    assert kept.reading.comment == "own"
    assert len(there.audit_trail(SHA256)) == 1


def test_a_film_without_a_reading_is_passed_on_alone(
    there: ReadingStore, film: Path, folder: Path, tmp_path: Path
) -> None:
    pass_on(ReadingStore(tmp_path / "empty.sqlite"), film, SHA256, tmp_path / "bare.koa.zip")
    assert take_in(there, tmp_path / "bare.koa.zip", folder) == (folder / film.name, True)
    assert there.load(SHA256) is None


def test_files_in_the_way_stay_and_the_same_film_is_taken(
    there: ReadingStore, passed: Path, folder: Path, film: Path
) -> None:
    (folder / film.name).write_bytes(b"another film")
    first, _ = take_in(there, passed, folder)
    assert first.name == "Ελένη (2).dcm"
    assert (folder / film.name).read_bytes() == b"another film"
    assert take_in(there, passed, folder)[0] == first
    assert len(list(folder.iterdir())) == 2


def test_a_film_that_has_changed_is_not_passed_on(
    here: ReadingStore, film: Path, tmp_path: Path
) -> None:
    film.write_bytes(b"changed")
    with pytest.raises(ReadError) as told:
        pass_on(here, film, SHA256, tmp_path / "case.koa.zip")
    assert told.value.message.code is ReadReason.CHANGED
    assert not (tmp_path / "case.koa.zip").exists()


def rewritten(source: Path, change: Callable[[dict[str, Any]], None], film: bytes = FILM) -> Path:
    """Return a copy of a case with something else in it."""
    with ZipFile(source) as packed:
        case = json.loads(packed.read(CASE_NAME))
    change(case)
    target = source.with_name("odd.koa.zip")
    with ZipFile(target, "w", ZIP_DEFLATED) as packed:
        packed.writestr(CASE_NAME, json.dumps(case))
        packed.writestr("film/odd.dcm", film)
    return target


CHANGES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "a grade": lambda case: case["rows"]["examination"][0].__setitem__(1, "[]"),
    "an entry": lambda case: case["rows"]["audit"][0].__setitem__(3, "{}"),
    "a missing entry": lambda case: case["rows"]["audit"].pop(0),
    "no trail": lambda case: case["rows"].update(audit=[]),
    "another film": lambda case: case["rows"]["examination"][0].__setitem__(0, "e" * 64),
    "two rows": lambda case: case["rows"]["examination"].append(case["rows"]["examination"][0]),
    "too few columns": lambda case: case["rows"]["margins"][0].pop(),
    "a table as text": lambda case: case["rows"].update(audit="none"),
    "another format": lambda case: case.update(format="other"),
    "no rows": lambda case: case.pop("rows"),
    "another checksum": lambda case: case.update(sha256="0" * 64),
    "an endless version": lambda case: case.update(version=float("inf")),
    "a number too large": lambda case: case["rows"]["audit"][0].__setitem__(0, 2**80),
}


@pytest.mark.parametrize("kind", CHANGES)
def test_a_case_that_was_changed_is_refused_and_changes_nothing(
    kind: str, there: ReadingStore, passed: Path, folder: Path
) -> None:
    with pytest.raises(StoreError) as told:
        take_in(there, rewritten(passed, CHANGES[kind]), folder)
    assert told.value.message.code is StoreReason.NO_CASE
    assert there.films() == []
    assert not list(folder.iterdir())


def test_another_film_in_the_file_is_refused(
    there: ReadingStore, passed: Path, folder: Path
) -> None:
    with pytest.raises(StoreError):
        take_in(there, rewritten(passed, lambda _: None, b"another"), folder)
    assert not list(folder.iterdir())


def test_a_newer_case_is_told(there: ReadingStore, passed: Path, folder: Path) -> None:
    with pytest.raises(StoreError) as told:
        take_in(there, rewritten(passed, lambda case: case.update(version=99)), folder)
    assert told.value.message.code is StoreReason.NEWER_CASE


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04" + bytes(100)])
def test_what_is_no_zip_is_refused(
    content: bytes, there: ReadingStore, folder: Path, tmp_path: Path
) -> None:
    odd = tmp_path / "odd.zip"
    odd.write_bytes(content)
    with pytest.raises(StoreError) as told:
        take_in(there, odd, folder)
    assert told.value.message.code is StoreReason.NO_CASE


def test_a_name_that_leads_out_of_the_folder_stays_in_it(
    there: ReadingStore, passed: Path, folder: Path
) -> None:
    odd = rewritten(passed, lambda case: case.update(film="../../up.dcm"))
    path, _ = take_in(there, odd, folder)
    assert path == folder / "up.dcm"


def test_a_case_is_known_from_other_archives(passed: Path, tmp_path: Path) -> None:
    assert is_case(passed)
    assert is_case(rewritten(passed, lambda case: case.update(version=99)))
    assert not is_case(rewritten(passed, lambda case: case.update(format="other")))
    with ZipFile(tmp_path / "films.zip", "w") as packed:
        packed.writestr("film.dcm", FILM)
    assert not is_case(tmp_path / "films.zip")
    assert not is_case(tmp_path / "gone.zip")
