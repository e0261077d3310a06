"""The joint space on the film and in the panel: shown, corrected, undone, kept."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from koa_desktop.annotation.colours import PINK
from koa_desktop.gui.viewer.canvas.orientation import UPRIGHT, Orientation
from koa_desktop.gui.viewer.image_viewer import ImageViewer
from koa_desktop.gui.viewer.layers.box_item import BoxMark
from koa_desktop.gui.viewer.layers.joint_space_item import JointSpaceItem
from koa_desktop.joint_space.correction import Bone, Correction
from koa_desktop.joint_space.editing import corrected, place_of
from koa_desktop.joint_space.frame import Frame
from koa_desktop.joint_space.margins import COLUMN_U, MarginCard, Margins
from koa_desktop.joint_space.measure import JointSpace, JointSpaceFlag, joint_space_of
from koa_desktop.knees.box import Box
from koa_desktop.knees.crop import CROP_SIZE
from koa_desktop.system.paths import SAMPLES
from koa_desktop.wording.sentences import sentence
from tests.support.gui_driver import LEFT, drag, items, radiograph, seen, share_of_colour
from tests.support.sample_files import knee_crop

BOX = Box(90, 40, 224)
CARD = MarginCard(2, {}, refused_below=0.5, flagged_below=0.8)


def joint(gap: float = 20, *, angle: float = 0.05, confidence: float = 0.95) -> JointSpace:
    femur = np.full(len(COLUMN_U), 120.0)
    sure = np.full(len(COLUMN_U), confidence)
    x, y = BOX.centre
    return joint_space_of(
        Frame(x, y, 1.0, angle),
        Margins(COLUMN_U, femur, femur + gap, sure),
        Margins(CROP_SIZE - COLUMN_U, femur, femur + gap, sure),
        CARD,
        (300, 400),
    )


class Kept:
    """Keeps what is drawn in a view, as the window does."""

    def __init__(self, view: ImageViewer) -> None:
        self.view, self.space = view, joint()
        self.changes: list[Correction] = []
        view.joint_spaces.changed.connect(self.change)
        self.show()

    def change(self, index: int, correction: Correction) -> None:
        assert index == 0
        self.changes.append(correction)
        self.space = corrected(self.space, correction, radiograph().info)
        self.show()

    def show(self) -> None:
        self.view.joint_spaces.show([(BOX, self.space)], 0)

    def points(self) -> dict[tuple[bool, Bone, int], QPoint]:
        (item,) = items(self.view, JointSpaceItem)
        found: dict[tuple[bool, Bone, int], QPoint] = {}
        for handle, point, _ in item.points():
            number = sum(key[:2] == (handle.is_left, handle.bone) for key in found)
            found[handle.is_left, handle.bone, number] = point.toPoint()
        return found

    def width(self) -> float:
        assert self.space.left is not None
        assert self.space.left.minimal is not None
        return self.space.left.minimal.pixels


@pytest.fixture
def view(app: QApplication) -> Iterator[ImageViewer]:
    made = ImageViewer()
    made.resize(800, 600)
    made.show()
    made.setFocus()
    made.set_radiograph(radiograph())
    made.boxes.show([BoxMark(BOX)], 0)
    made.joint_spaces.set_visible(True)
    made.zoom_to(BOX)
    app.processEvents()
    yield made
    made.close()
    made.deleteLater()


@pytest.fixture
def kept(view: ImageViewer) -> Kept:
    return Kept(view)


@pytest.mark.parametrize(
    "orientation",
    [UPRIGHT, Orientation(1), Orientation(2), Orientation(0, True), Orientation(3, True)],
    ids=str,
)
def test_a_dragged_point_moves_its_margin_whichever_way_the_film_is_shown(
    kept: Kept, orientation: Orientation
) -> None:
    view = kept.view
    view.set_orientation(orientation)
    before = kept.width()
    start = kept.points()[True, Bone.FEMUR, 2]
    across, down = orientation.transform().map(0.0, 12.0)
    scale = view.scale_factor()
    drag(view, start, (round(across * scale), round(down * scale)))
    assert len(kept.changes) == 1
    assert kept.width() == pytest.approx(before - 12, abs=1.5)
    drawn = kept.changes[0]
    assert drawn.left is not None
    assert drawn.right is None


def test_a_drag_across_the_leg_changes_nothing_and_escape_puts_a_margin_back(kept: Kept) -> None:
    start = kept.points()[True, Bone.TIBIA, 2]
    view = kept.view.viewport()
    QTest.mousePress(view, LEFT, pos=start)
    QTest.mouseMove(view, start + QPoint(0, 30))
    (item,) = items(kept.view, JointSpaceItem)
    assert item.space is not kept.space
    QTest.keyClick(kept.view, Qt.Key.Key_Escape)
    QTest.mouseRelease(view, LEFT, pos=start + QPoint(0, 30))
    assert item.space is kept.space
    assert kept.changes == []


def test_a_held_point_stays_in_the_hand_while_the_case_is_shown_anew(kept: Kept) -> None:
    start = kept.points()[False, Bone.TIBIA, 1]
    view = kept.view.viewport()
    QTest.mousePress(view, LEFT, pos=start)
    QTest.mouseMove(view, start + QPoint(0, 20))
    kept.show()
    QTest.mouseRelease(view, LEFT, pos=start + QPoint(0, 20))
    assert len(kept.changes) == 1
    assert kept.changes[0].right is not None


def test_points_are_reached_and_moved_by_keys(kept: Kept) -> None:
    view, before = kept.view, kept.space
    QTest.keyClick(view, Qt.Key.Key_Tab)
    first = view.joint_spaces.active
    assert first is not None
    for _ in range(4):
        QTest.keyClick(view, Qt.Key.Key_Up)
    assert len(kept.changes) == 4
    moved = np.subtract(place_of(kept.space, first), place_of(before, first))
    assert moved[1] == pytest.approx(-1, abs=0.1)
    assert view.boxes.at(0) == BOX
    QTest.keyClick(view, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    moved = np.subtract(place_of(kept.space, first), place_of(before, first))
    assert moved[1] == pytest.approx(-3.5, abs=0.3)
    QTest.keyClick(view, Qt.Key.Key_Delete)
    QTest.keyClick(view, Qt.Key.Key_Backtab)
    assert view.joint_spaces.active is None


def test_every_point_is_passed_by_tab_then_the_next_part(kept: Kept) -> None:
    passed = []
    for _ in range(20):
        QTest.keyClick(kept.view, Qt.Key.Key_Tab)
        passed.append(kept.view.joint_spaces.active)
    assert len(set(passed)) == 20
    assert None not in passed
    QTest.keyClick(kept.view, Qt.Key.Key_Tab)
    assert kept.view.joint_spaces.active is None


def test_the_box_is_still_moved_where_no_point_is(kept: Kept) -> None:
    moved: list[Box] = []
    kept.view.boxes.changed.connect(lambda _, box: moved.append(box))
    point = kept.view.to_view(QPointF(BOX.left + 112, BOX.top + 30)).toPoint()
    drag(kept.view, point, (40, 0))
    assert len(moved) == 1
    assert kept.changes == []
    # The measurement belongs to the box's earlier place.
    (item,) = items(kept.view, JointSpaceItem)
    assert not item.isVisible()


def test_points_are_hidden_where_they_would_touch(kept: Kept) -> None:
    assert len(kept.points()) == 20
    kept.view.zoom_by(0.3)
    assert kept.points() == {}
    assert kept.view.joint_spaces.stops() == []


@pytest.mark.parametrize("grey", [0, 255], ids=["dark", "bright"])
def test_the_outline_is_seen_on_dark_and_bright_films(view: ImageViewer, grey: int) -> None:
    film = radiograph()
    view.set_radiograph(film.with_values(np.full(film.values.shape, grey, film.values.dtype)))
    view.boxes.show([BoxMark(BOX)], None)
    plain = seen(view)
    view.joint_spaces.show([(BOX, joint())], None)
    drawn = seen(view)
    assert share_of_colour(drawn, PINK) > 0.0005
    assert share_of_colour(plain, PINK) == 0
    view.joint_spaces.set_visible(False)
    np.testing.assert_array_equal(seen(view), plain)


# -- the window ------------------------------------------------------------------------------------


def sample_film(folder: Path, name: str) -> Path:
    """Copy the synthetic film of both knees."""
    return Path(shutil.copy(SAMPLES / "bilateral.dcm", folder / name))


def place_boxes(window, wait_until, case) -> None:
    samples = json.loads((SAMPLES / "samples.json").read_text(encoding="utf-8"))["samples"]
    knees = next(one["knees"] for one in samples if one["file"] == "bilateral.dcm")
    window.case_list.show_case(case)
    for index, knee in enumerate(knees):
        window.editor.move_box(index, Box(knee["left"], knee["top"], knee["size"]))
    wait_until(lambda: not case.awaited)


def text_of(window, card: int = 0) -> str:
    return window.panel.cards[card].findChild(QLabel, "joint").text()


def correct(window) -> None:
    """Drag a point of the chosen knee's femur, as a reader does."""
    view = window.film.view
    view.zoom_to(view.boxes.at(window.editor.knee))
    handle = view.joint_spaces.stops()[2]
    box = view.boxes.at(window.editor.knee)
    (item,) = [one for one in items(view, JointSpaceItem) if one.box == box]
    point = next(place for one, place, _ in item.points() if one == handle)
    drag(view, point.toPoint(), (0, -25))


def test_figures_stand_in_the_panel_and_d_draws_them(window, show, films: Path) -> None:
    show(knee_crop(films))
    assert "of the condyle width" in text_of(window)
    view = window.film.view
    assert share_of_colour(seen(view), PINK) == 0
    QTest.keyClick(window, Qt.Key.Key_D)
    assert window.actions_table["joint"].isChecked()
    assert share_of_colour(seen(view), PINK) > 0.0005
    assert window.settings.joint_visible
    QTest.keyClick(window, Qt.Key.Key_D)
    assert share_of_colour(seen(view), PINK) == 0


def test_it_is_drawn_again_at_the_next_start(make_window, show_in, films: Path) -> None:
    first = make_window()
    first.actions_table["joint"].setChecked(True)
    first.close()
    second = make_window()
    assert second.actions_table["joint"].isChecked()
    show_in(second, knee_crop(films))
    assert share_of_colour(seen(second.film.view), PINK) > 0.0005


def test_a_correction_is_said_undone_and_redone(window, show, films: Path) -> None:
    (case,) = show(knee_crop(films))
    window.actions_table["joint"].setChecked(True)
    measured = text_of(window)
    correct(window)
    said = text_of(window)
    assert said != measured
    assert sentence(JointSpaceFlag.CORRECTED) in said
    examined = case.examined(case.reading.knees[0])
    assert examined.joint_space.correction is not None
    window.undo()
    assert text_of(window) == measured
    window.session.undo_stack.redo()
    assert text_of(window) == said
    QTest.keyClick(window, Qt.Key.Key_D, Qt.KeyboardModifier.ShiftModifier)
    assert text_of(window) == measured
    window.undo()
    assert text_of(window) == said


def test_back_to_the_measured_margins_is_offered_only_after_a_correction(
    window, show, films: Path
) -> None:
    show(knee_crop(films))
    window.actions_table["joint"].setChecked(True)
    assert not window.actions_table["restore_margins"].isEnabled()
    correct(window)
    assert window.actions_table["restore_margins"].isEnabled()


def test_a_moved_box_is_measured_anew_and_undo_brings_the_correction_back(
    window, show, wait_until, films: Path
) -> None:
    (case,) = show(knee_crop(films))
    window.actions_table["joint"].setChecked(True)
    correct(window)
    drawn = case.reading.knees[0].correction
    assert drawn is not None
    box = case.reading.knees[0].knee.box
    window.editor.move_box(0, Box(box.left + 4, box.top, box.size))
    wait_until(lambda: not case.awaited)
    assert case.reading.knees[0].correction is None
    assert sentence(JointSpaceFlag.CORRECTED) not in text_of(window)
    window.undo()
    assert case.reading.knees[0].correction == drawn
    assert sentence(JointSpaceFlag.CORRECTED) in text_of(window)


def test_a_correction_is_there_again_after_the_next_start(
    make_window, wait_until, films: Path
) -> None:
    path = knee_crop(films)

    def start():
        window = make_window()
        window.open_files([path])
        wait_until(lambda: window.film.has_film)
        wait_until(lambda: window.panel.cards and text_of(window))
        return window

    first = start()
    first.actions_table["joint"].setChecked(True)
    correct(first)
    said = text_of(first)
    first.close()
    assert text_of(start()) == said


def test_a_swapped_side_swaps_the_names(window, show, films: Path) -> None:
    (case,) = show(knee_crop(films))
    window.editor.swap_side()
    marked = case.reading.knees[0]
    space = case.examined(marked).joint_space
    medial = space.medial
    window.editor.swap_side()
    assert case.examined(case.reading.knees[0]).joint_space.lateral is medial


def test_the_other_knee_and_an_earlier_film_are_compared_in_words(
    window, show, wait_until, films: Path
) -> None:
    now, before = show(sample_film(films, "a now.dcm"), sample_film(films, "b before.dcm"))
    for case, day in ((now, date(2021, 5, 6)), (before, date(2019, 3, 2))):
        header = replace(case.radiograph.header, patient_id="P1", study_date=day)
        case.radiograph = replace(case.radiograph, header=header)
        place_boxes(window, wait_until, case)
    window.case_list.show_case(now)
    said = text_of(window)
    assert "other knee" in said
    assert "02 Mar 2019" in said
    window.case_list.show_case(before)
    assert "2021" not in text_of(window)


def test_it_is_drawn_in_both_halves_of_a_comparison(window, show, wait_until, films: Path) -> None:
    (case,) = show(sample_film(films, "film.dcm"))
    place_boxes(window, wait_until, case)
    window.actions_table["joint"].setChecked(True)
    window.actions_table["compare"].setChecked(True)
    for half in window.compare.films:
        assert share_of_colour(seen(half), PINK) > 0.0005
        assert half.joint_spaces.stops() == []
