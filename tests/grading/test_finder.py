"""Knees are found, put right and looked at; what is no knee is not."""

from __future__ import annotations

import json
import os
import shutil
import threading
from dataclasses import dataclass, replace
from math import log
from pathlib import Path

import cv2
import numpy as np
import pytest

from koa_desktop.errors import BundleError
from koa_desktop.grading.finder import (
    CELL,
    LOCATOR_SIZE,
    MODEL_FILES,
    BoxContent,
    Detection,
    Finder,
    box_input,
    network_input,
    peaks,
)
from koa_desktop.knees.box import Box, BoxClass, SideSource
from koa_desktop.loading.read import read
from koa_desktop.radiograph import Radiograph, Side, Window
from koa_desktop.system.paths import MODELS, SAMPLES
from tests.support.raising import raises

KOA_DATA = os.environ.get("KOA_DATA")
needs_data = pytest.mark.skipif(not KOA_DATA, reason="KOA_DATA names no data folder")
CROPS = sorted(SAMPLES.glob("grade*.png"))
WHOLE_CROP = Box(0, 0, 224)


@pytest.fixture(scope="module")
def finder() -> Finder:
    return Finder()


@pytest.fixture(scope="module")
def film() -> Radiograph:
    return sided(read(SAMPLES / "bilateral.dcm"), None)


def sided(film: Radiograph, side: Side | None) -> Radiograph:
    """The same film, its header naming this side."""
    return replace(film, info=replace(film.info, laterality=side))


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A copy of the shipped finder, to be spoiled."""
    for name in (*MODEL_FILES, "finder.json"):
        shutil.copy(MODELS / name, tmp_path / name)
    return tmp_path


def sample_boxes() -> list[Box]:
    entries = json.loads((SAMPLES / "samples.json").read_text(encoding="utf-8"))["samples"]
    (knees,) = [entry["knees"] for entry in entries if entry["file"] == "bilateral.dcm"]
    boxes = [Box(knee["left"], knee["top"], knee["size"]) for knee in knees]
    return sorted(boxes, key=lambda box: box.left)


def of_pixels(values: np.ndarray, **changes: object) -> Radiograph:
    return Radiograph.of(Path("film"), values, Window(127.5, 255), **changes)  # type: ignore[arg-type]


def assert_near(box: Box, truth: Box) -> None:
    (x, y), (a, b) = box.centre, truth.centre
    assert np.hypot(x - a, y - b) <= 0.1 * truth.size
    assert 0.8 <= box.size / truth.size <= 1.25


def test_both_knees_of_a_film_are_found_in_their_place_with_their_sides(
    finder: Finder, film: Radiograph
) -> None:
    found = finder.find(film)
    assert [one.knee.side for one in found] == [Side.RIGHT, Side.LEFT]
    assert {one.knee.side_source for one in found} == {SideSource.POSITION}
    assert [one.content.box_class for one in found] == [BoxClass.NATIVE] * 2
    assert [one.content.side for one in found] == [Side.RIGHT, Side.LEFT]
    for one, truth in zip(found, sample_boxes(), strict=True):
        assert_near(one.knee.box, truth)
        assert one.knee.confidence is not None
        assert finder.card.find_threshold <= one.knee.confidence <= 1


@pytest.mark.parametrize("scale", [0.25, 1.7])
def test_the_films_resolution_does_not_matter(
    finder: Finder, film: Radiograph, scale: float
) -> None:
    values = cv2.resize(film.values, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    found = finder.find(film.with_values(values))
    for one, truth in zip(found, sample_boxes(), strict=True):
        assert_near(one.knee.box, Box(truth.left * scale, truth.top * scale, truth.size * scale))


def half(film: Radiograph, right: bool) -> Radiograph:
    """Return one knee's half of the film."""
    middle = film.width // 2
    values = film.values[:, :middle] if right else film.values[:, middle:]
    return film.with_values(np.ascontiguousarray(values))


@pytest.mark.parametrize("right", [True, False], ids=["right", "left"])
def test_a_single_knee_is_sided_by_its_fibula(
    finder: Finder, film: Radiograph, right: bool
) -> None:
    (found,) = finder.find(half(film, right))
    assert found.knee.side is (Side.RIGHT if right else Side.LEFT)
    assert found.knee.side_source == SideSource.FIBULA


def test_the_headers_side_wins_and_the_content_tells_that_the_fibula_differs(
    finder: Finder, film: Radiograph
) -> None:
    (found,) = finder.find(sided(half(film, right=True), Side.LEFT))
    assert (found.knee.side, found.knee.side_source) == (Side.LEFT, SideSource.HEADER)
    assert found.content.side is Side.RIGHT
    assert found.content.side_probability > 0.9


@pytest.mark.parametrize("file", CROPS, ids=lambda file: file.stem)
def test_a_whole_crop_shows_a_native_knee(finder: Finder, file: Path) -> None:
    content = finder.classify(read(file), WHOLE_CROP)
    assert content.box_class is BoxClass.NATIVE
    assert sum(content.probability) == pytest.approx(1, abs=1e-5)


def test_the_mirror_image_of_a_knee_is_the_other_sides(finder: Finder) -> None:
    plain = read(CROPS[0])
    mirrored = plain.with_values(np.ascontiguousarray(plain.values[:, ::-1]))
    contents = [finder.classify(radiograph, WHOLE_CROP) for radiograph in (plain, mirrored)]
    assert {content.side for content in contents} == {Side.LEFT, Side.RIGHT}
    assert contents[0].probability == pytest.approx(contents[1].probability, abs=1e-4)


def writing() -> np.ndarray:
    page = np.full((600, 450), 245, np.uint8)
    for row in range(40, 580, 24):
        cv2.putText(page, "The knee is not here.", (30, row), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 20)
    return page


def no_knees() -> dict[str, np.ndarray]:
    rows, columns = np.mgrid[:300, :400]
    return {
        "noise": np.random.default_rng(1).integers(0, 255, (300, 400)).astype(np.uint8),
        "black": np.zeros((300, 400), np.uint8),
        "slope": ((rows + columns) / 700 * 255).astype(np.uint8),
        "chessboard": ((rows // 40 + columns // 40) % 2 * 255).astype(np.uint8),
        "writing": writing(),
        "tiny": np.arange(12, dtype=np.uint8).reshape(3, 4),
        "line": np.arange(500, dtype=np.uint8).reshape(1, 500),
    }


@pytest.mark.parametrize("name", no_knees())
def test_nothing_is_graded_where_no_knee_is(finder: Finder, name: str) -> None:
    radiograph = of_pixels(no_knees()[name])
    assert all(refused(finder, one.content) for one in finder.find(radiograph))
    size = min(radiograph.width, radiograph.height)
    assert refused(finder, finder.classify(radiograph, Box(0, 0, size)))


def refused(finder: Finder, content: BoxContent) -> bool:
    """Tell whether the program would refuse what a box shows."""
    return (
        content.box_class is not BoxClass.NATIVE
        and content.probability[0] < finder.card.native_threshold
    )


def test_a_box_beside_the_knee_or_beyond_the_film_is_no_knee(
    finder: Finder, film: Radiograph
) -> None:
    assert refused(finder, finder.classify(film, Box(500, 20, 260)))
    assert refused(finder, finder.classify(film, Box(-5000, -5000, 300)))


def test_a_knee_upside_down_is_not_frontal(finder: Finder) -> None:
    crop = read(CROPS[0])
    turned = crop.with_values(np.ascontiguousarray(crop.values[::-1, ::-1]))
    assert finder.classify(turned, WHOLE_CROP).box_class is BoxClass.NOT_FRONTAL


def test_the_peaks_are_the_likeliest_places_and_lie_apart() -> None:
    heat, place = np.zeros((24, 24), np.float32), np.zeros((24, 24, 3), np.float32)
    place[..., 2] = log(6.0)
    heat[5, 7], heat[5, 8], heat[15, 18], heat[20, 2] = 0.9, 0.8, 0.7, 0.1
    place[5, 7, :2] = 0.25, -0.5
    first, second = peaks(heat, place)
    assert first == pytest.approx((7.75, 5.0, 6.0, 0.9), abs=1e-5)
    assert second == pytest.approx((18.5, 15.5, 6.0, 0.7), abs=1e-5)


def test_the_whole_picture_lies_in_the_middle_of_a_square() -> None:
    values = np.zeros((100, 400), np.uint8)
    values[:, 200:] = 200
    square = network_input(of_pixels(values), Box.around(200, 50, 400), LOCATOR_SIZE)
    assert square.shape == (LOCATOR_SIZE, LOCATOR_SIZE, 1)
    row = LOCATOR_SIZE // 2
    assert square[row, LOCATOR_SIZE - 10, 0] == 1
    assert square[row, 10, 0] == 0
    assert (square[: LOCATOR_SIZE // 3] == 0).all()


def test_a_radiograph_shown_the_other_way_round_looks_the_same() -> None:
    values = np.random.default_rng(2).integers(0, 4096, (90, 70)).astype(np.uint16)
    plain = Radiograph.of(Path("film"), values, Window(2048, 4096))
    turned = Radiograph.of(Path("film"), 4096 - values, Window(2048, 4096), inverted=True)
    box = Box(10, 20, 40)
    np.testing.assert_allclose(box_input(plain, box), box_input(turned, box), atol=1e-4)


def test_several_threads_find_the_same(finder: Finder, film: Radiograph) -> None:
    found: list[tuple[Detection, ...]] = []
    threads = [threading.Thread(target=lambda: found.append(finder.find(film))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert all(one == found[0] for one in found)


def test_the_card_names_the_finder_and_its_thresholds(finder: Finder) -> None:
    card = finder.card
    assert card.label == f"finder {card.version}"
    assert 0 < card.find_threshold < 1
    assert 0 < card.native_threshold < 1
    assert card.text["metrics"]["native frontal knees found"]["of"] > 100
    assert sum((MODELS / name).stat().st_size for name in MODEL_FILES) < 8 * 2**20
    assert LOCATOR_SIZE % CELL == 0


@pytest.mark.parametrize("name", MODEL_FILES)
def test_a_model_that_is_not_the_cards_is_refused(bundle: Path, name: str) -> None:
    model = bytearray((bundle / name).read_bytes())
    model[len(model) // 2] ^= 1
    (bundle / name).write_bytes(bytes(model))
    with raises(BundleError, match=f"{name} is not the one its card describes"):
        Finder(bundle)


def test_a_missing_model_or_card_is_named(bundle: Path) -> None:
    (bundle / MODEL_FILES[1]).unlink()
    with raises(BundleError, match=f"{MODEL_FILES[1]} is missing"):
        Finder(bundle)
    (bundle / "finder.json").unlink()
    with raises(BundleError, match=r"finder\.json is missing"):
        Finder(bundle)


def test_an_incomplete_card_is_refused(bundle: Path) -> None:
    card = json.loads((bundle / "finder.json").read_text(encoding="utf-8"))
    del card["thresholds"]["native"]
    (bundle / "finder.json").write_text(json.dumps(card), encoding="utf-8")
    with raises(BundleError, match="damaged or incomplete"):
        Finder(bundle)


@needs_data
def test_chests_are_refused_and_published_crops_are_not(finder: Finder) -> None:
    data = Path(str(KOA_DATA))
    chests = [read(file) for file in sorted((data / "other" / "chest").glob("*.jpg"))[::5]]
    assert chests
    graded = [
        one for chest in chests for one in finder.find(chest) if not refused(finder, one.content)
    ]
    assert not graded
    crops = [read(file) for file in sorted((data / "knee" / "val").rglob("*.png"))[::20]]
    assert crops
    wrong = sum(refused(finder, finder.classify(crop, WHOLE_CROP)) for crop in crops)
    assert wrong <= 1


@pytest.mark.parametrize(
    ("implant", "certainty", "is_found"),
    [(0.95, 0.05, True), (0.8, 0.05, False), (0.95, 0.01, False)],
)
def test_a_doubtful_place_counts_only_where_it_surely_shows_an_implant(
    finder: Finder,
    film: Radiograph,
    monkeypatch: pytest.MonkeyPatch,
    implant: float,
    certainty: float,
    is_found: bool,
) -> None:
    heat = np.zeros((1, 24, 24, 1), np.float32)
    heat[0, 12, 12, 0] = certainty
    place = np.zeros((1, 24, 24, 3), np.float32)
    shown = np.array([[0, implant, 0, 1 - implant]], np.float32)
    box = {"shown": shown, "left": np.full((1, 1), 0.5), "shift": np.zeros((1, 3))}
    monkeypatch.setattr(finder, "_locator", Answers({"heat": heat, "place": place}))
    monkeypatch.setattr(finder, "_box_network", Answers(box))
    classes = [one.content.box_class for one in finder.find(film)]
    assert classes == ([BoxClass.IMPLANT] if is_found else [])


@dataclass
class Answers:
    """A network that always answers the same."""

    answer: dict[str, np.ndarray]

    def run(self, **_inputs: np.ndarray) -> dict[str, np.ndarray]:
        return self.answer
