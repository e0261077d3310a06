from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from html import unescape

import numpy as np
import pytest

from koa_desktop.examination.examiner import Examination
from koa_desktop.examination.findings import Finding, Refusal
from koa_desktop.imaging.colour_maps import ColourMap, colour_table
from koa_desktop.message import Message
from koa_desktop.radiograph import Header, Note, Radiograph
from koa_desktop.report import words
from koa_desktop.report.html import report_html, report_name
from koa_desktop.report.options import Profile, ReportOptions
from koa_desktop.wording.report import ReportText
from koa_desktop.wording.sentences import sentence
from tests.support.replaced_knee import with_knee

IDENTITIES = ("Παπαδόπουλος", "KN-20417", "1961", "ACC-77", "Nowhere", "Mar 2026")
ALL = ReportOptions(profile=Profile.PATIENT, made_at=datetime(2026, 4, 5, 6, 7))


def text_of(html: str) -> str:
    return unescape(re.sub(r"<[^>]+>", " ", html))


def test_nothing_that_identifies_is_shown_unless_wanted(
    two_knees: Examination, radiograph: Radiograph
) -> None:
    report = report_html(two_knees, radiograph)
    for identity in IDENTITIES:
        assert identity not in report.html + report.title + report.running_head + report.footer
    shown = report_html(two_knees, radiograph, ALL)
    for identity in IDENTITIES:
        assert identity in shown.html
    assert "Παπαδόπουλος" in shown.title
    assert "Παπαδόπουλος" in shown.running_head


def test_a_study_code_stands_for_the_patient_and_a_number_for_nobody(
    two_knees: Examination, radiograph: Radiograph
) -> None:
    clinic = ReportOptions(clinic_name="Clinic of the reader", study_code="KOA-1", number=4)
    coded = report_html(two_knees, radiograph, clinic)
    assert coded.title == "knee report KOA-1"
    for told in ("KOA-1", "Dr A", "Clinic of the reader"):
        assert told in coded.html
    nameless = report_html(two_knees, radiograph, replace(clinic, profile=Profile.NAMELESS))
    assert nameless.title == "knee report 4"
    for told in ("KOA-1", "Dr A", "Clinic of the reader", sentence(ReportText.SIGNATURE)):
        assert told not in nameless.html


def test_each_map_names_the_model_s_grade_that_it_explains(
    two_knees: Examination, radiograph: Radiograph
) -> None:
    overruled = with_knee(two_knees, 0, replace(two_knees.knees[0], reader_grade=4))
    text = text_of(report_html(overruled, radiograph).html)
    for knee in two_knees.knees:
        assert f"Map of the model's KL {knee.finding.grade}: less" in " ".join(text.split())
    plain = text_of(report_html(overruled, radiograph, ReportOptions(show_heat_map=False)).html)
    assert "Map of" not in plain


def test_a_film_that_names_nobody_has_no_empty_fields(
    two_knees: Examination, radiograph: Radiograph
) -> None:
    bare = replace(two_knees, radiograph=replace(two_knees.radiograph, header=Header()), reader="")
    text = text_of(report_html(bare, radiograph, ALL).html)
    assert "knees.png" in text
    assert "–" not in text.split(sentence(ReportText.FINDINGS))[0]
    assert sentence(ReportText.PATIENT_ID) not in text


def test_a_hostile_header_is_shown_literally(
    two_knees: Examination, radiograph: Radiograph
) -> None:
    hostile = '<img src="file:///etc/passwd"> $css &amp; \x00'
    header = replace(two_knees.radiograph.header, patient_name=hostile)
    info = replace(two_knees.radiograph, header=header)
    html = report_html(replace(two_knees, radiograph=info, comment="<hr>"), radiograph, ALL).html
    assert "&lt;img src=&quot;file:///etc/passwd&quot;&gt; $css &amp;amp;" in html
    assert "&lt;hr&gt;" in html
    assert '<img src="file' not in html
    assert "\x00" not in html


def test_the_readers_grade_is_what_the_report_says(
    two_knees: Examination, radiograph: Radiograph
) -> None:
    text = text_of(report_html(two_knees, radiograph).html)
    asked = "(graded on request, against the program's advice)"
    assert f"Right knee: KL 3, moderate osteoarthritis {asked}." in text
    assert "Read as KL 3 by the reader; model: KL 2 (likely range KL 1–3)." in text
    assert "Left knee: KL 0, no osteoarthritis (model, not confirmed by a reader)." in text
    assert "Model: KL 0 (likely range KL 0); not yet confirmed by a reader." in text


@pytest.mark.parametrize(
    ("grade", "said"),
    [(1, "doubtful osteoarthritis"), (2, "minimal osteoarthritis"), (4, "severe osteoarthritis")],
)
def test_grades_have_their_words(two_knees: Examination, grade: int, said: str) -> None:
    read = replace(two_knees.knees[0], finding=Finding(), reader_grade=grade)
    examination = with_knee(two_knees, 0, read)
    assert words.conclusion(examination)[0] == f"Right knee: KL {grade}, {said}."


def test_flags_and_a_grading_on_request_are_marked(
    two_knees: Examination, radiograph: Radiograph
) -> None:
    text = text_of(report_html(two_knees, radiograph).html)
    for flag in two_knees.knees[0].finding.flags:
        assert sentence(flag) in text


def test_a_flagged_grade_that_nobody_read_is_no_plain_conclusion(
    two_knees: Examination,
) -> None:
    examination = with_knee(two_knees, 0, replace(two_knees.knees[0], reader_grade=None))
    assert words.conclusion(examination)[0].endswith(
        "advice; model, not confirmed by a reader; to be reviewed)."
    )


def test_a_refused_knee_says_why(two_knees: Examination, radiograph: Radiograph) -> None:
    refused = replace(
        two_knees.knees[1],
        finding=Finding(refusal=Message.of(Refusal.TOO_SMALL, size=90, least=100)),
        grading=None,
    )
    text = text_of(report_html(with_knee(two_knees, 1, refused), radiograph).html)
    assert (
        "Left knee: not graded. The knee is only 90 pixels wide; at least 100 are needed." in text
    )


def test_a_report_without_knees_says_why_and_shows_the_film(
    no_knee: Examination, radiograph: Radiograph
) -> None:
    report = report_html(no_knee, radiograph)
    assert sentence(Refusal.NO_KNEE) in report.html
    assert len(report.images) == 1
    assert sentence(ReportText.BARS_NOTE) not in report.html


def test_every_page_says_where_its_numbers_come_from(
    two_knees: Examination, radiograph: Radiograph
) -> None:
    footer = report_html(two_knees, radiograph).footer
    for part in (
        "koa 9.8.7",
        "3f2a91c0",
        "KOA Desktop",
        "0.143 mm, at the detector",
        "side from the header",
        "Not a medical device",
    ):
        assert part in footer


def test_the_heat_map_is_called_what_it_is_and_can_be_left_out(
    two_knees: Examination, radiograph: Radiograph
) -> None:
    shown = report_html(two_knees, radiograph)
    hidden = report_html(two_knees, radiograph, ReportOptions(show_heat_map=False))
    assert words.map_note(7) in shown.html
    assert "Colour shows" not in hidden.html
    assert len(hidden.images) < len(shown.images)


def test_the_heat_map_and_its_legend_have_the_chosen_colours(
    two_knees: Examination, radiograph: Radiograph
) -> None:
    plain = report_html(two_knees, radiograph, ReportOptions())
    other = report_html(two_knees, radiograph, ReportOptions(colour_map=ColourMap.VIRIDIS))
    changed = [name for name in plain.images if (plain.images[name] != other.images[name]).any()]
    legends = [name for name in changed if plain.images[name].shape == (18, 180, 3)]
    assert len(changed) == 4
    assert len(legends) == 2
    assert tuple(other.images[legends[0]][0, -1]) == tuple(colour_table(ColourMap.VIRIDIS)[-1])


def test_the_set_note_names_the_bundles_coverage(
    two_knees: Examination, radiograph: Radiograph
) -> None:
    html = report_html(two_knees, radiograph, ReportOptions(set_coverage=0.9)).html
    assert "Likely range: it contains the true grade in at least 90 of 100 knees." in html


def test_every_picture_in_the_html_is_there_in_colour(
    two_knees: Examination, radiograph: Radiograph
) -> None:
    report = report_html(two_knees, radiograph)
    assert set(re.findall(r'src="([^"]+)"', report.html)) == set(report.images)
    for pixels in report.images.values():
        assert pixels.dtype == np.uint8
        assert pixels.shape[2] == 3


def test_the_default_name_tells_the_patient_only_where_wanted(two_knees: Examination) -> None:
    assert report_name(two_knees, ReportOptions(study_code="KOA-1")) == "knee report KOA-1"
    assert report_name(two_knees, ALL) == "knee report Παπαδόπουλος, Ελένη 2026-03-12"
    bare = replace(two_knees, radiograph=replace(two_knees.radiograph, header=Header()))
    assert report_name(bare, ALL) == "knee report knees"


@pytest.mark.usefixtures("iso_dates")
def test_dates_are_written_in_the_style_in_use(
    two_knees: Examination, radiograph: Radiograph
) -> None:
    html = report_html(two_knees, radiograph, ALL).html
    assert "1961-03-04" in html
    assert "2026-04-05, 06:07" in html


def test_what_reading_changed_is_in_the_report(
    two_knees: Examination, radiograph: Radiograph
) -> None:
    note = Message.of(Note.STORED_MIRRORED)
    noted = replace(two_knees, radiograph=replace(two_knees.radiograph, notes=(note,)))
    assert sentence(note) in report_html(noted, radiograph).html
    assert sentence(note) not in report_html(two_knees, radiograph).html
