"""A bundle is written whole: its model in pieces where it is large, and nothing of an older one."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from koa_desktop.grading.card import read_grader_card
from koa_desktop.networks.bundle import model_bytes
from koa_desktop.system.paths import MODELS
from training.grader import card
from training.metrics.calibration import Calibration


def test_a_large_model_lies_in_pieces_and_a_small_one_takes_their_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = read_grader_card(MODELS / "koa.json").text
    monkeypatch.setattr(card, "PIECE", 10)
    large, small = bytes(range(25)), b"small"
    card.write_bundle(large, text, tmp_path)
    names = sorted(path.name for path in tmp_path.glob("koa.tflite*"))
    assert names == ["koa.tflite.0", "koa.tflite.1", "koa.tflite.2"]
    assert model_bytes(tmp_path / "koa.tflite", hashlib.sha256(large).hexdigest()) == large
    card.write_bundle(small, text, tmp_path)
    assert [path.name for path in tmp_path.glob("koa.tflite*")] == ["koa.tflite"]
    assert model_bytes(tmp_path / "koa.tflite", hashlib.sha256(small).hexdigest()) == small


@pytest.mark.parametrize(("weight", "sources"), [(0.0, 1), (1.0, 2)])
def test_a_card_acknowledges_the_readings_that_a_member_was_trained_with(
    weight: float, sources: int
) -> None:
    members = [{"held_out": "val"}, {"held_out": "val", "readings_weight": weight}]
    calibration = Calibration(1.0, (0.1,) * 5, 3.0)
    text = card.make_card(b"model", "9.9", calibration, {}, {"members": members})
    assert len(text["data"]) == sources
    assert all("Osteoarthritis Initiative" in source["source"] for source in text["data"])
