"""The window in another language: every text can be translated, the core's sentences too."""

import ast
import re
import subprocess
from pathlib import Path
from xml.etree import ElementTree as ET

import cv2
import numpy as np
import PySide6
import pytest
from PySide6.QtCore import QCoreApplication, QLocale

import koa_desktop
from koa_desktop.examination.findings import Flag
from koa_desktop.grading.kellgren_lawrence import GRADE_NAMES
from koa_desktop.gui.actions.commands import MENUS, commands
from koa_desktop.gui.knee_panel.grade_buttons import grade_signs
from koa_desktop.gui.support import translation
from koa_desktop.gui.support.translation import CORE, core
from koa_desktop.joint_space import description
from koa_desktop.joint_space.frame import Frame
from koa_desktop.joint_space.margins import COLUMN_U, MarginCard, Margins
from koa_desktop.joint_space.measure import joint_space_of
from koa_desktop.knees.box import MIN_BOX_PIXELS
from koa_desktop.knees.crop import CROP_SIZE
from koa_desktop.radiograph import PixelSpacing, Side, SpacingOrigin
from koa_desktop.report.html import PatientField
from tests.support.sample_files import broken_file, knee_crop

APP = Path(koa_desktop.__file__).parent
# Whose sentences reach the window as they are.
SPEAKING = (
    "candidates", "decoder", "dicom", "examination", "file_header", "files", "findings", "grading",
    "joint_space", "joint_words", "picture", "radiograph", "report/files", "gui/jobs",
)  # fmt: skip
SENTENCE = re.compile(r"[A-Z{].* .*\.", re.DOTALL)


def sentences_in(module):
    """Every text of a module that is a sentence, but for docstrings; `{0}` for what varies."""
    nodes = list(ast.walk(ast.parse((APP / f"{module}.py").read_text(encoding="utf-8"))))
    said = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    parts = {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in nodes:
        if isinstance(node, ast.JoinedStr):
            text, varying = "", 0
            for part in node.values:
                fixed = isinstance(part, ast.Constant)
                text += part.value if fixed else f"{{{varying}}}"
                varying += not fixed
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = "" if id(node) in said | parts else node.value
        else:
            continue
        if SENTENCE.fullmatch(text):
            yield text


@pytest.mark.parametrize("module", SPEAKING)
def test_every_sentence_of_the_core_can_be_translated(module):
    found = set(sentences_in(module))
    assert found
    assert found <= set(CORE)


def test_every_flag_grade_and_field_can_be_translated():
    names = {
        *GRADE_NAMES,
        *(flag.sentence for flag in Flag),
        *(name.value for name in PatientField),
        *(origin.value for origin in SpacingOrigin),
    }
    assert names <= set(CORE)


@pytest.fixture
def foreign(app, tmp_path, monkeypatch):
    """A language that says the same between angles, made with Qt's own tools."""
    tools = Path(PySide6.__file__).parent
    source, compiled = tmp_path / "koa_de.ts", tmp_path / "koa_de.qm"
    files = [str(path) for path in sorted((APP / "gui").glob("*.py"))]
    subprocess.run([tools / "lupdate", *files, "-ts", source], check=True, capture_output=True)
    tree = ET.parse(source)
    for message in tree.iter("message"):
        found = message.find("translation")
        found.text = f"«{message.find('source').text}»"
        found.attrib.clear()
    tree.write(source, encoding="utf-8")
    subprocess.run([tools / "lrelease", source, "-qm", compiled], check=True, capture_output=True)
    monkeypatch.setattr(translation, "TRANSLATIONS", tmp_path)
    translator = translation.load(app, QLocale("de_DE"))
    assert translator is not None
    yield {message.find("source").text for message in tree.iter("message")}
    QCoreApplication.removeTranslator(translator)


def test_without_a_file_for_the_language_the_window_is_english(app, tmp_path, monkeypatch):
    monkeypatch.setattr(translation, "TRANSLATIONS", tmp_path)
    assert translation.load(app, QLocale("de_DE")) is None
    assert core("The knee is only 90 pixels wide; at least 100 are needed.").startswith("The knee")


def test_qts_tools_find_every_text_of_menus_and_core(foreign):
    texts = {*CORE, *MENUS, *(command.text for command in commands())}
    assert texts <= foreign
    assert grade_signs(4)[0].strip("«»") in foreign


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        (
            "The knee is only 90 pixels wide; at least 100 are needed.",
            "«The knee is only 90 pixels wide; at least 100 are needed.»",
        ),
        (
            "The model card koa.json is missing from the models folder.",
            "«The model card koa.json is missing from the models folder.»",
        ),
        ("a {0}.png already exists; choose another name or folder.", None),
        ("Minimal", "«Minimal»"),
        ("Nobody ever says this.", "Nobody ever says this."),
    ],
)
def test_what_varies_in_a_sentence_is_kept(foreign, said, wanted):
    assert core(said) == (wanted or f"«{said}»")


def joint(gaps, side, spacing, flagged_below=0.8, refused_below=0.5):
    left, right = (
        Margins(u, np.full(len(u), 120.0), np.full(len(u), 120.0 + gap), np.full(len(u), 0.9))
        for u, gap in zip((COLUMN_U, CROP_SIZE - COLUMN_U), gaps, strict=True)
    )
    card = MarginCard("test", {}, refused_below, flagged_below)
    return joint_space_of(Frame(112, 112, 1, 0), left, right, card, (224, 224), spacing, side)


@pytest.mark.parametrize("side", [Side.RIGHT, Side.LEFT, None])
@pytest.mark.parametrize("origin", [None, *SpacingOrigin])
@pytest.mark.parametrize("gaps", [(20, 20), (2, 20), (2, 3)])
def test_whatever_is_said_of_a_joint_space_is_translated(foreign, side, origin, gaps):
    spacing = PixelSpacing(0.2, 0.2, origin) if origin else None
    space, unsure = joint(gaps, side, spacing), joint(gaps, side, spacing, flagged_below=0.99)
    unseen = joint(gaps, side, spacing, refused_below=0.99)
    said = [description.sentence(found) for found in (space, unsure, unseen)]
    said += [*description.notes(unsure), description.compared(space, [("other knee", unsure)])]
    for sentence in said:
        assert core(sentence).startswith("«")
        assert core(sentence).endswith("»")


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        (
            "Medial space 2.1 mm (lateral 5.4 mm), at the detector: narrowed.",
            "««Medial» space 2.1 mm («lateral 5.4 mm»), «at the detector»: narrowed.»",
        ),
        (
            "Viewer's left space can't be measured (viewer's right 2.6 %) of the condyle width.",
            "««Viewer's left» space «can't be measured» («viewer's right 2.6 %») "
            "of the condyle width.»",
        ),
        (
            "Medial and lateral: This part of the joint lies outside the image.",
            "«Medial and lateral: «This part of the joint lies outside the image.»»",
        ),
        ("Medial: other knee 4.8 mm (unsure)", "««Medial: other knee 4.8 mm» (unsure)»"),
    ],
)
def test_words_within_a_sentence_on_the_joint_space_are_translated(foreign, said, wanted):
    assert core(said) == wanted


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
    assert card._name.text() == f"«{GRADE_NAMES[graded.finding(marked).grade]}»"
    window.session.select(refused)
    wanted = f"«The knee is only 90 pixels wide; at least {MIN_BOX_PIXELS} are needed.»"
    assert wanted in card._notes.text()
    window.session.select(broken)
    assert window.film._message._sentence.text() == f"«{broken.error}»"
