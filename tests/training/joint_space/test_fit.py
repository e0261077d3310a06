from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from koa_desktop.joint_space.frame import POSE_UNITS, Frame
from koa_desktop.joint_space.margins import COLUMN_U, TOP, read_margin_card
from koa_desktop.joint_space.measure import REGION, depth
from training.joint_space import margins, pose
from training.joint_space.fit import (
    Errors,
    disturbed,
    fold_numbers,
    print_errors,
    ranking,
    write_card,
)
from training.joint_space.marks import read_marks


def striped(gap: int) -> np.ndarray:
    """Return a crop of two bright halves with a dark gap from row 126 to 126 + gap."""
    image = np.full((224, 224), 180, np.uint8)
    image[126 : 126 + gap] = 60
    image[126 + gap : 130 + gap] = 230
    return image


def compartment(gap: int) -> margins.Compartment:
    columns = np.array([40.0, 55, 70, 154, 169, 184])
    flat = np.full(6, 125.5)
    return margins.marked_compartments(striped(gap), columns, flat, flat + gap, unsure=False)[0]


def test_rough_margins_lie_on_the_edges() -> None:
    left, right = margins.rough_compartments(np.stack([striped(10)]))
    for found in (left, right):
        assert np.median(np.abs(found.femur - 126)) <= 0.6
        assert np.median(np.abs(found.tibia - 136)) <= 0.6


def test_marks_of_the_right_compartment_are_mirrored() -> None:
    image = striped(10)
    image[:, 200] = 0
    marks = np.arange(6.0)
    left, right = margins.marked_compartments(
        image, np.array([40.0, 55, 70, 154, 169, 184]), marks, marks + 9, unsure=True
    )
    assert right.u.tolist() == [39.5, 54.5, 69.5]
    assert right.femur.tolist() == [5.5, 4.5, 3.5]
    assert (right.image[:, 23] == 0).all()
    assert left.u.tolist() == [40.5, 55.5, 70.5]
    assert left.weight.max() < 1


def test_an_example_s_margins_lie_on_its_edges() -> None:
    rng = np.random.default_rng(3)
    for _ in range(20):
        patch, target, weight = margins.example(rng, compartment(12))
        column = int(weight[:, 0].argmax())
        grey = cv2.blur(patch[..., 1], (3, 1))[:, 2 * column]
        tibia = int(target[:, column, 1].argmax())
        brightening = np.diff(grey)[max(tibia - 3, 0) : tibia + 3]
        assert brightening.max() >= 0.5 * np.diff(grey).max()
        assert target[:, column].sum(0) == pytest.approx([1, 1], abs=1e-3)


def test_squeezing_narrows_the_space_and_moves_the_mark_with_it() -> None:
    whole = compartment(12)
    y = np.arange(110.5, 160)
    x = np.full(len(y), 55.5)
    rows, tibia = margins._squeezed(whole, x, y, 0.5)
    assert tibia.tolist() == [132.0] * 3
    grey = striped(12)[np.floor(rows).astype(int), 55]
    assert (grey == 60).sum() == 6
    assert (np.diff(rows) > 0).all()


def test_the_way_back_leads_back() -> None:
    rng = np.random.default_rng(0)
    image = np.random.default_rng(1).integers(0, 255, (224, 224)).astype(np.uint8)
    picture, back = pose.example(rng, image)
    assert picture.shape == (64, 64, 1)
    moved = Frame(112, 112, 1.0).moved(9, -7, 0.1, 0.08)
    c, s = np.cos(0.08), np.sin(0.08)
    shrink = np.exp(-0.1)
    again = moved.moved((-c * 9 + s * 7) * shrink, (s * 9 + c * 7) * shrink, -0.1, -0.08)
    assert (again.x, again.y, again.scale, again.angle) == pytest.approx((112, 112, 1, 0))
    assert np.abs(back * POSE_UNITS)[:2].max() < 60


def test_a_patient_s_marks_are_left_out_evenly_over_the_grades() -> None:
    folds = np.array(fold_numbers(60)).reshape(5, 12)
    assert (folds == folds[0]).all()
    assert set(folds[0].tolist()) == set(range(5))


def test_ranking_is_the_area_under_the_curve() -> None:
    widths = np.array([1.0, 2, 3, 4])
    assert ranking(widths, np.array([True, True, False, False])) == 1
    assert ranking(widths, np.array([False, True, True, False])) == pytest.approx(0.5)
    assert ranking(np.ones(4), np.array([True, True, False, False])) == 0.5


def test_disturbed_knees_cover_boxes_turns_and_films() -> None:
    changed = disturbed(striped(10))
    assert {knee.box.size for _, knee in changed.values()} > {224 * 1.1, 224 * 0.9}
    assert not np.array_equal(changed["turned +5 degrees"][0].values, striped(10))
    assert changed["half the contrast"][0].values.min() >= 70


def test_incomplete_marks_are_left_out(tmp_path: Path) -> None:
    folder = tmp_path / "knee" / "train" / "3"
    folder.mkdir(parents=True)
    for name in ("1L", "2L"):
        cv2.imwrite(str(folder / f"{name}.png"), striped(8))
    entry = {"cols": [40, 55], "femur": [120, 121], "tibia": [130, 130.5], "unsure": False}
    entries = [{**entry, "file": "3/1L.png"}, {**entry, "file": "3/2L.png", "tibia": [130, None]}]
    (tmp_path / "joint_space.json").write_text(json.dumps(entries))
    marked = read_marks(tmp_path)
    assert len(marked) == 1
    assert marked[0].tibia.tolist() == [130, 130.5]


def test_a_written_card_is_read_again(tmp_path: Path) -> None:
    for name in ("pose", "margins"):
        (tmp_path / f"{name}.tflite").write_bytes(name.encode())
    write_card(tmp_path, 0.25, 0.75)
    card = read_margin_card(tmp_path / "card.json")
    assert (card.refused_below, card.flagged_below) == (0.25, 0.75)
    assert set(card.sha256) == {"pose", "margins"}


def test_gross_errors_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("pose", "margins"):
        (tmp_path / f"{name}.tflite").write_bytes(name.encode())
    write_card(tmp_path, 0.25, 0.75)
    marked = np.array([[4.0, 9.0]])
    femur, tibia = np.array([[0.0, 0.0]]), np.array([[5.0, 0.5]])
    found = Errors(femur, tibia, marked + tibia - femur, marked, np.array([[0.5, 0.9]]))
    print_errors(found, read_margin_card(tmp_path / "card.json"))
    assert "1 of 2 places over 4 px off, 1 of them flagged" in capsys.readouterr().out


def test_the_network_sees_where_widths_are_taken() -> None:
    share = depth(COLUMN_U)
    assert share.min() < REGION[0]
    assert share.max() > REGION[1]
    assert TOP < 106
