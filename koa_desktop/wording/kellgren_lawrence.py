"""The Kellgren-Lawrence grades in words: name, meaning, and what to look for on the film."""

from __future__ import annotations

from koa_desktop.grading.kellgren_lawrence import GRADE_NAMES
from koa_desktop.wording.language import translated

# The context of the grades' names in the catalogues.
GRADE_CONTEXT = "Kellgren-Lawrence grade"
# After Kellgren and Lawrence 1957, grade 0 first.
MEANINGS = (
    "No sign of osteoarthritis.",
    "Doubtful narrowing of the joint space, possible osteophytic lipping.",
    "Definite osteophytes, possible narrowing of the joint space.",
    "Several osteophytes, definite narrowing, some sclerosis, possible deformity of the bone ends.",
    "Large osteophytes, marked narrowing, severe sclerosis, definite deformity of the bone ends.",
)
SIGNS = (
    "Look for: smooth, sharp bone margins; both joint spaces of full height.",
    "Look for: a pointed margin that may still be normal; pointed tibial spines.",
    "Look for: a definite osteophyte at one of the four margins. It separates KL 2 from KL 1.",
    "Look for: one compartment lower than the other; a dense subchondral line.",
    "Look for: bones close to contact; flattened condyles, cysts, a shifted axis.",
)


def grade_name(grade: int) -> str:
    """Return the name of a grade (0..4): `Minimal`."""
    return translated(GRADE_NAMES[grade], GRADE_CONTEXT)


def grade_meaning(grade: int) -> str:
    """Return what a grade (0..4) means."""
    return translated(MEANINGS[grade])


def grade_signs(grade: int) -> str:
    """Return what to look for where a grade (0..4) is in question."""
    return translated(SIGNS[grade])
