"""The witnesses of a knee's side, and what contradicts it: header, letters on the film, fibula."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from koa_desktop.examination.findings import Finding, Flag
from koa_desktop.grading.finder import BoxContent
from koa_desktop.grading.letters import Letter
from koa_desktop.knees.box import BoxClass, Knee, SideSource
from koa_desktop.radiograph import RadiographInfo, Side

SURE_SIDE = 0.9  # probability from which the fibula contradicts another source
# Of the distance of two knees: a single letter this near to their middle names neither.
NEAR_THE_MIDDLE = 0.2

_FLAGS = (Flag.OTHER_SIDE, Flag.HEADER_SIDE, Flag.LETTER_SIDE, Flag.LETTER_MIRRORED)


@dataclass(frozen=True, slots=True)
class Witnesses:
    """A knee's side by header and by letters; None if it is not named there."""

    header: Side | None = None
    letter: Side | None = None
    is_mirrored: bool = False  # a letter on the film is

    @classmethod
    def of(
        cls,
        radiograph: RadiographInfo,
        letters: Sequence[Letter],
        knee: Knee,
        knees: Sequence[Knee],
    ) -> Witnesses:
        """Return the witnesses of one of a film's `knees`."""
        return cls(
            radiograph.laterality,
            letter_side(letters, knee, knees),
            any(letter.mirrored for letter in letters),
        )


def letter_side(letters: Sequence[Letter], knee: Knee, knees: Sequence[Knee]) -> Side | None:
    """Return the side that a film's letters name for one of its knees, None where they name none.

    Of two knees, R and L stand in the knees' order, wherever they lie; a single letter names the
    knee on its half of the film.
    """
    places = {
        side: [one.x for one in letters if one.side is side and not one.mirrored] for side in Side
    }
    named = [side for side in Side if places[side]]
    others = [other for other in knees if other.box != knee.box]
    if not named or len(others) > 1:
        return None
    if not others:
        return named[0] if len(named) == 1 else None
    first, second = sorted((knee.box.centre[0], others[0].box.centre[0]))
    middle, distance = (first + second) / 2, second - first
    if len(named) == 2:
        is_usual = max(places[Side.RIGHT]) < min(places[Side.LEFT])
        if not is_usual and not max(places[Side.LEFT]) < min(places[Side.RIGHT]):
            return None
    else:
        at = [x - middle for x in places[named[0]]]
        if min(map(abs, at)) < NEAR_THE_MIDDLE * distance or min(at) < 0 < max(at):
            return None
        is_usual = (at[0] < 0) == (named[0] is Side.RIGHT)
    is_first = knee.box.centre[0] < middle
    return Side.RIGHT if is_first == is_usual else Side.LEFT


def sided(knee: Knee, content: BoxContent, letter: Side | None = None) -> Knee:
    """Return the knee with the side by its fibula or else a letter, where it has none."""
    if knee.side is None and content.side is not None:
        return replace(knee, side=content.side, side_source=SideSource.FIBULA)
    if knee.side is None and letter is not None:
        return replace(knee, side=letter, side_source=SideSource.LETTER)
    return knee


def side_checked(
    finding: Finding, knee: Knee, content: BoxContent, witnesses: Witnesses | None = None
) -> Finding:
    """Return the finding with a flag for each witness that contradicts the knee's side.

    Flags of an earlier check are dropped. The reader's own word is not doubted.
    """
    flags = tuple(flag for flag in finding.flags if flag not in _FLAGS)
    is_knee = finding.box_class in (BoxClass.NATIVE, BoxClass.IMPLANT)
    if is_knee and knee.side is not None and knee.side_source is not SideSource.READER:
        flags += tuple(_contradictions(knee.side, content, witnesses or Witnesses()))
    return replace(finding, flags=flags)


def _contradictions(side: Side, content: BoxContent, witnesses: Witnesses) -> list[Flag]:
    by_fibula = content.side if content.side_probability >= SURE_SIDE else None
    said = {
        Flag.OTHER_SIDE: by_fibula,
        Flag.HEADER_SIDE: witnesses.header,
        Flag.LETTER_SIDE: witnesses.letter,
    }
    flags = [flag for flag, other in said.items() if other not in (None, side)]
    return [*flags, Flag.LETTER_MIRRORED] if witnesses.is_mirrored else flags
