"""Margins aligned to the widths read in the clinic, and the agreement of measured ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from koa_desktop.joint_space.margins import COLUMN_U, ROWS, TOP, MarginFinder, Margins
from koa_desktop.joint_space.measure import REGION, depth
from koa_desktop.radiograph import Side
from tests.joint_space.test_measure import margins, space_of
from training.data.crops import Crops
from training.joint_space import widths

HEADER = "knee,jsw_medial_mm,jsw_lateral_mm,condyle_width_mm\n"
INSIDE = (depth(COLUMN_U) >= REGION[0]) & (depth(COLUMN_U) <= REGION[1])


@pytest.fixture
def crops() -> Crops:
    images = np.zeros((3, 224, 224), np.uint8)
    patients = np.array(["9000001", "9000001", "9000002"])
    return Crops(images, np.array([0, 1, 2]), patients, np.array(["L", "R", "R"]))


def logits(femur: float, *tibia: float) -> NDArray[np.float32]:
    """Return the network's output for level margins; of the tibial ones the first is likeliest."""
    rows = np.arange(ROWS)[:, None] + TOP + 0.5
    likely = [
        8 - (rows - femur) ** 2,
        np.max([8 - 2 * n - (rows - at) ** 2 for n, at in enumerate(tibia)], axis=0),
    ]
    columns = [np.repeat(one, len(COLUMN_U), 1) for one in likely]
    return np.stack(columns, -1).astype(np.float32)


def fitted(found: Margins | None) -> tuple[float, float]:
    """Return the least width, and the femoral margin's height, where widths are taken."""
    assert found is not None
    femur, tibia = found.femur[INSIDE], found.tibia[INSIDE]
    return float((tibia - femur).min()), float(np.median(femur))


def test_widths_are_taken_by_the_side_of_the_picture(tmp_path: Path, crops: Crops) -> None:
    table = tmp_path / "oarsi.csv"
    table.write_text(f"{HEADER}9000001L,4,8,80\n9000001R,4,,80\n9000009R,1,1,80\n")
    read = widths.load_widths(table, crops)
    assert read.millimetres[0].tolist() == [4, 8]
    left, right, unread = read.by_side(crops.sides)
    assert left.tolist() == [10, 20]
    assert np.isnan(right[0])
    assert right[1] == 10
    assert np.isnan(unread).all()


def test_a_table_without_widths_is_refused(tmp_path: Path, crops: Crops) -> None:
    table = tmp_path / "oarsi.csv"
    table.write_text("knee,jsn_medial\n9000001L,0\n")
    with pytest.raises(ValueError, match="condyle_width_mm"):
        widths.load_widths(table, crops)


@pytest.mark.parametrize("width", [9.0, 11.0])
def test_margins_that_are_nearly_as_wide_are_moved_by_half_each(width: float) -> None:
    least, femur = fitted(widths.aligned(logits(120, 130), width))
    assert least == pytest.approx(width, abs=0.1)
    assert femur == pytest.approx(120 + (10 - width) / 2, abs=0.1)


def test_a_tibial_margin_that_is_far_off_is_sought_anew() -> None:
    least, femur = fitted(widths.aligned(logits(120, 130, 138), 18))
    assert least == pytest.approx(18, abs=0.1)
    # The femoral margin was right, and stays.
    assert femur == pytest.approx(120, abs=0.5)


def test_margins_are_as_narrow_as_was_read_in_one_place() -> None:
    narrow = logits(120, 130)
    place = int(np.flatnonzero(INSIDE)[4])
    narrow[:, place] = logits(120, 124)[:, place]
    found = widths.aligned(narrow, 4)
    least, _ = fitted(found)
    assert least == pytest.approx(4, abs=0.1)


def test_margins_that_no_path_makes_as_wide_are_left_out() -> None:
    assert widths.aligned(logits(120, 130), 70) is None


def test_compartments_of_crops_lie_at_the_left_and_are_as_wide_as_was_read() -> None:
    image = np.full((224, 224), 180, np.uint8)
    image[126:138] = 60
    read = np.array([[12.0, np.nan], [np.nan, 12.0]])
    found = widths.aligned_compartments(np.stack([image, image]), read, MarginFinder())
    assert len(found) == 2
    for compartment in found:
        assert compartment.u.max() < 112
        assert np.diff(compartment.u).min() > 0


def test_agreement_is_told_with_what_was_refused() -> None:
    spaces = [
        space_of(margins(width), margins(width, mirrored=True), side=Side.RIGHT)
        for width in (8, 12, 16)
    ]
    millimetres = np.array([[3.2, 3.2], [4.8, 5.2], [6.4, 6.4]])
    read = widths.ReadWidths(millimetres, np.full(3, 80.0))
    patients = np.array(["9000001", "9000001", "9000001"])
    medial, lateral = widths.agreement(spaces, read, patients)
    assert medial.startswith("medial: r 1.000")
    assert "3 compartments, 0 refused" in lateral
