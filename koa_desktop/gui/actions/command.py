"""A command of the program, and the conditions that enable it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Flag, auto
from typing import Any


class When(Flag):
    """Conditions of an action; all of them must hold."""

    ALWAYS = 0
    CASES = auto()  # a case in the list
    CASE = auto()  # one is shown
    FILM = auto()  # with its radiograph
    KNEE = auto()  # with a chosen knee
    KNEES = auto()  # with more than one
    PLACED = auto()  # that is no mere proposal
    PROPOSED = auto()  # that is one
    DECIDED = auto()  # on which the reader has decided, or the film without knees
    GRADED = auto()  # with a graded or refused knee
    UNDO = auto()
    REDO = auto()
    WAITING = auto()  # cases that were left waiting
    CORRECTED = auto()  # with a knee whose joint margins the reader drew
    MASKED = auto()  # with an area that the reader has masked
    READINGS = auto()  # with a knee that has an OARSI reading above 0
    LEAVABLE = auto()  # something that Escape ends
    ALONE = auto()  # one film, not two that are compared
    NEXT = auto()  # a case below the shown one
    PREVIOUS = auto()  # one above
    FOLLOWED = auto()  # other films of the shown patient
    UNREAD = auto()  # another case that is unread
    SIGNABLE = auto()  # a case whose reading can be signed now
    FINAL = auto()  # one whose reading is signed


@dataclass(frozen=True, slots=True)
class Command:
    """One row of the table.

    `handler` is a path of attributes from the window. `scope` names the window's part that must
    have the focus for the shortcut to act; empty is the whole window. `group` makes a choice, which
    is `optional` where none of the group need be ticked. `label` is a shorter word for the toolbar;
    `submenu` the title of the menu it stands in. A command that `draws` over the film shows the
    overlays again where all are hidden.
    """

    id: str
    text: str
    handler: str
    shortcut: str | tuple[str, ...] = ()
    when: When = When.ALWAYS
    icon: str = ""
    label: str = ""
    submenu: str = ""
    checkable: bool = False
    argument: Any = None
    scope: str = ""
    group: str = ""
    optional: bool = False
    draws: bool = False


FILM = When.CASE | When.FILM
KNEE = FILM | When.KNEE
PLACED = KNEE | When.PLACED
ALONE = FILM | When.ALONE
SEPARATOR = None
# The commands after which the next click on the film draws or measures; one of them at a time.
TOOL: dict[str, Any] = {"checkable": True, "group": "tool", "optional": True, "draws": True}

# A plain string stands for a submenu that is filled elsewhere.
Entry = Command | str | None
