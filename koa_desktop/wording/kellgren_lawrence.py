"""The Kellgren-Lawrence grades in words: name, meaning, and what to look for on the film."""

from __future__ import annotations

from koa_desktop.grading.kellgren_lawrence import GRADE_NAMES
from koa_desktop.wording.language import translated

# After Kellgren and Lawrence 1957, grade 0 first.
MEANINGS = (
    "No sign of osteoarthritis.",
    "A doubtful narrowing of the joint space, perhaps a small bony lip.",
    "Definite osteophytes; the joint space not narrowed, or only perhaps.",
    "Several osteophytes, definite narrowing, some sclerosis, perhaps deformed ends.",
    "Large osteophytes, marked narrowing, severe sclerosis, bone ends deformed.",
)
SIGNS = (
    "Look for: smooth, sharp bone margins; both joint spaces of full height.",
    "Look for: a margin drawn out to a point that may yet be normal; tibial spines.",
    "Look for: a true lip of bone at any of the four margins. It decides 1 against 2.",
    "Look for: one side lower than the other; a dense white line below the cartilage.",
    "Look for: bone close to bone; flattened condyles, cysts, the axis shifted.",
)


def grade_name(grade: int) -> str:
    """Return the name of a grade (0..4): `Minimal`."""
    return translated(GRADE_NAMES[grade])


def grade_meaning(grade: int) -> str:
    """Return what a grade (0..4) means."""
    return translated(MEANINGS[grade])


def grade_signs(grade: int) -> str:
    """Return what to look for where a grade (0..4) is in question."""
    return translated(SIGNS[grade])
