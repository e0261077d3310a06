"""The words on two compared films: each one's result, how they differ, and whose they are."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from koa_desktop.gui.film.overlay_data import joint_of
from koa_desktop.gui.session.case import Case
from koa_desktop.gui.session.comparison import Half, in_order, same_patient, study_date
from koa_desktop.joint_space.measure import JointSpace
from koa_desktop.radiograph import Side
from koa_desktop.wording import decision_lines
from koa_desktop.wording.joint_space import lines as joint_space_lines
from koa_desktop.wording.kellgren_lawrence import grade_name
from koa_desktop.wording.language import date_text, labelled

translate = QCoreApplication.translate


def side_name(half: Half) -> str:
    """Return which knee this is: `Right knee`."""
    return {
        Side.RIGHT: translate("Compare", "Right knee"),
        Side.LEFT: translate("Compare", "Left knee"),
        None: translate("Compare", "Knee"),
    }[_side(half)]


def verdict(half: Half) -> str:
    """Return a knee's grade and whose it is: `KL 3 Moderate · likely range KL 2–3`."""
    if half.marked is None:
        return translate("Compare", "no knee was found")
    finding, given = half.case.finding(half.marked), half.marked.reader_grade
    grade = half.case.final_grade(half.marked)
    if grade is None:
        return translate("Compare", "not graded")
    words = [f"KL {grade} {grade_name(grade)}"]
    if given is not None:
        words.append(decision_lines.choice(half.marked.decision))
        words.append(decision_lines.model_now(half.marked.decision, finding.grade))
    elif finding.set_text:
        members = finding.set_text.replace("-", "–")
        words.append(translate("Compare", "likely range KL {0}").format(members))
    return " · ".join(word for word in words if word)


def widths(half: Half) -> str:
    """Return a knee's joint widths; empty where they are not known yet."""
    space = _space(half)
    return joint_space_lines.widths_line(space) if space is not None else ""


def difference(halves: tuple[Half, Half]) -> str:
    """Return how grade and widths differ, from the earlier film to the later one.

    Like `Right to left: KL 3 → 1 · medial space 2.6 → 4.1 mm, at the detector`. Empty where there
    is nothing to compare, and where the films are of two patients.
    """
    first, second = in_order(halves)
    if first.marked is None or second.marked is None:
        return ""
    if same_patient(first.case, second.case) is False:
        return ""
    changes = [_grades(first, second), _widths(first, second)]
    told = " · ".join(change for change in changes if change)
    return labelled(_way(halves), told) if told else ""


def warning(halves: tuple[Half, Half]) -> str:
    """Return why the comparison may mislead; empty where nothing speaks against it."""
    first, second = (half.case for half in halves)
    same = same_patient(first, second)
    if same is False:
        text = translate("Compare", "Two different patients: {0} and {1}")
        return text.format(_patient(first), _patient(second))
    if same is None:
        return translate(
            "Compare",
            "It is unknown whether both films show the same patient: a patient ID is missing.",
        )
    sides = {_side(half) for half in halves} - {None}
    if first is not second and len(sides) == 2:
        return translate("Compare", "The films show different knees.")
    return ""


def described(case: Case) -> str:
    """Return a case in one line: name, date, grades."""
    parts = (case.title, date_text(study_date(case)), case.grades_text())
    return " · ".join(part for part in parts if part)


def _way(halves: tuple[Half, Half]) -> str:
    """Return which film a change leads from, and to which."""
    first, second = in_order(halves)
    days = [study_date(half.case) for half in (first, second)]
    if first.case is second.case:
        return translate("Compare", "{0} to {1}").format(
            side_name(first), side_name(second).casefold()
        )
    if None not in days and days[0] != days[1]:
        return translate("Compare", "{0} to {1}").format(*map(date_text, days))
    return translate("Compare", "First film to second")


def _grades(first: Half, second: Half) -> str:
    one, two = (half.marked and half.case.final_grade(half.marked) for half in (first, second))
    if one is None or two is None:
        return ""
    if one == two:
        return translate("Compare", "KL {0} in both").format(one)
    return translate("Compare", "KL {0} → {1}").format(one, two)


def _widths(first: Half, second: Half) -> str:
    one, two = _space(first), _space(second)
    return joint_space_lines.changed(one, two) if one is not None and two is not None else ""


def _space(half: Half) -> JointSpace | None:
    return joint_of(half.case, half.marked)[1] if half.marked else None


def _side(half: Half) -> Side | None:
    return half.case.knee(half.marked).side if half.marked else None


def _patient(case: Case) -> str:
    header = case.header
    named = " · ".join(part for part in (header.patient_name, header.patient_id) if part)
    return named or case.path.name
