"""Findings and impression: contents, place in the report, and what puts them out of date."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from koa_desktop.examination.decision import Choice, Decision, Obstacle
from koa_desktop.examination.dictation import Dictation
from koa_desktop.examination.examiner import Examination, ExaminedKnee
from koa_desktop.joint_space.measure import scaled
from koa_desktop.radiograph import PixelSpacing, Radiograph, SpacingOrigin
from koa_desktop.report import words
from koa_desktop.report.html import LONG_WORDS, report_html
from tests.support.replaced_knee import with_knee

Change = Callable[[Examination], Examination]


def not_gradable(obstacle: Obstacle, remark: str = "") -> Decision:
    return Decision(Choice.NOT_GRADABLE, 2, "koa 9.8.7", "2026-03-12T00:00:00", obstacle, remark)


def right_knee(**changes: object) -> Change:
    def changed(examination: Examination) -> Examination:
        right: ExaminedKnee = replace(examination.knees[0], **changes)  # type: ignore[arg-type]
        return with_knee(examination, 0, right)

    return changed


def calibrated(examination: Examination) -> Examination:
    """The same widths, twice as many millimetres."""
    space = examination.knees[0].joint_space
    assert space is not None
    spacing = PixelSpacing(0.286, 0.286, SpacingOrigin.BY_OBJECT)
    return right_knee(joint_space=scaled(space, spacing))(examination)


def dictated(examination: Examination, seen: str = "Seen.", meant: str = "Meant.") -> Examination:
    return replace(examination, dictation=words.dictation_of(examination, seen, meant))


CHANGES: dict[str, Change] = {
    "grade": right_knee(reader_grade=4),
    "taken back": right_knee(reader_grade=None),
    "comment": right_knee(comment="Loose body."),
    "not gradable": right_knee(decision=not_gradable(Obstacle.IMPLANT), reader_grade=None),
    "scale": calibrated,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_changes_the_programs_paragraphs_puts_the_readers_out_of_date(
    measured: Examination, change: Change
) -> None:
    written = dictated(measured)
    assert not words.is_out_of_date(written)
    made = words.findings(measured), words.impression(measured)
    changed = change(measured)
    assert (words.findings(changed), words.impression(changed)) != made
    assert words.is_out_of_date(change(written))


def test_the_models_grade_that_the_reader_confirms_is_a_change(measured: Examination) -> None:
    unread = right_knee(reader_grade=None)(measured)
    written = dictated(unread)
    confirmed = right_knee(reader_grade=unread.knees[0].finding.grade)(written)
    assert words.is_out_of_date(confirmed)


def test_another_reason_puts_the_paragraphs_out_of_date(no_knee: Examination) -> None:
    decided = replace(no_knee, decision=not_gradable(Obstacle.OTHER, "plaster cast"))
    written = dictated(decided)
    assert words.is_out_of_date(replace(written, decision=None))
    other = not_gradable(Obstacle.OTHER, "wet film")
    assert words.is_out_of_date(replace(written, decision=other))
    assert not words.is_out_of_date(written)


def test_of_a_knee_that_is_not_gradable_only_that_and_the_comment_are_said(
    with_readings: Examination, measured: Examination
) -> None:
    space = measured.knees[0].joint_space
    read = right_knee(joint_space=space, comment="Loose body.")(with_readings)
    assert "narrowing" in words.findings(read)
    decided = right_knee(decision=not_gradable(Obstacle.OTHER, "Plaster cast."))(read)
    first = words.findings(decided).splitlines()[0]
    assert first == "Right knee: seen by the reader, not gradable: Plaster cast. Loose body."
    assert words.readings(read)
    assert words.readings(decided) == []


@pytest.mark.parametrize(
    ("seen", "meant", "findings_beside", "impression_beside"),
    [
        (LONG_WORDS // 2, LONG_WORDS // 3, True, True),
        (LONG_WORDS // 2, LONG_WORDS // 2 + 50, False, True),
        (10, LONG_WORDS + 50, False, False),
    ],
)
def test_long_paragraphs_leave_the_box_beside_the_film(
    two_knees: Examination,
    radiograph: Radiograph,
    seen: int,
    meant: int,
    findings_beside: bool,
    impression_beside: bool,
) -> None:
    texts = Dictation("s" * seen, "m" * meant, "")
    html = report_html(replace(two_knees, dictation=texts), radiograph).html
    box, below = html.split("</table>", 3)[2:]
    assert ("s" * seen in box) is findings_beside
    assert ("s" * seen in below) is not findings_beside
    assert ("m" * meant in box) is impression_beside
    assert ("m" * meant in below) is not impression_beside


def test_a_narrow_space_does_not_contradict_a_reading_of_no_narrowing(
    measured: Examination,
) -> None:
    """The measured width and the OARSI reading of narrowing may differ."""
    right, _ = words.findings(measured).splitlines()
    assert "both narrower than in 95 of 100 knees of KL 0." in right
    assert "narrowed" not in right
