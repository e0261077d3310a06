"""Heat maps in the window: colours, outline alone, what is explained, blinking."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox

from koa_desktop.gui.film.heat_map_blinker import HALF_PERIOD_MS
from koa_desktop.imaging.colour_maps import ColourMap, colour_table
from tests.support.gui_driver import press
from tests.support.sample_files import knee_crop


def picture(window):
    # The panel may still be growing to its width.
    QTest.qWait(50)
    return window.film.view.grab().toImage()


def colours_in(image):
    return {
        image.pixelColor(x, y).getRgb()[:3]
        for x in range(image.width())
        for y in range(max(image.height() - 60, 0), image.height())
    }


def test_the_legend_shows_the_colours_that_were_chosen(window, show, films):
    show(knee_crop(films))
    press(window, Qt.Key.Key_H)
    for colour_map in (ColourMap.CIVIDIS, ColourMap.VIRIDIS):
        window.actions_table[f"colours_{colour_map.value}"].trigger()
        wanted = {tuple(int(part) for part in row) for row in colour_table(colour_map)[100:150]}
        assert len(wanted & colours_in(picture(window))) > len(wanted) / 3


def test_the_colours_are_there_next_time(make_window):
    first = make_window()
    first.actions_table["colours_cividis"].trigger()
    first.close()
    again = make_window()
    assert again.settings.colour_map is ColourMap.CIVIDIS
    assert again.actions_table["colours_cividis"].isChecked()


def test_the_outline_is_shown_alone(window, show, films):
    show(knee_crop(films))
    plain = picture(window)
    press(window, Qt.Key.Key_O)
    outlined = picture(window)
    assert outlined != plain
    press(window, Qt.Key.Key_H)
    both = picture(window)
    press(window, Qt.Key.Key_O)
    assert picture(window) not in (outlined, both)
    press(window, Qt.Key.Key_H)
    assert picture(window) == plain


def test_what_speaks_for_osteoarthritis_at_all_can_be_asked_for(window, show, films):
    show(knee_crop(films))
    press(window, Qt.Key.Key_H)
    predicted = picture(window)
    classes = window.tools.findChild(QComboBox)
    classes.setCurrentIndex(classes.findText("KL 2 or more"))
    assert picture(window) != predicted


def test_the_heat_map_blinks_until_escape(window, show, films, wait_until):
    show(knee_crop(films))
    plain = picture(window)
    press(window, Qt.Key.Key_H, Qt.KeyboardModifier.ShiftModifier)
    assert picture(window) != plain
    wait_until(lambda: picture(window) == plain)
    wait_until(lambda: picture(window) != plain)
    press(window, Qt.Key.Key_Escape)
    assert picture(window) == plain
    assert not window.actions_table["blink"].isChecked()
    QTest.qWait(HALF_PERIOD_MS + 100)
    assert picture(window) == plain


def test_blinking_ends_as_the_heat_map_was(window, show, films):
    show(knee_crop(films))
    press(window, Qt.Key.Key_H)
    heated = picture(window)
    press(window, Qt.Key.Key_H, Qt.KeyboardModifier.ShiftModifier)
    QTest.qWait(HALF_PERIOD_MS + 100)
    press(window, Qt.Key.Key_H, Qt.KeyboardModifier.ShiftModifier)
    assert picture(window) == heated
