"""Files that cannot be read are counted by themselves, and are no unread cases."""

from __future__ import annotations

from PySide6.QtCore import Qt

from koa_desktop.gui.support.settings import Only
from koa_desktop.knees.box import Box, Knee
from koa_desktop.radiograph import Side
from tests.support.gui_driver import SHIFT, press, texts
from tests.support.sample_files import broken_file, knee_crop

KNEE = Knee(Box(20, 20, 180), Side.RIGHT)


def test_files_that_cannot_be_read_are_counted_apart_and_passed_over(
    window, show, films, finder, wait_until
):
    finder.knees = (KNEE,)
    first, _, second, _ = show(
        knee_crop(films, "a.png"),
        broken_file(films, "b.dcm"),
        knee_crop(films, "c.png", 1),
        broken_file(films, "d.dcm"),
    )
    wait_until(lambda: "0 of 2 read" in texts(window.case_list))
    assert "2 files cannot be read" in texts(window.case_list)
    window.session.select(first)
    press(window, Qt.Key.Key_N)
    assert window.session.current is second
    press(window, Qt.Key.Key_N)
    assert window.session.current is first
    press(window, Qt.Key.Key_N, SHIFT)
    assert window.session.current is second
    window.actions_table[f"only_{Only.UNREAD.value}"].trigger()
    assert window.case_list.list.model().rowCount() == 2


def test_a_film_that_is_away_is_one_of_them_until_it_is_back(
    make_window, show_in, films, finder, wait_until
):
    finder.knees = (KNEE,)
    window = make_window()
    window.session.kept.restore()
    here, away = show_in(window, knee_crop(films, "a.png"), knee_crop(films, "b.png", 1))
    window.session.select(away)
    assert window.close()
    moved = away.path.rename(films / "elsewhere.png")
    again = make_window()
    again.session.kept.restore()
    wait_until(lambda: again.session.current is not None and again.session.current.gone)
    wait_until(lambda: "1 file cannot be read" in texts(again.case_list))
    wait_until(lambda: "0 of 1 read" in texts(again.case_list))
    wait_until(again.actions_table["next_unread"].isEnabled)
    press(again, Qt.Key.Key_N)
    wait_until(lambda: again.session.current.path == here.path)
    wait_until(lambda: not again.actions_table["next_unread"].isEnabled())
    moved.rename(away.path)
    again.case_list.step(-1 if again.case_list.can_step(-1) else 1)
    wait_until(lambda: again.film.has_film)
    wait_until(lambda: "0 of 2 read" in texts(again.case_list))
    assert "cannot be read" not in texts(again.case_list)
