"""Text of a report in Hindi and Arabic is found and copied as it was written."""

from __future__ import annotations

import shutil
import subprocess
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace
from gettext import NullTranslations
from pathlib import Path

import numpy as np
import pytest

from koa_desktop.examination.examiner import Examination
from koa_desktop.radiograph import Radiograph
from koa_desktop.report.html import report_html
from koa_desktop.report.options import Profile, ReportOptions
from koa_desktop.report.pdf import line_mask, pdf_bytes
from koa_desktop.report.pdf_text import needs_help
from koa_desktop.report.pictures.letters import Letters
from koa_desktop.wording import language

pytestmark = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler is missing")

HINDI = "दायाँ घुटना: न्यूनतम ऑस्टियोआर्थराइटिस, मीडियल जॉइंट स्पेस 2.1 mm, संकुचित; क्षेत्र स्पष्ट है।"
ARABIC = "الركبة اليمنى: تضيق خفيف في المسافة المفصلية الإنسية، ونابتات عظمية صغيرة، لا كسور."


@pytest.fixture
def written(two_knees: Examination, radiograph: Radiograph, tmp_path: Path) -> Callable[[str], str]:
    """Return the function that gives the text found in the PDF of a commented report."""

    def text(comment: str, name: str = "") -> str:
        header = replace(two_knees.radiograph.header, patient_name=name)
        info = replace(two_knees.radiograph, header=header)
        examination = replace(two_knees, comment=comment, radiograph=info)
        options = ReportOptions(profile=Profile.PATIENT)
        file = tmp_path / "report.pdf"
        file.write_bytes(pdf_bytes(report_html(examination, radiograph, options)))
        command = ["pdftotext", str(file), "-"]
        found = subprocess.run(command, capture_output=True, check=True, encoding="utf-8")
        return unicodedata.normalize("NFKC", " ".join(found.stdout.split()))

    return text


@pytest.fixture
def arabic() -> Iterator[None]:
    language.use(language.catalogue("ar"))
    yield
    language.use(NullTranslations())


def test_hindi_is_found_in_a_report(written: Callable[[str], str]) -> None:
    assert HINDI in written(HINDI)


def test_hindi_is_found_on_every_page(written: Callable[[str], str]) -> None:
    count = 70
    text = written(" ".join([HINDI] * count))
    assert "Page 2 of " in text
    # The end of a page stands between the words of a few.
    assert text.count(HINDI) > count - 5
    assert text.count("न्यूनतम ऑस्टियोआर्थराइटिस") > count - 5


def test_a_name_in_devanagari_is_found_in_an_english_report(
    written: Callable[[str, str], str],
) -> None:
    text = written("Medial narrowing.", "शर्मा, प्रिया")
    assert "शर्मा, प्रिया" in text
    assert "Medial narrowing." in text


def test_arabic_is_found_word_by_word(written: Callable[[str], str], arabic: None) -> None:
    text = written(ARABIC)
    words = ARABIC.replace("،", " ").replace(":", " ").replace(".", " ").split()
    assert [word for word in words if word not in text] == []


def test_latin_reports_need_no_help() -> None:
    assert not needs_help("Παπαδόπουλος: KL 2–3, колено, ⚑ 2,1 mm")
    assert needs_help("घुटना")
    assert needs_help("ركبة")


@pytest.mark.parametrize("text", [HINDI, ARABIC])
def test_letters_of_a_picture_are_shaped_and_measured(text: str) -> None:
    mask = line_mask(text, 20, bold=False)
    assert mask.max() > 200
    assert Letters(20).width(text) == mask.shape[1]
    one_by_one = sum(line_mask(letter, 20, bold=False).shape[1] - 2 for letter in text)
    # Joined letters take less room than each alone.
    assert mask.shape[1] < one_by_one
    assert np.count_nonzero(line_mask(text, 20, bold=True)) > np.count_nonzero(mask)
