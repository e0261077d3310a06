"""Lines on a knee's joint space, on the screen and in exports."""

from __future__ import annotations

from collections.abc import Iterable
from math import hypot

from koa_desktop.joint_space.measure import (
    Compartment,
    CompartmentName,
    JointSpace,
    JointSpaceFlag,
    Width,
)
from koa_desktop.joint_space.narrowing import Named, leading_first, narrowed
from koa_desktop.message import Message
from koa_desktop.wording.joint_space.templates import Phrase
from koa_desktop.wording.sentences import capitalised, sentence


def width_text(width: Width, error: Width | None = None) -> str:
    """Return a width in millimetres, `2.1 mm`, or that bone meets bone.

    With its standard error it is `2.1 ± 0.4 mm`. Without a scale it is a share of the condyles'
    width, `2.6 %`.
    """
    if width.share == 0:
        return sentence(Phrase.CONTACT)
    if width.millimetres is None:
        percent = 100 * width.share
        if error is None:
            return sentence(Message.of(Phrase.SHARE, percent=percent))
        return sentence(Message.of(Phrase.SHARE_ERROR, percent=percent, error=100 * error.share))
    code, told = Phrase.MILLIMETRES, {"millimetres": width.millimetres}
    if error is not None and error.millimetres is not None:
        code, told = Phrase.MILLIMETRES_ERROR, {**told, "error": error.millimetres}
    return sentence(Message.of(code, **told))


def width_or_none(part: Compartment | None) -> str:
    """Return a compartment's minimal width with its error, or that it cannot be measured."""
    if part is None or part.minimal is None:
        return sentence(Phrase.NO_WIDTH)
    return width_text(part.minimal, part.error)


def error_note(space: JointSpace | None) -> str:
    """Return how the errors beside widths are meant; empty where no width has one."""
    named = [] if space is None or space.reason else space.named_compartments
    # Bone on bone is told without an error.
    told = any(part.error and part.minimal and part.minimal.share for _, part in named)
    return sentence(Phrase.ERROR_NOTE) if told else ""


def judged(name: CompartmentName, part: Compartment, width: str) -> str:
    """Return a compartment's width with what is said of it: `2.1 mm: narrowed`."""
    if part.minimal is not None and part.flag:
        return sentence(Message.of(Phrase.UNSURE_WIDTH, width=width))
    return width + (sentence(Phrase.NARROWED) if narrowed(name, part) else "")


def widths_line(space: JointSpace, *, in_full: bool = False) -> str:
    """Return the minimal widths and the source of the scale, or why there are none.

    Like `Medial space 2.1 mm (lateral 5.4 mm), at the detector: narrowed.` What is narrowed is said
    `in_full` where the reading of narrowing, which may differ, stands beside it.
    """
    if space.reason:
        reason = sentence(space.reason)
        return sentence(Message.of(Phrase.NOT_MEASURED, reason=reason))
    (name, part), *others = ordered = leading_first(space)
    message = Message.of(
        Phrase.WIDTHS,
        name=sentence(name),
        width=width_or_none(part),
        others=_others(others),
        scale=sentence(Phrase.OF_CONDYLE_WIDTH) if _is_without_scale(ordered) else "",
        origin=_origin(space),
        verdict=_verdict(ordered, in_full=in_full),
    )
    return capitalised(sentence(message))


def doubts(space: JointSpace) -> list[str]:
    """Return each reason for a review once, with the compartments that it concerns."""
    named = [] if space.reason else space.named_compartments
    reasons = dict.fromkeys(part.reason or part.flag for _, part in named)
    return [
        capitalised(
            sentence(
                Message.of(
                    Phrase.DOUBT,
                    names=_both(
                        [name for name, part in named if (part.reason or part.flag) is reason]
                    ),
                    reason=sentence(reason),
                )
            )
        )
        for reason in reasons
        if reason
    ]


def notes(space: JointSpace) -> list[str]:
    """Return the reasons for a review, and whether the reader corrected the margins."""
    return [*doubts(space), *([sentence(JointSpaceFlag.CORRECTED)] if space.correction else [])]


def compared(space: JointSpace, others: Iterable[tuple[str, JointSpace]]) -> str:
    """Return the same compartment elsewhere, as `Medial: other knee 4.8 mm · 02 Mar 2019 3.9 mm`.

    `others` are labels and joint spaces. Widths whose scales come from different sources are
    compared as shares of the condyles' width, those of another version of the margin networks are
    not told. Empty where there is nothing to compare.
    """
    if space.reason:
        return ""
    name, part = leading_first(space)[0]
    lines = [
        _elsewhere(part, space, label, match, other)
        for label, other in others
        for match in [dict(other.named_compartments).get(name)]
        if match is not None and match.minimal is not None and part.minimal is not None
    ]
    if not lines:
        return ""
    message = Message.of(Phrase.COMPARED, name=sentence(name), others=" · ".join(lines))
    return capitalised(sentence(message))


def changed(before: JointSpace, after: JointSpace) -> str:
    """Return how each compartment's minimal width differs: `medial space 4.1 → 2.6 mm`.

    Widths whose scales come from different sources are compared as shares of the condyles' width;
    it is said where they come from different versions of the margin networks. Empty where no
    compartment was measured in both.
    """
    earlier = {} if before.reason else dict(before.named_compartments)
    later = {} if after.reason else dict(after.named_compartments)
    in_mm = before.spacing_origin is not None and before.spacing_origin is after.spacing_origin
    lines = [
        _change(name, earlier[name], part, in_mm=in_mm)
        for name, part in later.items()
        if name in earlier
    ]
    lines = [line for line in lines if line]
    if not lines:
        return ""
    if before.version != after.version:
        return sentence(Phrase.NOT_COMPARABLE)
    origin = _origin(after) if in_mm else ""
    return sentence(Message.of(Phrase.CHANGES, changes=" · ".join(lines), origin=origin))


def _change(name: CompartmentName, before: Compartment, after: Compartment, *, in_mm: bool) -> str:
    earlier, later = before.minimal, after.minimal
    if earlier is None or later is None:
        return ""
    told: dict[str, object] = {"name": sentence(name)}
    errors = [one.error.millimetres if one.error else None for one in (before, after)]
    if not in_mm:
        told |= {"before": 100 * earlier.share, "after": 100 * later.share}
        code = Phrase.CHANGE_SHARE
    else:
        told |= {"before": earlier.millimetres, "after": later.millimetres}
        code = Phrase.CHANGE
        if None not in (*errors, earlier.millimetres, later.millimetres):
            change = (later.millimetres or 0) - (earlier.millimetres or 0)
            told |= {"change": change, "error": hypot(*(one or 0 for one in errors))}
            code = Phrase.CHANGE_ERROR
    line = sentence(Message.of(code, **told))
    unsure = before.flag or after.flag
    return sentence(Message.of(Phrase.UNSURE_WIDTH, width=line)) if unsure else line


def _elsewhere(
    part: Compartment, space: JointSpace, label: str, match: Compartment, other: JointSpace
) -> str:
    if part.minimal is None or match.minimal is None:
        return ""
    if other.version != space.version:
        return sentence(Message.of(Phrase.ELSEWHERE_OTHER_VERSION, label=label))
    if other.spacing_origin is space.spacing_origin:
        message = Message.of(Phrase.ELSEWHERE, label=label, width=width_text(match.minimal))
    else:
        here, there = (100 * one.share for one in (part.minimal, match.minimal))
        message = Message.of(Phrase.ELSEWHERE_SHARE, label=label, here=here, there=there)
    line = sentence(message)
    return sentence(Message.of(Phrase.UNSURE_WIDTH, width=line)) if match.flag else line


def _others(named: list[Named]) -> str:
    if not named:
        return ""
    widths = [
        sentence(Message.of(Phrase.OTHER, name=sentence(name), width=width_or_none(part)))
        for name, part in named
    ]
    return sentence(Message.of(Phrase.OTHERS, others=", ".join(widths)))


def _is_without_scale(named: list[Named]) -> bool:
    widths = [part.minimal for _, part in named if part.minimal is not None]
    return any(width.millimetres is None and width.share for width in widths)


def _origin(space: JointSpace) -> str:
    if not space.spacing_origin:
        return ""
    return sentence(Message.of(Phrase.ORIGIN, origin=sentence(space.spacing_origin)))


def _verdict(named: list[Named], *, in_full: bool) -> str:
    found = [narrowed(name, part) for name, part in named]
    if all(found) and len(found) > 1:
        return sentence(Phrase.BOTH_NARROWER if in_full else Phrase.BOTH_NARROWED)
    one = Phrase.NARROWER if in_full else Phrase.NARROWED
    return sentence(one) if found[0] else ""


def _both(names: list[CompartmentName]) -> str:
    first, *second = map(sentence, names)
    return sentence(Message.of(Phrase.BOTH, first=first, second=second[0])) if second else first
