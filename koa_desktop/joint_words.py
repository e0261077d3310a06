"""What is said of a knee's joint space, on the screen and in exports."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from koa_desktop.joint_space import Compartment, JointSpace, Width

# A compartment below this share of the condyles' width is called narrowed: 95 of 100 knees of
# KL 0 are wider. 5th percentile of the minimal widths that were measured, and not flagged, on the
# KL 0 crops of Chen's training split (2,120 medial, 2,070 lateral of 2,286). On the validation
# split: 10 % of KL 0 knees have a narrowed compartment, 20 % of KL 2, 68 % of KL 3.
NARROWED = {"medial": 0.0336, "lateral": 0.0437}

# Whole phrases, so that they can be translated; `{0}` is a width, or the phrase before.
CORRECTED = "The margins were corrected by the reader."
NOT_MEASURED = "Joint space can't be measured."
NO_VALUE = "can't be measured"
OF_CONDYLES = "{0} of the condyle width"
ONE_NARROWED, BOTH_NARROWED = "{0}: narrowed.", "{0}: both narrowed."
HERE_AND_THERE = "{0} of the condyle width, here {1}"
UNSURE_THERE = "{0} (unsure)"
OF_BOTH = "Both sides: {0}"
_HEADS = {
    "medial": "Medial space {0}",
    "lateral": "Lateral space {0}",
    "viewer's left": "Viewer's left space {0}",
    "viewer's right": "Viewer's right space {0}",
}
_BESIDE = {
    "medial": "medial {0}",
    "lateral": "lateral {0}",
    "viewer's left": "viewer's left {0}",
    "viewer's right": "viewer's right {0}",
}
_OF = {
    "medial": "Medial: {0}",
    "lateral": "Lateral: {0}",
    "viewer's left": "Viewer's left: {0}",
    "viewer's right": "Viewer's right: {0}",
}

Say = Callable[[str], str]
Named = tuple[str, Compartment]


def compartments(space: JointSpace) -> list[Named]:
    """Return both compartments by name: medial and lateral, else the viewer's left and right."""
    named = (
        (("viewer's left", space.left), ("viewer's right", space.right))
        if space.side is None
        else (("medial", space.medial), ("lateral", space.lateral))
    )
    return [(name, part) for name, part in named if part is not None]


def value(width: Width) -> str:
    """Return a width in millimetres, `2.1 mm`; without a scale `2.6 %` of the condyles' width."""
    return (
        f"{100 * width.share:.1f} %" if width.millimetres is None else f"{width.millimetres:.1f} mm"
    )


def narrowed(name: str, part: Compartment) -> bool:
    """Tell whether a compartment may be called narrowed; one whose margins are unsure may not."""
    limit = NARROWED.get(name, min(NARROWED.values()))
    return part.minimal is not None and not part.flag and part.minimal.share < limit


def sentence(space: JointSpace, say: Say = str) -> str:
    """Return the minimal widths and where millimetres come from, or why there are none.

    Like `Medial space 2.1 mm (lateral 5.4 mm), at the detector: narrowed.` `say` translates.
    """
    if space.reason:
        return f"{say(NOT_MEASURED)} {say(space.reason)}"
    (name, part), *others = leading_first(space)
    said = say(_HEADS[name]).format(_value_or_none(part, say))
    beside = [say(_BESIDE[other]).format(_value_or_none(found, say)) for other, found in others]
    said += f" ({', '.join(beside)})" if beside else ""
    if space.spacing_origin is None:
        said = say(OF_CONDYLES).format(said)
    else:
        said = f"{said}, {say(space.spacing_origin.value)}"
    found = [narrowed(*one) for one in ((name, part), *others)]
    if not found[0]:
        return f"{said}."
    return say(BOTH_NARROWED if all(found) and len(found) > 1 else ONE_NARROWED).format(said)


def doubts(space: JointSpace, say: Say = str) -> list[str]:
    """Return every reason to look twice, once, with the compartments it holds for."""
    named = [] if space.reason else compartments(space)
    sentences = dict.fromkeys(part.flag or part.reason for _, part in named)
    found = []
    for text in filter(None, sentences):
        names = [name for name, part in named if (part.flag or part.reason) == text]
        head = _OF[names[0]] if len(names) == 1 else OF_BOTH
        found.append(say(head).format(say(text)))
    return found


def notes(space: JointSpace) -> list[str]:
    """Return every reason to look twice, and that the reader corrected the margins."""
    return [*doubts(space), *([CORRECTED] if space.correction else [])]


def compared(space: JointSpace, others: Iterable[tuple[str, JointSpace]], say: Say = str) -> str:
    """Return the same compartment elsewhere, as `Medial: other knee 4.8 mm · 2019-03-02 3.9 mm`.

    `others` are what they are called, and their joint spaces. Widths whose scales come from
    different sources are compared as shares of the condyles' width. Empty where there are none.
    """
    if space.reason:
        return ""
    name, part = leading_first(space)[0]
    found = []
    for label, other in others:
        match = dict(compartments(other)).get(name)
        if part.minimal is None or match is None or match.minimal is None:
            continue
        if other.spacing_origin is space.spacing_origin:
            said = f"{label} {value(match.minimal)}"
        else:
            here, there = (f"{100 * one.share:.1f} %" for one in (part.minimal, match.minimal))
            said = say(HERE_AND_THERE).format(f"{label} {there}", here)
        found.append(say(UNSURE_THERE).format(said) if match.flag else said)
    return say(_OF[name]).format(" · ".join(found)) if found else ""


def leading_first(space: JointSpace) -> list[Named]:
    """Return the compartments, a narrowed one before others, the narrower of two in front."""
    return sorted(compartments(space), key=_rank)


def _rank(named: Named) -> tuple[int, float]:
    name, part = named
    if narrowed(name, part) and part.minimal is not None:
        return 0, part.minimal.share / NARROWED.get(name, 1)
    return (2 if part.reason else 1), 0.0


def _value_or_none(part: Compartment, say: Say) -> str:
    return value(part.minimal) if part.minimal is not None else say(NO_VALUE)
