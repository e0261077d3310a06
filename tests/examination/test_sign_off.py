"""The sign-off of a reading is kept whole, and a final reading is not replaced silently."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from koa_desktop.errors import StoreError, StoreReason
from koa_desktop.examination import sign_off
from koa_desktop.examination.actions import Action, Step
from koa_desktop.examination.reading import MarkedKnee, Reading
from koa_desktop.examination.sign_off import DRAFT, Signature, SignedKnee, SignOff
from koa_desktop.examination.store import Circumstances, ReadingStore
from koa_desktop.grading.oarsi import OarsiName
from koa_desktop.knees.box import Box, Knee
from koa_desktop.message import Message

SHA256 = "cd" * 32
SIGNED = (
    SignOff()
    .signed(
        Signature(
            "Dr Ö",
            "2026-01-02T03:04:05+00:00",
            "koa 1",
            (SignedKnee(2, 3, ((OarsiName.JSN_MEDIAL, 1),)),),
            "Seen.",
            "Meant.",
        )
    )
    .with_addendum("More.", "Dr P")
)
FINAL = Reading((MarkedKnee(Knee(Box(1, 2, 90), None)),), sign_off=SIGNED)


@pytest.fixture
def store(tmp_path: Path) -> ReadingStore:
    return ReadingStore(tmp_path / "cases.sqlite")


def save(store: ReadingStore, reading: Reading, action: Action) -> None:
    store.save(SHA256, reading, [Step(Message(action))], Circumstances())


def test_a_sign_off_is_kept_whole(store: ReadingStore) -> None:
    reopened = replace(FINAL, sign_off=SIGNED.reopened("Wrong.", "Dr P"))
    for reading, action in ((FINAL, Action.SIGN), (reopened, Action.REOPEN)):
        save(store, reading, action)
        stored = store.load(SHA256)
        assert stored is not None
        assert stored.reading == reading
    assert not reopened.is_final
    assert reopened.sign_off.addenda == SIGNED.addenda


def test_a_final_reading_is_replaced_only_by_steps_that_say_so(store: ReadingStore) -> None:
    save(store, FINAL, Action.SIGN)
    for action in (Action.COMMENT, Action.KEEP_THIS, Action.SIGN):
        with pytest.raises(StoreError) as refused:
            save(store, Reading(comment="Other."), action)
        assert refused.value.message.code is StoreReason.FINAL
    stored = store.load(SHA256)
    assert stored is not None
    assert stored.reading == FINAL
    assert len(store.audit_trail(SHA256)) == 1


def test_a_draft_that_never_was_signed_takes_no_room() -> None:
    assert sign_off.to_json(DRAFT) is None
    assert sign_off.from_json(None, 2) == DRAFT


@pytest.mark.parametrize(
    "change",
    [
        lambda stored: stored["signature"].update(at="yesterday"),
        lambda stored: stored["signature"]["knees"].clear(),
        lambda stored: stored["signature"]["knees"][0].update(grade=7),
        lambda stored: stored["signature"]["knees"][0]["readings"].update(jsn_medial=4),
        lambda stored: stored["addenda"][0].pop("text"),
        lambda stored: stored.pop("reopenings"),
    ],
)
def test_what_no_program_wrote_is_damage(change: Any) -> None:
    stored = json.loads(json.dumps(sign_off.to_json(SIGNED)))
    assert sign_off.from_json(deepcopy(stored), 1) == SIGNED
    change(stored)
    with pytest.raises((ValueError, KeyError, TypeError)):
        sign_off.from_json(stored, 1)
