"""Sentences on a patient's data that cannot be right."""

from __future__ import annotations

from koa_desktop.examination.identity import IdentityProblem
from koa_desktop.message import Code

TEMPLATES: dict[Code, str] = {
    IdentityProblem.NAME_TOO_LONG: "A name has at most {most} letters.",
    IdentityProblem.NAME_LETTERS: "A name cannot contain \\, ^ or =.",
    IdentityProblem.ID_TOO_LONG: "An ID has at most {most} letters.",
    IdentityProblem.ID_LETTERS: "An ID cannot contain \\, ^ or =.",
    IdentityProblem.BORN_LATER: "The date of birth lies in the future.",
    IdentityProblem.BORN_TOO_EARLY: "The date of birth is more than {years} years ago.",
    IdentityProblem.TAKEN_LATER: "The study date lies in the future.",
    IdentityProblem.TAKEN_TOO_EARLY: "The study date lies before the discovery of X-rays.",
    IdentityProblem.TAKEN_BEFORE_BIRTH: "The study date lies before the date of birth.",
}
