"""The bundle: its results on a crop, and that a wrong one is refused in a sentence."""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from koa_desktop.errors import BundleError
from koa_desktop.grading.card import read_grader_card
from koa_desktop.grading.grader import Grader, Grading
from koa_desktop.grading.kellgren_lawrence import GRADES
from koa_desktop.grading.oarsi import OARSI_NAMES
from koa_desktop.networks.bundle import model_bytes
from koa_desktop.system.paths import MODELS
from tests.support.raising import raises


@pytest.fixture(scope="module")
def grader() -> Grader:
    return Grader()


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A copy of the shipped bundle in one piece, to be spoiled."""
    shutil.copy(MODELS / "koa.json", tmp_path / "koa.json")
    (tmp_path / "koa.tflite").write_bytes(shipped_model())
    return tmp_path


def shipped_model() -> bytes:
    return model_bytes(MODELS / "koa.tflite", read_grader_card(MODELS / "koa.json").sha256)


def crops(count: int, size: int) -> list[np.ndarray[Any, np.dtype[np.float32]]]:
    return list(np.random.default_rng(3).random((count, size, size, 1), np.float32))


def edit_card(bundle: Path, **changes: object) -> None:
    card = json.loads((bundle / "koa.json").read_text(encoding="utf-8"))
    card.update(changes)
    (bundle / "koa.json").write_text(json.dumps(card), encoding="utf-8")


def test_a_grading_has_readings_where_its_card_says_so(grader: Grader) -> None:
    (grading,) = grader.grade(crops(1, grader.card.input_size))
    assert (grading.readings is not None) == grader.card.has_readings
    assert (grading.reading_maps is not None) == grader.card.has_readings


def test_a_card_with_other_readings_than_the_apps_is_refused(bundle: Path) -> None:
    edit_card(bundle, readings={"names": ["jsn_medial"]})
    with raises(BundleError, match="damaged or incomplete"):
        Grader(bundle)
    names = [name.value for name in OARSI_NAMES]
    edit_card(bundle, readings={"names": names})
    assert read_grader_card(bundle / "koa.json").has_readings


@pytest.mark.requirement("R3")
def test_a_grading_is_calibrated_probabilities_maps_and_features(grader: Grader) -> None:
    (grading,) = grader.grade(crops(1, grader.card.input_size))
    assert grading.probability.shape == (GRADES,)
    assert grading.probability.sum() == pytest.approx(1, abs=1e-5)
    assert grading.maps.ndim == 3
    assert grading.maps.shape[2] == GRADES
    assert grading.features.ndim == 1
    assert grading.distance == pytest.approx(float(np.sqrt((grading.features**2).sum())), rel=1e-5)


def test_crops_graded_together_are_graded_as_alone(grader: Grader) -> None:
    pictures = crops(3, grader.card.input_size)
    together = grader.grade(pictures)
    alone = [grader.grade([picture])[0] for picture in pictures]
    for one, other in zip(together, alone, strict=True):
        np.testing.assert_allclose(one.probability, other.probability, atol=1e-5)


def test_the_map_tells_the_logit(grader: Grader) -> None:
    """Mean of a map minus the logit is a constant of the model (Grad-CAM without gradients)."""
    gradings = grader.grade(crops(4, grader.card.input_size))
    temperature = float(grader.card.text["temperature"])
    rest = []
    for grading in gradings:
        logits = np.log(grading.probability) * temperature
        rest.append((logits - logits.mean()) - _centred(grading.maps.mean(axis=(0, 1))))
    np.testing.assert_allclose(rest, [rest[0]] * len(rest), atol=2e-2)


def _centred(values: np.ndarray[Any, np.dtype[np.float32]]) -> np.ndarray[Any, Any]:
    return np.asarray(values - values.mean())


def test_nothing_to_grade_gives_nothing(grader: Grader) -> None:
    assert grader.grade([]) == []


def test_threads_take_turns(grader: Grader) -> None:
    pictures = crops(4, grader.card.input_size)
    alone = [grader.grade([picture])[0].probability for picture in pictures]
    found: dict[int, Grading] = {}

    def work(number: int) -> None:
        for _ in range(3):
            found[number] = grader.grade([pictures[number]])[0]

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number, probability in enumerate(alone):
        np.testing.assert_allclose(found[number].probability, probability, atol=1e-6)


def test_a_result_outlives_the_next_pass(grader: Grader) -> None:
    first, second = crops(2, grader.card.input_size)
    grading = grader.grade([first])[0]
    kept = grading.probability.copy()
    grader.grade([second])
    np.testing.assert_array_equal(grading.probability, kept)


def test_the_card_describes_the_model_that_is_shipped() -> None:
    card = read_grader_card(MODELS / "koa.json")
    assert card.sha256 == hashlib.sha256(shipped_model()).hexdigest()
    assert len(card.set_thresholds) == GRADES
    assert 0 < card.set_coverage < 1
    assert card.label == f"{card.name} {card.version}"


def test_a_model_that_is_not_the_cards_is_refused(bundle: Path) -> None:
    model = bytearray((bundle / "koa.tflite").read_bytes())
    model[len(model) // 2] ^= 1
    (bundle / "koa.tflite").write_bytes(model)
    with raises(BundleError, match=r"is not the one its card describes; install .*\.$"):
        Grader(bundle)


def test_a_model_in_pieces_is_put_together(bundle: Path) -> None:
    model = (bundle / "koa.tflite").read_bytes()
    (bundle / "koa.tflite").unlink()
    half = len(model) // 2
    (bundle / "koa.tflite.0").write_bytes(model[:half])
    (bundle / "koa.tflite.1").write_bytes(model[half:])
    assert model_bytes(bundle / "koa.tflite", hashlib.sha256(model).hexdigest()) == model
    (bundle / "koa.tflite").write_bytes(b"an older version's")
    assert model_bytes(bundle / "koa.tflite", hashlib.sha256(model).hexdigest()) == model
    (bundle / "koa.tflite").write_bytes(model)
    (bundle / "koa.tflite.0").write_bytes(b"an older version's")
    assert model_bytes(bundle / "koa.tflite", hashlib.sha256(model).hexdigest()) == model
    (bundle / "koa.tflite").unlink()
    with raises(BundleError, match=r"is not the one its card describes; install .*\.$"):
        Grader(bundle)


def test_a_file_that_is_no_model_is_refused_though_the_card_matches(bundle: Path) -> None:
    (bundle / "koa.tflite").write_bytes(b"no model")
    edit_card(bundle, sha256=hashlib.sha256(b"no model").hexdigest())
    with raises(BundleError, match=r"cannot be loaded\.$"):
        Grader(bundle)


@pytest.mark.parametrize("missing", ["koa.json", "koa.tflite"])
def test_a_missing_part_is_named(bundle: Path, missing: str) -> None:
    (bundle / missing).unlink()
    with raises(BundleError, match=rf"{missing} is missing from the models folder\.$"):
        Grader(bundle)


@pytest.mark.parametrize(
    "changes",
    [
        {"sha256": None, "input": {}},
        {"prediction_set": []},
        {"unusual_look": "no"},
        {"input": {"width": 225}},
        {"prediction_set": {"thresholds": [0.1], "coverage": 0.9}},
        {"prediction_set": {"thresholds": [float("nan")] * 5, "coverage": 0.9}},
        {"unusual_look": {"threshold": float("inf")}},
    ],
)
def test_an_incomplete_card_is_refused(bundle: Path, changes: dict[str, object]) -> None:
    edit_card(bundle, **changes)
    with raises(BundleError, match=r"damaged or incomplete\.$"):
        Grader(bundle)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"card"', "\xff"])
def test_a_damaged_card_is_refused(bundle: Path, text: str) -> None:
    (bundle / "koa.json").write_bytes(text.encode("latin-1"))
    with raises(BundleError, match=r"damaged or incomplete\.$"):
        read_grader_card(bundle / "koa.json")
