"""Masked areas are kept with the reading, passed on with the case, and allowed on a final one."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import pytest

from koa_desktop.examination import reading as change
from koa_desktop.examination.actions import Action, Step
from koa_desktop.examination.handover.case_file import CASE_NAME, pass_on, take_in
from koa_desktop.examination.reading import MarkedKnee, Reading
from koa_desktop.examination.sign_off import Signature, SignOff
from koa_desktop.examination.store import Circumstances, ReadingStore
from koa_desktop.imaging.masks import Mask
from koa_desktop.knees.box import Box, Knee
from koa_desktop.message import Message
from koa_desktop.radiograph import Side

FILM = b"a film with a name on it"
SHA256 = hashlib.sha256(FILM).hexdigest()
NAME, NUMBER = Mask(10, 20, 30.5, 8), Mask(200, 20, 40, 8)
READING = Reading((MarkedKnee(Knee(Box(50, 50, 100), Side.RIGHT)),), masks=(NAME, NUMBER))
MASKED = Step(Message(Action.MASK))


@pytest.fixture
def store(tmp_path: Path) -> ReadingStore:
    return ReadingStore(tmp_path / "cases.sqlite")


def test_a_reading_keeps_its_masks_and_the_trail_names_them(store: ReadingStore) -> None:
    store.save(SHA256, READING, [MASKED], Circumstances("Dr A"))
    kept = store.load(SHA256)
    assert kept is not None
    assert kept.reading == READING
    (entry,) = store.audit_trail(SHA256)
    assert entry.steps == (MASKED,)
    assert entry.detail["masks"][0] == {"left": 10, "top": 20, "width": 30.5, "height": 8}
    assert store.breaks() == []


def test_a_mask_that_no_program_wrote_is_damage(store: ReadingStore) -> None:
    store.save(SHA256, READING, [MASKED], Circumstances())
    for odd in ({"left": 1}, {"left": 1, "top": 1, "width": 0, "height": 5}):
        with closing(sqlite3.connect(store.path)) as connection, connection:
            detail = json.dumps({"masks": [odd]})
            connection.execute("UPDATE whole_film SET detail = ?", (detail,))
        kept = store.load(SHA256)
        assert kept is not None
        assert kept.is_damaged


def test_masks_are_added_moved_and_taken_away() -> None:
    reading = change.masked(replace(READING, masks=(NAME,)), NUMBER)
    assert reading == READING
    moved = Mask(0, 0, 5, 5)
    assert change.remasked(reading, 0, moved).masks == (moved, NUMBER)
    assert change.unmasked(reading, 0).masks == (NUMBER,)
    assert reading.knees == READING.knees


def test_a_mask_over_a_knees_box_is_known() -> None:
    assert not change.masks_knee(READING, NAME)
    assert change.masks_knee(READING, Mask(140, 140, 50, 50))


def test_a_case_arrives_with_its_masks_and_the_film_as_it_is(
    store: ReadingStore, tmp_path: Path
) -> None:
    film, target, folder = tmp_path / "film.dcm", tmp_path / "case.koa.zip", tmp_path / "there"
    film.write_bytes(FILM)
    folder.mkdir()
    store.save(SHA256, READING, [MASKED], Circumstances())
    pass_on(store, film, SHA256, target)
    there = ReadingStore(folder / "cases.sqlite")
    path, _ = take_in(there, target, folder)
    kept = there.load(SHA256)
    assert kept is not None
    assert kept.reading.masks == (NAME, NUMBER)
    assert path.read_bytes() == FILM


@pytest.mark.parametrize(("masks", "version"), [((), 1), ((NAME,), 2)])
def test_a_program_that_would_lose_masks_refuses_the_case(
    store: ReadingStore, tmp_path: Path, masks: tuple[Mask, ...], version: int
) -> None:
    film, target = tmp_path / "film.dcm", tmp_path / "case.koa.zip"
    film.write_bytes(FILM)
    store.save(SHA256, replace(READING, masks=masks), [MASKED], Circumstances())
    pass_on(store, film, SHA256, target)
    with ZipFile(target) as packed:
        assert json.loads(packed.read(CASE_NAME))["version"] == version


def test_a_final_reading_can_be_masked_and_stays_final(store: ReadingStore) -> None:
    signature = Signature("Dr A", "2026-01-02T03:04:05+00:00", "koa", (), "", "")
    final = Reading(sign_off=SignOff(signature))
    store.save(SHA256, final, [Step(Message(Action.SIGN))], Circumstances())
    for action in (Action.MASK, Action.MASK_KNEE, Action.CHANGE_MASK, Action.DELETE_MASK):
        assert final.may_change_by(action)
    store.save(SHA256, replace(final, masks=(NAME,)), [MASKED], Circumstances())
    kept = store.load(SHA256)
    assert kept is not None
    assert kept.reading.is_final
    assert kept.reading.masks == (NAME,)
