"""The window in another language: every text of it, and the core's sentences, are translated."""

from datetime import date, datetime

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QLocale, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialogButtonBox, QLabel

from koa_desktop.errors import BundleReason
from koa_desktop.grading.kellgren_lawrence import GRADE_NAMES
from koa_desktop.gui.support import translation
from koa_desktop.knees.box import MIN_BOX_PIXELS
from koa_desktop.message import Message
from koa_desktop.system.paths import SAMPLES
from koa_desktop.wording import language
from koa_desktop.wording.kellgren_lawrence import MEANINGS, SIGNS, grade_meaning, grade_signs
from koa_desktop.wording.language import counted, filled, translated
from koa_desktop.wording.sentences import sentence
from tests.support.gui_driver import texts
from tests.support.sample_files import broken_file, knee_crop

MISSING = Message.of(BundleReason.MODEL_MISSING, name="koa.tflite")


def test_without_its_catalogue_a_language_is_english(speak, tmp_path, monkeypatch):
    monkeypatch.setattr(language, "TRANSLATIONS", tmp_path)
    speak("fr")
    assert sentence(MISSING) == "The model koa.tflite is missing from the models folder."


@pytest.mark.parametrize("damage", [b"", b"no catalogue", b"\xde\x12\x04\x95" + bytes(8)])
def test_a_damaged_catalogue_counts_as_missing(speak, tmp_path, monkeypatch, damage):
    place = tmp_path / "es" / "LC_MESSAGES"
    place.mkdir(parents=True)
    (place / "koa.mo").write_bytes(damage)
    monkeypatch.setattr(language, "TRANSLATIONS", tmp_path)
    speak("es")
    assert sentence(MISSING) == "The model koa.tflite is missing from the models folder."


def test_the_grades_are_explained_in_the_users_language(marked_language):
    assert grade_meaning(4) == f"«{MEANINGS[4]}»"
    assert grade_signs(4) == f"«{SIGNS[4]}»"


def test_what_varies_in_a_sentence_is_kept(marked_language):
    assert sentence(MISSING) == "«The model koa.tflite is missing from the models folder.»"
    assert counted("1 film", "{0} films", 1) == "«1 film»"
    assert counted("1 film", "{0} films", 7) == "«7 films»"


def test_a_text_has_a_translation_for_each_of_its_meanings(marked_language):
    assert translated("Doubtful", "Kellgren-Lawrence grade") == "«Doubtful»"
    assert translated("Doubtful") == "Doubtful"
    assert translated("") == ""


def test_menus_panel_and_refusals_change_their_language(
    marked_language, make_window, films, wait_until
):
    window = make_window()
    assert next(action.text() for action in window.menuBar().actions()) == "«&File»"
    assert window.actions_table["agree"].text().startswith("«&Agree")
    crop = cv2.imdecode(np.fromfile(knee_crop(films, "s.png"), np.uint8), 0)
    small = films / "small.png"
    small.write_bytes(cv2.imencode(".png", cv2.resize(crop, (90, 90)))[1].tobytes())
    files = [knee_crop(films), small, broken_file(films)]
    window.open_files(files)
    wait_until(lambda: window.session.graded == len(files))
    graded, refused, broken = window.session.cases
    window.session.select(graded)
    card = window.panel.cards[0]
    marked = graded.reading.knees[0]
    assert card.findChild(QLabel, "name").text() == f"«{GRADE_NAMES[graded.finding(marked).grade]}»"
    window.session.select(refused)
    wanted = f"«The knee is only 90 pixels wide; at least {MIN_BOX_PIXELS} are needed.»"
    assert wanted in texts(card)
    window.session.select(broken)
    assert broken.error_sentence.startswith("«")
    assert broken.error_sentence in texts(window.film)


@pytest.mark.parametrize(
    ("locale", "written"),
    [
        ("C", "4 Mar 2024"),
        ("en_US", "Mar 4, 2024"),
        ("de_DE", "4. März 2024"),
        ("ja_JP", "2024年3月4日"),
        ("es_ES", "4 mar 2024"),
        ("fr_FR", "4 mars 2024"),
        ("hi_IN", "4 मार्च 2024"),
        ("ar_AE", "\N{RIGHT-TO-LEFT MARK}4 مارس 2024"),
    ],
)
def test_dates_are_in_the_locales_order_with_the_months_name(locale, written):
    assert translation.written_dates(QLocale(locale))(date(2024, 3, 4)) == written


def test_every_date_is_written_in_one_style(speak, window, show):
    show(SAMPLES / "bilateral.dcm")
    speak("fr")
    window.refresh()
    assert window.film.view.corner_text.left[2].startswith("1 janv. 2024 · 64 ")
    assert language.time_text(datetime(2024, 3, 4, 5, 6)) == "4 mars 2024, 05:06"


@pytest.mark.parametrize(
    ("name", "millimetres"), [("en", "2.1 mm"), ("es", "2,1 mm"), ("fr", "2,1 mm")]
)
def test_decimal_fractions_are_written_as_the_language_does(speak, name, millimetres):
    speak(name)
    assert filled("{0:.1f} mm", 2.14) == millimetres
    assert filled("{0} {1}", 12, "1.2") == "12 1.2"


@pytest.mark.parametrize("name", ["ar", "hi"])
def test_digits_are_those_of_films_and_grades(speak, name):
    speak(name)
    assert QLocale().toString(1234.5, "f", 1).replace(",", "") == "1234.5"
    assert translation.locale_of(name).zeroDigit() == "0"


def test_arabic_is_laid_out_from_right_to_left(app, speak):
    speak("ar")
    assert app.layoutDirection() is Qt.LayoutDirection.RightToLeft


@pytest.mark.parametrize(("name", "cancel"), [("es", "Cancelar"), ("fr", "Annuler")])
def test_qts_own_dialogs_speak_the_language_but_call_keys_by_their_names(speak, name, cancel):
    speak(name)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
    assert buttons.button(QDialogButtonBox.StandardButton.Cancel).text() == cancel
    assert QCoreApplication.translate("QPageSize", "Envelope B4") != "Envelope B4"
    key = QKeySequence("Ctrl+Shift+PgDown")
    assert key.toString(QKeySequence.SequenceFormat.NativeText) == "Ctrl+Shift+PgDown"
