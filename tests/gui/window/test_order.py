"""The list is sorted and grouped by what the reader asks for, and that is remembered."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu

from koa_desktop.gui.case_list import found_cases
from koa_desktop.gui.case_list.delegate import HEADING_HEIGHT, ROW_HEIGHT
from koa_desktop.gui.session.case_list_model import CASE_ROLE
from koa_desktop.gui.support.settings import Order
from koa_desktop.system.paths import SAMPLES
from tests.support.gui_driver import CTRL, SHIFT, button, click, press
from tests.support.sample_files import broken_file, knee_crop, wide_film


def listed(window):
    """The headings and the files, from the top down."""
    view = window.case_list.list
    rows = []
    for row in range(view.model().rowCount()):
        heading = view.model().heading(row)
        rows += [f"# {heading}"] if heading else []
        rows.append(view.model().index(row, 0).data(CASE_ROLE).path.name)
    return rows


def sort(window, order):
    window.actions_table[f"order_{order.value}"].trigger()


@pytest.fixture
def five(show, films):
    """Grades 0, 4 and 2, a film without a knee, and a broken file."""
    graded = [SAMPLES / f"grade{grade}.png" for grade in (0, 4, 2)]
    return show(*graded, wide_film(films), broken_file(films))


def test_as_opened_there_are_no_headings(window, five):
    assert listed(window) == ["grade0.png", "grade4.png", "grade2.png", "film.png", "broken.dcm"]


def test_unread_cases_come_first_and_a_case_moves_when_it_is_left(
    window, five, process, wait_until
):
    sort(window, Order.UNREAD)
    press(window, Qt.Key.Key_Return)
    wait_until(lambda: listed(window)[:2] == ["# Unread", "grade0.png"])
    process(300)
    assert listed(window)[:2] == ["# Unread", "grade0.png"]
    press(window, Qt.Key.Key_PageDown)
    assert window.session.current.path.name == "grade4.png"
    wait_until(lambda: listed(window)[1] != "grade0.png")
    assert listed(window) == [
        "# Unread", "grade4.png", "grade2.png", "film.png",
        "# Read", "grade0.png", "# Cannot be read", "broken.dcm",
    ]  # fmt: skip
    assert window.session.current.path.name == "grade4.png"
    assert [case.path.name for case in window.case_list.selected()] == ["grade4.png"]


def test_by_grade_the_highest_comes_first(window, five):
    sort(window, Order.GRADE)
    graded = {case.path.name: case.final_grade(case.reading.knees[0]) for case in five[:3]}
    expected = []
    for grade in sorted(set(graded.values()), reverse=True):
        expected += [f"# KL {grade}", *(name for name in graded if graded[name] == grade)]
    assert listed(window) == [*expected, "# No grade", "film.png", "broken.dcm"]


def test_flagged_cases_come_first(window, five):
    sort(window, Order.FLAGGED)
    flagged = [case.path.name for case in five[:3] if case.flagged]
    others = [case.path.name for case in five[:3] if not case.flagged]
    assert listed(window) == [
        "# Flagged or not graded", *flagged, "film.png", "broken.dcm", "# Not flagged", *others
    ]  # fmt: skip


def test_by_patient_and_by_date(window, show, films):
    show(knee_crop(films), SAMPLES / "bilateral.dcm")
    sort(window, Order.PATIENT)
    (case,) = [one for one in window.session.cases if one.path.suffix == ".dcm"]
    name = f"{case.header.patient_name} · {case.header.patient_id}"
    assert listed(window) == [f"# {name}", "bilateral.dcm", "# No patient's name", "crop.png"]
    sort(window, Order.DATE)
    assert listed(window) == ["# 01 Jan 2024", "bilateral.dcm", "# No study date", "crop.png"]


def test_a_heading_has_room_above_its_group(window, five, process):
    sort(window, Order.GRADE)
    process(30)
    view = window.case_list.list
    heights = [view.visualRect(view.model().index(row, 0)).height() for row in range(5)]
    headed = [bool(view.model().heading(row)) for row in range(5)]
    assert heights == [ROW_HEIGHT + HEADING_HEIGHT * above for above in headed]


def test_new_cases_and_the_search_keep_the_order(window, five, wait_until):
    sort(window, Order.GRADE)
    window.open_files([SAMPLES / "grade3.png"])
    wait_until(lambda: window.session.graded == 6)
    wait_until(lambda: listed(window)[3] == "grade3.png")
    names = [name for name in listed(window) if name.startswith("grade")]
    grades = [
        case.final_grade(case.reading.knees[0])
        for name in names
        for case in window.session.cases
        if case.path.name == name
    ]
    assert grades == sorted(grades, reverse=True)
    assert len(grades) == 4
    window.case_list.search.setText("grade")
    assert "broken.dcm" not in listed(window)
    assert [name for name in listed(window) if name.startswith("grade")] == names


def test_the_order_is_remembered_and_ticked(window, make_window):
    sort(window, Order.DATE)
    window.close()
    again = make_window()
    assert again.settings.case_order is Order.DATE
    assert again.actions_table["order_date"].isChecked()
    assert again.case_list.list.uniformItemSizes() is False


def test_a_list_too_long_for_headings_is_sorted_without_them(window, five, monkeypatch):
    monkeypatch.setattr(found_cases, "_MOST_HEADED", 4)
    sort(window, Order.GRADE)
    assert not any(name.startswith("#") for name in listed(window))
    assert listed(window)[-2:] == ["film.png", "broken.dcm"]
    assert window.case_list.list.uniformItemSizes()


def test_the_next_case_is_offered_by_the_order_that_is_shown(window, five):
    window.case_list.show_case(five[-1])
    next_case = window.actions_table["next_case"]
    assert not next_case.isEnabled()
    sort(window, Order.FLAGGED)
    assert next_case.isEnabled() is window.case_list.can_step(1)
    assert window.actions_table["previous_case"].isEnabled() is window.case_list.can_step(-1)


def test_the_menu_of_orders_opens_below_its_button(window, five):
    sorter = button(window.case_list, "⇅")
    click(sorter)
    (menu,) = [one for one in window.case_list.findChildren(QMenu) if one.isVisible()]
    assert menu.pos().y() >= sorter.mapToGlobal(sorter.rect().bottomLeft()).y()
    menu.close()


def test_unread_cases_that_the_search_hides_are_not_offered(window, five):
    next_unread = window.actions_table["next_unread"]
    assert next_unread.isEnabled()
    window.case_list.search.setText("grade0.png")
    window.case_list.show_case(five[0])
    assert not next_unread.isEnabled()


@pytest.mark.parametrize(
    ("key", "modifier"), [(Qt.Key.Key_Up, CTRL), (Qt.Key.Key_N, SHIFT)], ids=["Ctrl+Up", "Shift+N"]
)
def test_going_through_the_cases_selects_one_alone(window, five, key, modifier):
    window.case_list.show_case(five[2])
    press(window, key, modifier)
    assert window.session.current is five[1]
    assert window.case_list.selected() == [five[1]]
