"""What is said of a knee's joint space, on the screen and in exports."""

from __future__ import annotations

from collections.abc import Iterable

from koa_desktop.joint_space.measure import Compartment, JointSpace, Width

# A compartment below this share of the condyles' width is called narrowed: 95 of 100 knees of
# KL 0 are wider. 5th percentile of the minimal widths that were measured, and not flagged, on the
# KL 0 crops of Chen's training split (2,120 medial, 2,070 lateral of 2,286). On the validation
# split: 10 % of KL 0 knees have a narrowed compartment, 20 % of KL 2, 68 % of KL 3.
NARROWED = {"medial": 0.0336, "lateral": 0.0437}
CORRECTED = "The margins were corrected by the reader."

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


def sentence(space: JointSpace) -> str:
    """Return the minimal widths and where millimetres come from, or why there are none.

    Like `Medial space 2.1 mm (lateral 5.4 mm), at the detector: narrowed.`
    """
    if space.reason:
        return f"Joint space can't be measured. {space.reason}"
    (name, part), *others = leading_first(space)
    beside = ", ".join(f"{other} {_value_or_none(found)}" for other, found in others)
    shares = any(
        one.minimal and one.minimal.millimetres is None for _, one in [(name, part), *others]
    )
    said = f"{_capital(name)} space {_value_or_none(part)}" + (f" ({beside})" if beside else "")
    said += " of the condyle width" if shares else ""
    said += f", {space.spacing_origin.value}" if space.spacing_origin else ""
    found = [narrowed(*one) for one in ((name, part), *others)]
    word = ": both narrowed" if all(found) and len(found) > 1 else ": narrowed" if found[0] else ""
    return f"{said}{word}."


def doubts(space: JointSpace) -> list[str]:
    """Return every reason to look twice, once, with the compartments it holds for."""
    named = [] if space.reason else compartments(space)
    sentences = dict.fromkeys(part.flag or part.reason for _, part in named)
    return [
        f"{_capital(' and '.join(n for n, p in named if (p.flag or p.reason) == text))}: {text}"
        for text in sentences
        if text
    ]


def notes(space: JointSpace) -> list[str]:
    """Return every reason to look twice, and that the reader corrected the margins."""
    return [*doubts(space), *([CORRECTED] if space.correction else [])]


def compared(space: JointSpace, others: Iterable[tuple[str, JointSpace]]) -> str:
    """Return the same compartment elsewhere, as `Medial: other knee 4.8 mm · 2019-03-02 3.9 mm`.

    `others` are what they are called, and their joint spaces. Widths whose scales come from
    different sources are compared as shares of the condyles' width. Empty where there are none.
    """
    if space.reason:
        return ""
    name, part = leading_first(space)[0]
    said = []
    for label, other in others:
        match = dict(compartments(other)).get(name)
        if part.minimal is None or match is None or match.minimal is None:
            continue
        unsure = " (unsure)" if match.flag else ""
        if other.spacing_origin is space.spacing_origin:
            said.append(f"{label} {value(match.minimal)}{unsure}")
        else:
            here, there = (100 * one.share for one in (part.minimal, match.minimal))
            said.append(f"{label} {there:.1f} % of the condyle width, here {here:.1f} %{unsure}")
    return f"{_capital(name)}: {' · '.join(said)}" if said else ""


def leading_first(space: JointSpace) -> list[Named]:
    """Return the compartments, a narrowed one before others, the narrower of two in front."""
    return sorted(compartments(space), key=_rank)


def _rank(named: Named) -> tuple[int, float]:
    name, part = named
    if narrowed(name, part) and part.minimal is not None:
        return 0, part.minimal.share / NARROWED.get(name, 1)
    return (2 if part.reason else 1), 0.0


def _value_or_none(part: Compartment) -> str:
    return value(part.minimal) if part.minimal is not None else "can't be measured"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
