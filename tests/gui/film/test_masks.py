"""An area is masked on the film: by mouse and keys, undoably, kept, and black in what is saved."""

import cv2
import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from koa_desktop.examination.actions import Action
from koa_desktop.gui.export import exporter
from koa_desktop.imaging.masks import Mask
from koa_desktop.knees.box import Box, Knee
from koa_desktop.radiograph import Side
from tests.support.gui_driver import CTRL, SHIFT, at, drag, press, seen
from tests.support.sample_files import two_grades_film

RIGHT, LEFT = Knee(Box(60, 130, 224), Side.RIGHT), Knee(Box(410, 130, 224), Side.LEFT)
AREA = (40, 20), (180, 60)


@pytest.fixture
def case(show, films, finder):
    finder.knees = (RIGHT, LEFT)
    return show(two_grades_film(films))[0]


def mask(window, start, end):
    press(window, Qt.Key.Key_M, SHIFT)
    view = window.film.view
    begin, stop = at(view, *start), at(view, *end)
    drag(view, begin, (stop.x() - begin.x(), stop.y() - begin.y()))


def edges(mask):
    return mask.left, mask.top, mask.left + mask.width, mask.top + mask.height


def saved_picture(window, tmp_path, wait_until, monkeypatch):
    path = tmp_path / "picture.png"
    monkeypatch.setattr(exporter, "ask_path", lambda *_: path)
    window.exports.save_picture()
    wait_until(lambda: path.exists() and not window.session.exporting.is_busy)
    picture = cv2.imread(str(path))
    path.unlink()
    return picture


def test_a_drag_masks_and_is_undone_and_redone(window, case):
    gradings = dict(case.gradings)
    mask(window, *AREA)
    (made,) = case.reading.masks
    assert edges(made) == pytest.approx((40, 20, 180, 60), abs=2)
    assert "1 area masked" in window.film.view.corner_text.right
    assert not case.reading.measurements
    press(window, Qt.Key.Key_Z, CTRL)
    assert case.reading.masks == ()
    press(window, Qt.Key.Key_Y, CTRL)
    assert case.reading.masks == (made,)
    assert case.gradings == gradings
    assert not case.awaited


def test_it_is_black_on_the_screen(window, case, process):
    view = window.film.view
    mask(window, *AREA)
    press(window, Qt.Key.Key_Escape)
    process()
    picture = seen(view)
    left, top = at(view, 50, 28).toTuple()
    right, bottom = at(view, 170, 52).toTuple()
    assert picture[top:bottom, left:right, :3].max() == 0
    assert picture[..., :3].max() > 0


def test_a_saved_picture_is_black_there(window, case, tmp_path, wait_until, monkeypatch):
    before = saved_picture(window, tmp_path, wait_until, monkeypatch)
    window.editor.mask(Mask(100, 20, 200, 60))
    after = saved_picture(window, tmp_path, wait_until, monkeypatch)
    scale = after.shape[1] / case.radiograph.width
    part = np.s_[round(22 * scale) : round(78 * scale), round(102 * scale) : round(298 * scale)]
    assert before[part].max() > 0
    assert after[part].max() == 0


def test_it_is_made_moved_and_deleted_by_keys(window, case):
    press(window, Qt.Key.Key_M, SHIFT)
    press(window, Qt.Key.Key_Space)
    (made,) = case.reading.masks
    press(window, Qt.Key.Key_Right, SHIFT)
    (moved,) = case.reading.masks
    assert moved.left == pytest.approx(made.left + 10)
    assert moved.width == pytest.approx(made.width - 10)
    press(window, Qt.Key.Key_Delete)
    assert case.reading.masks == ()
    assert len(case.reading.knees) == 2


def test_it_is_moved_by_mouse_beside_a_ruler(window, case):
    press(window, Qt.Key.Key_R)
    view = window.film.view
    drag(view, at(view, 300, 30), (60, 10))
    mask(window, *AREA)
    drag(view, at(view, 110, 40), (0, 20))
    (moved,) = case.reading.masks
    assert moved.top > 25
    assert len(case.reading.measurements) == 1
    press(window, Qt.Key.Key_Delete)
    assert case.reading.masks == ()
    assert len(case.reading.measurements) == 1


def test_over_a_knee_it_is_told(window, case):
    mask(window, (100, 180), (160, 220))
    assert len(case.reading.masks) == 1
    assert "mask an area over a knee, whose grade stays" in window.status.notice
    window.session.saver.finish(3)
    (*_, entry) = window.session.services.audit_trail(case.identity)
    assert entry.steps[-1].action.code is Action.MASK_KNEE


def test_a_box_that_is_moved_below_a_mask_is_told(window, case):
    mask(window, *AREA)
    warned = window.film.view.corner_text
    assert warned.warning == ""
    window.editor.move_box(0, Box(60, 40, 224))
    assert warned.warning == "MASK OVER A KNEE"
    press(window, Qt.Key.Key_Z, CTRL)
    assert warned.warning == ""


def test_all_are_removed_by_one_command(window, case):
    remove = window.actions_table["unmask"]
    assert not remove.isEnabled()
    for top in (5, 40):
        window.editor.mask(Mask(10, top, 50, 20))
    assert remove.isEnabled()
    remove.trigger()
    assert case.reading.masks == ()
    press(window, Qt.Key.Key_Z, CTRL)
    assert len(case.reading.masks) == 2


def test_a_click_masks_nothing(window, case):
    press(window, Qt.Key.Key_M, SHIFT)
    view = window.film.view
    for _ in range(2):
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at(view, 100, 40))
    assert case.reading.masks == ()


def test_it_is_there_in_the_next_session(make_window, show_in, films, finder):
    finder.knees = (RIGHT, LEFT)
    path = two_grades_film(films)
    first = make_window()
    (case,) = show_in(first, path)
    mask(first, *AREA)
    masks = case.reading.masks
    assert len(masks) == 1
    first.close()
    (again,) = show_in(make_window(), path)
    assert again.reading.masks == masks
