"""Sentences of flags and refusals."""

from __future__ import annotations

from koa_desktop.examination.findings import Flag, Refusal
from koa_desktop.message import Code

TEMPLATES: dict[Code, str] = {
    Flag.WIDE_SET: "The model is uncertain: three or more grades are possible.",
    Flag.CLOSE_GRADES: "Two grades are almost equally probable.",
    Flag.BORDERLINE: (
        "Borderline: the grade and the probability of KL 2 or more contradict each other."
    ),
    Flag.NARROWED: "A joint space is narrowed although the grade is KL 0: check both.",
    Flag.NO_OSTEOPHYTE: (
        "KL 2 without an osteophyte: grade and OARSI readings contradict each other."
    ),
    Flag.NO_NARROWING: (
        "KL 3 or 4 without narrowing: grade and OARSI readings contradict each other."
    ),
    Flag.OSTEOPHYTE: (
        "A definite osteophyte below KL 2: grade and OARSI readings contradict each other."
    ),
    Flag.NARROWING: (
        "Moderate or severe narrowing below KL 3: grade and OARSI readings contradict each other."
    ),
    Flag.OUT_OF_DISTRIBUTION: "This knee looks unlike those on which the model was trained.",
    Flag.CUT_BY_BORDER: (
        "The box reaches beyond the border of the film; the missing part was filled in."
    ),
    Flag.LOW_CONTRAST: "The contrast is very low.",
    Flag.OTHER_SIDE: "The position of the fibula suggests the other side: check right and left.",
    Flag.SAME_SIDE: "Two knees on this film have the same side: check right and left.",
    Flag.HEADER_SIDE: "The file's header names the other side: check right and left.",
    Flag.LETTER_SIDE: "The letter on the film names the other side: check right and left.",
    Flag.LETTER_MIRRORED: (
        "A letter on the film is mirrored: the film may be mirrored, with right and left exchanged."
    ),
    Flag.ON_REQUEST: "Graded on request, against the program's advice.",
    Flag.STORED_INVERTED: (
        "The reader marked this film as stored inverted: dark and bright were exchanged for "
        "grading."
    ),
    Refusal.NO_KNEE: "The program found no knee on this film and graded nothing.",
    Refusal.IMPLANT: "This is an artificial joint: Kellgren-Lawrence grades do not apply to it.",
    Refusal.NOT_FRONTAL: "This is not a frontal view. Only frontal views of the knee are graded.",
    Refusal.OTHER: "This does not look like a radiograph of a knee.",
    Refusal.TOO_SMALL: "The knee is only {size:.0f} pixels wide; at least {least} are needed.",
    Refusal.CUT_BY_BORDER: (
        "The knee is cut by the border: {share:.0%} of the box lies outside the film."
    ),
    Refusal.UNEXPECTED: "An error in the program prevented the grading of this file.",
}
