"""A model file is loaded only if it is the one its checksum names."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

import numpy as np
import pytest

from koa_desktop.errors import BundleError
from koa_desktop.joint_space.margins import read_margin_card
from koa_desktop.networks.litert_model import LiteRtModel
from koa_desktop.system.paths import MODELS
from tests.support.raising import raises

FOLDER = MODELS / "joint_space"
SHA256 = read_margin_card(FOLDER / "card.json").sha256["pose"]


def pictures(count: int) -> np.ndarray:
    return np.random.default_rng(0).random((count, 64, 64, 1), np.float32)


@pytest.fixture(scope="module")
def model() -> LiteRtModel:
    return LiteRtModel(FOLDER / "pose.tflite", SHA256, threads=1)


def test_outputs_have_names(model: LiteRtModel) -> None:
    assert model.run(picture=pictures(1))["pose"].shape == (1, 4)


@pytest.mark.parametrize("at_once", [1, 3])
def test_several_threads_get_their_own_answers(at_once: int) -> None:
    model = LiteRtModel(FOLDER / "pose.tflite", SHA256, threads=1, at_once=at_once)
    alone = [model.run(picture=picture[None])["pose"] for picture in pictures(4)]
    found: dict[int, np.ndarray] = {}

    def work(number: int) -> None:
        for _ in range(20):
            found[number] = model.run(picture=pictures(4)[number][None])["pose"]

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number, answer in enumerate(alone):
        np.testing.assert_allclose(found[number], answer, atol=1e-6)


def test_another_model_is_refused() -> None:
    with raises(BundleError, match=r"^The model pose\.tflite is not the one its card describes"):
        LiteRtModel(FOLDER / "pose.tflite", "0" * 64, threads=1)


def test_a_missing_model_is_named(tmp_path: Path) -> None:
    with raises(BundleError, match=r"^The model gone\.tflite is missing from the models folder\.$"):
        LiteRtModel(tmp_path / "gone.tflite", SHA256, threads=1)


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.tflite").write_bytes(b"no model")
    checksum = hashlib.sha256(b"no model").hexdigest()
    with raises(BundleError, match=r"^The model text\.tflite cannot be loaded\.$"):
        LiteRtModel(tmp_path / "text.tflite", checksum, threads=1)
