"""Earlier films of a patient are found by themselves, compared, charted and reported."""

from dataclasses import replace
from datetime import date

import cv2
import numpy as np
import pytest
from PySide6.QtCore import Qt

from koa_desktop.examination import identity
from koa_desktop.examination.actions import Action, Step
from koa_desktop.examination.store import Circumstances
from koa_desktop.gui.patients.follow_up_dialog import CourseChart, FollowUpDialog
from koa_desktop.gui.session.patients.follow_up import courses_of, kin
from koa_desktop.knees.box import Box, Knee, SideSource
from koa_desktop.message import Message
from koa_desktop.radiograph import Identity, Side
from koa_desktop.report.html import report_html
from koa_desktop.report.options import Profile, ReportOptions
from tests.support.gui_driver import CTRL, button, click, press, texts, told_by
from tests.support.sample_files import measurable_film

RIGHT = Knee(Box(60, 130, 224), Side.RIGHT, SideSource.POSITION)
DOE = ("Doe, Jane", "4711", date(1950, 2, 3), "F")


def other_film(folder, name):
    """A film that differs from `measurable_film` in one pixel, and so in its checksum."""
    path = measurable_film(folder, name)
    pixels = cv2.imdecode(np.fromfile(path, np.uint8), 0)
    pixels[0, 0] = 1
    cv2.imencode(".png", pixels)[1].tofile(path)
    return path


def name(window, case, *, born=DOE[2], patient_id=DOE[1], taken):
    typed = Identity(DOE[0], patient_id, born, "F", taken)
    reading = identity.identified(case.reading, typed, case.radiograph)
    window.session.change(case, reading, Message(Action.IDENTIFY))


@pytest.fixture
def before(window, show, films, finder):
    """A film of 2016 that was read, named and taken out of the list."""
    window.session.kept.restore()
    finder.knees = (RIGHT,)
    (case,) = show(measurable_film(films, "before.png"))

    def left(**known):
        name(window, case, **{"taken": date(2016, 7, 1), **known})
        window.editor.give_grade_to(0, 1)
        window.session.remove([case])
        return case

    return left


@pytest.fixture
def now(window, show_in, films):
    """A film of 2020 of the same patient, shown."""

    def opened(**known):
        (case,) = show_in(window, other_film(films, "now.png"))
        name(window, case, **{"taken": date(2020, 7, 1), **known})
        window.editor.give_grade_to(0, 3)
        return case

    return opened


def dialog_of(window):
    press(window, Qt.Key.Key_U, CTRL)
    (dialog,) = (one for one in window.findChildren(FollowUpDialog) if one.isVisible())
    return dialog


def test_an_earlier_film_is_found_told_compared_and_charted(window, before, now, wait_until):
    before()
    case = now()
    wait_until(lambda: window.session.cases.beside)
    assert "1 earlier film" in window.status.notice
    assert "01 Jul 2016" in window.status.notice
    wait_until(window.actions_table["follow_up"].isEnabled)
    dialog = dialog_of(window)
    assert dialog.films.count() == 2
    (chart,) = dialog.findChildren(CourseChart)
    assert "KL 1 on 01 Jul 2016, KL 3 on 01 Jul 2020" in texts(dialog)
    assert not chart.grab().toImage().isNull()
    click(button(dialog, "Compare side by side"))
    assert window.film_area.is_comparing
    assert window.compare.cases[1].path.name == "before.png"
    wait_until(lambda: window.session.film(window.compare.cases[1]))
    assert case is window.session.current


@pytest.fixture
def earlier_version(examiner):
    """The margin networks are of version 1 until this is undone."""
    finder = examiner.margin_finder
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(finder, "card", replace(finder.card, version=1))
        yield patch


def test_widths_of_an_earlier_version_are_not_compared_until_graded_again(
    window, earlier_version, before, now, wait_until
):
    other = before()
    earlier_version.undo()
    case = now()
    wait_until(window.actions_table["follow_up"].isEnabled)
    dialog = dialog_of(window)
    told = texts(dialog)
    assert "The joint space widths of 01 Jul 2016 were measured by an earlier version" in told
    assert "KL 1 on 01 Jul 2016, KL 3 on 01 Jul 2020" in told
    assert "a year" not in told
    assert "01 Jul 2016 measured by another version of the model" in texts(window.panel)
    click(button(dialog, "Compare side by side"))
    assert "measured by different versions of the model" in told_by(window.compare.difference)
    press(window, Qt.Key.Key_Escape)
    window.session.add([other.path], show=False)
    wait_until(lambda: window.session.graded == 2)
    window.session.select(case)
    told = texts(dialog_of(window))
    assert "earlier version" not in told
    assert "% a year" in told


def test_the_report_for_the_patients_file_shows_the_course(window, before, now, wait_until):
    before()
    case = now()
    wait_until(lambda: window.session.saver.finish(2))
    found = courses_of(window.session.services, case.examination())
    film = window.session.film(case).radiograph
    named = ReportOptions(profile=Profile.PATIENT, courses=found)
    assert "KL 1 on 01 Jul 2016, KL 3" in report_html(case.examination(), film, named).html
    nameless = ReportOptions(courses=found)
    assert "2016" not in report_html(case.examination(), film, nameless).html


def test_where_it_is_unsure_the_reader_is_asked_and_the_answer_kept(
    window, before, now, wait_until
):
    before(patient_id="99")
    case = now()
    bar = window.patients.follow_ups.question
    wait_until(bar.isVisible)
    assert "Doe, Jane · 99" in bar.text
    assert not window.session.cases.beside
    click(button(bar, "The same patient"))
    wait_until(lambda: window.session.cases.beside)
    assert not bar.isVisible()
    wait_until(lambda: window.session.saver.finish(2))
    stored = window.session.services.load(case.identity)
    assert stored.reading.related == case.reading.related != ()
    window.actions_table["undo"].trigger()
    wait_until(bar.isVisible)
    click(button(bar, "Another patient"))
    wait_until(lambda: not bar.isVisible())
    assert not window.session.cases.beside


def test_the_readers_word_on_either_film_counts(window, before, now, wait_until):
    other = before()
    case = now()
    wait_until(lambda: window.session.cases.beside and window.session.saver.finish(2))
    services = window.session.services
    assert courses_of(services, case.examination())

    def say_no(film, about):
        reading = replace(services.load(film).reading, related=((about, False),))
        services.save(film, reading, [Step(Message(Action.OTHER_PATIENT))], Circumstances(), None)

    say_no(case.identity, other.identity)
    assert courses_of(services, case.examination()) == ()
    assert kin(services, case.identity, case.header, {})[0]
    say_no(other.identity, case.identity)
    assert kin(services, case.identity, case.header, {}) == ([], [])


def test_a_film_that_comes_back_into_the_list_counts_once(window, before, now, wait_until):
    other = before()
    case = now()
    wait_until(lambda: window.session.cases.beside)
    window.session.add([other.path], show=False)
    wait_until(lambda: window.session.graded == 2)
    assert window.session.current is case
    assert dialog_of(window).films.count() == 2


def test_another_patient_is_never_offered(window, before, now, wait_until):
    before(born=date(1949, 1, 1), patient_id="99")
    now()
    wait_until(lambda: window.session.saver.finish(2))
    window.session.select(None)
    window.session.select(window.session.cases.at(0))
    wait_until(lambda: window.film.has_film)
    assert not window.session.cases.beside
    assert not window.patients.follow_ups.question.isVisible()
    assert not window.actions_table["follow_up"].isEnabled()
