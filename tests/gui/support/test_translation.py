"""The window in another language: every text of it, and the core's sentences, can be translated."""

import subprocess
from datetime import date, datetime
from gettext import NullTranslations
from pathlib import Path
from struct import pack
from xml.etree import ElementTree as ET

import cv2
import numpy as np
import PySide6
import pytest
from PySide6.QtCore import QCoreApplication, QLocale
from PySide6.QtWidgets import QLabel

import koa_desktop
from koa_desktop.errors import BundleReason
from koa_desktop.grading.kellgren_lawrence import GRADE_NAMES
from koa_desktop.gui.actions.commands import MENUS, commands
from koa_desktop.gui.support import translation
from koa_desktop.knees.box import MIN_BOX_PIXELS
from koa_desktop.message import Message
from koa_desktop.system.paths import SAMPLES
from koa_desktop.wording import language
from koa_desktop.wording.kellgren_lawrence import MEANINGS, SIGNS, grade_meaning, grade_signs
from koa_desktop.wording.sentences import TEMPLATES, sentence
from tests.support.gui_driver import texts
from tests.support.sample_files import broken_file, knee_crop

GUI = Path(koa_desktop.__file__).parent / "gui"
GERMAN = QLocale("de_DE")
MISSING = Message.of(BundleReason.MODEL_MISSING, name="koa.tflite")


def write_catalogue(folder, texts):
    """Write a gettext catalogue that says the same between angles (GNU gettext manual, 10.3)."""
    pairs = [("", "Content-Type: text/plain; charset=UTF-8\n")]
    pairs += [(text, f"«{text}»") for text in sorted(texts)]
    words = [[word.encode() for word in column] for column in zip(*pairs, strict=True)]
    header, tables, strings = 28, [], b""
    start = header + 16 * len(pairs)
    for column in words:
        for word in column:
            tables.append(pack("<II", len(word), start + len(strings)))
            strings += word + b"\0"
    fixed = pack("<7I", 0x950412DE, 0, len(pairs), header, header + 8 * len(pairs), 0, 0)
    folder.mkdir(parents=True)
    (folder / "koa.mo").write_bytes(fixed + b"".join(tables) + strings)


@pytest.fixture
def english():
    """The core's sentences are English again when the test is over."""
    yield
    language.use(NullTranslations())


@pytest.fixture
def foreign(app, english, tmp_path, monkeypatch):
    """A language that says the same between angles, the window's part made with Qt's own tools."""
    tools = Path(PySide6.__file__).parent
    source, compiled = tmp_path / "koa_de.ts", tmp_path / "koa_de.qm"
    files = [str(path) for path in sorted(GUI.rglob("*.py"))]
    subprocess.run([tools / "lupdate", *files, "-ts", source], check=True, capture_output=True)
    tree = ET.parse(source)
    for message in tree.iter("message"):
        found = message.find("translation")
        found.text = f"«{message.find('source').text}»"
        found.attrib.clear()
    tree.write(source, encoding="utf-8")
    subprocess.run([tools / "lrelease", source, "-qm", compiled], check=True, capture_output=True)
    write_catalogue(
        tmp_path / "de" / "LC_MESSAGES", {*TEMPLATES.values(), *GRADE_NAMES, *MEANINGS, *SIGNS}
    )
    monkeypatch.setattr(translation, "TRANSLATIONS", tmp_path)
    translator = translation.load(app, GERMAN)
    assert translator is not None
    yield {message.find("source").text for message in tree.iter("message")}
    QCoreApplication.removeTranslator(translator)


def test_without_a_file_for_the_language_the_window_is_english(app, english, tmp_path, monkeypatch):
    monkeypatch.setattr(translation, "TRANSLATIONS", tmp_path)
    assert translation.load(app, GERMAN) is None
    assert sentence(MISSING) == "The model koa.tflite is missing from the models folder."


@pytest.mark.parametrize("damage", [b"", b"no catalogue", b"\xde\x12\x04\x95" + bytes(8)])
def test_a_damaged_catalogue_counts_as_missing(app, english, tmp_path, monkeypatch, damage):
    place = tmp_path / "de" / "LC_MESSAGES"
    place.mkdir(parents=True)
    (place / "koa.mo").write_bytes(damage)
    (tmp_path / "koa_de.qm").write_bytes(damage)
    monkeypatch.setattr(translation, "TRANSLATIONS", tmp_path)
    assert translation.load(app, GERMAN) is None
    assert sentence(MISSING) == "The model koa.tflite is missing from the models folder."


def test_qts_tools_find_every_text_of_menus(foreign):
    texts = {*MENUS, *(command.text for command in commands())}
    assert texts <= foreign
    assert "Comment for the report" in foreign


def test_the_grades_are_explained_in_the_users_language(foreign):
    assert grade_meaning(4) == f"«{MEANINGS[4]}»"
    assert grade_signs(4) == f"«{SIGNS[4]}»"


def test_what_varies_in_a_sentence_is_kept(foreign):
    assert sentence(MISSING) == "«The model koa.tflite is missing from the models folder.»"


def test_menus_panel_and_refusals_change_their_language(foreign, make_window, films, wait_until):
    window = make_window()
    assert next(action.text() for action in window.menuBar().actions()) == "«&File»"
    assert window.actions_table["agree"].text().startswith("«&Agree")
    crop = cv2.imdecode(np.fromfile(knee_crop(films, "s.png"), np.uint8), 0)
    small = films / "small.png"
    small.write_bytes(cv2.imencode(".png", cv2.resize(crop, (90, 90)))[1].tobytes())
    files = [knee_crop(films), small, broken_file(films)]
    window.open_files(files)
    wait_until(lambda: window.session.graded == len(files), 30)
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
    ],
)
def test_dates_are_in_the_locales_order_with_the_months_name(locale, written):
    assert translation.written_dates(QLocale(locale))(date(2024, 3, 4)) == written


def test_every_date_is_written_in_one_style(app, window, show):
    show(SAMPLES / "bilateral.dcm")
    try:
        translation.load(app, QLocale("en_US"))
        window.refresh()
        assert "Jan 1, 2024 · 64 years old" in window.film.view.corner_text.left
        moment = datetime(2024, 3, 4, 5, 6)
        assert language.time_text(moment) == "Mar 4, 2024, 05:06"
    finally:
        language.use_dates(None)
