"""Dates as they are typed in each country; none is guessed."""

from datetime import date

import pytest
from PySide6.QtCore import QLocale

from koa_desktop.gui.patients.date_line import DateLine, day_in_numbers, day_of

DAY = date(1950, 2, 3)


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("de_DE", "3.2.1950"),
        ("en_GB", "03/02/1950"),
        ("en_US", "2/3/1950"),
        ("fr_FR", "03 02 1950"),
        ("hu_HU", "1950. 02. 03."),
        ("en_US", "1950-02-03"),
        ("en_US", "19500203"),
        ("ar_EG", "٣/٢/١٩٥٠"),
        ("hi_IN", "३/२/१९५०"),
    ],
)
def test_a_date_is_typed_in_the_locales_order(name, typed):
    assert day_of(typed, QLocale(name)) == DAY


@pytest.mark.parametrize("typed", ["", "3.2.50", "31.2.1950", "3.2", "3 Feb 1950", "3.2.1950.1"])
def test_nothing_is_guessed(typed):
    assert day_of(typed, QLocale("de_DE")) is None


@pytest.mark.parametrize("name", ["C", "de_DE", "en_US", "ar_EG", "hi_IN", "ja_JP", "es_ES"])
def test_a_date_that_is_shown_can_be_typed(name):
    locale = QLocale(name)
    assert day_of(day_in_numbers(DAY, locale), locale) == DAY


def test_the_date_stands_beside_it_in_words(app):
    line = DateLine("Date of birth", QLocale("en_US"))
    line.line.setText("2/3/1950")
    assert line.words.text() == "03 Feb 1950"
    line.line.setText("2/3/50")
    assert line.words.text() == ""
    assert line.is_wrong
