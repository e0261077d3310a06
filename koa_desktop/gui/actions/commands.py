"""The one table of what the program can be told to do: menus, toolbar and keys come from it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Flag, auto
from typing import Any

from koa_desktop.examination.measurements import Kind
from koa_desktop.gui.support.translation import QT_TRANSLATE_NOOP
from koa_desktop.knees.window_presets import Preset


class When(Flag):
    """What an action needs; all of it must hold."""

    ALWAYS = 0
    CASES = auto()  # a case in the list
    CASE = auto()  # one is shown
    FILM = auto()  # with its radiograph
    KNEE = auto()  # with a chosen knee
    PLACED = auto()  # that is no mere proposal
    GRADED = auto()  # with a graded or refused knee
    UNDO = auto()
    REDO = auto()
    WAITING = auto()  # cases that were left waiting
    CORRECTED = auto()  # with a knee whose joint margins the reader drew
    LEAVABLE = auto()  # something that Escape ends
    ALONE = auto()  # one film, not two that are compared


@dataclass(frozen=True, slots=True)
class Command:
    """One row of the table.

    `handler` is a path of attributes from the window. `scope` names the window's part that must
    have the focus for the shortcut to act; empty is the whole window. `group` makes a choice.
    `label` is a shorter word for the toolbar; `submenu` the title of the menu it stands in.
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


_FILM = When.CASE | When.FILM
_KNEE = _FILM | When.KNEE
_PLACED = _KNEE | When.PLACED
_ALONE = _FILM | When.ALONE
SEPARATOR = None

MENUS: dict[str, tuple[Command | str | None, ...]] = {
    QT_TRANSLATE_NOOP("Actions", "&File"): (
        Command(
            "open", QT_TRANSLATE_NOOP("Actions", "&Open…"), "opener.open", "Ctrl+O", icon="open"
        ),
        Command(
            "open_folder",
            QT_TRANSLATE_NOOP("Actions", "Open &folder or CD…"),
            "opener.open_folder",
            "Ctrl+Shift+O",
        ),
        "recent",
        SEPARATOR,
        Command(
            "go_on",
            QT_TRANSLATE_NOOP("Actions", "&Grade the waiting cases"),
            "sitting.go_on",
            when=When.WAITING,
        ),
        Command(
            "remove",
            QT_TRANSLATE_NOOP("Actions", "&Remove from the list"),
            "remove_cases",
            "Del",
            When.CASE,
            scope="case_list.list",
        ),
        Command(
            "search",
            QT_TRANSLATE_NOOP("Actions", "&Search the cases"),
            "case_list.focus_search",
            "Ctrl+F",
            When.CASES,
        ),
        SEPARATOR,
        Command("quit", QT_TRANSLATE_NOOP("Actions", "&Quit"), "close", "Ctrl+Q"),
    ),
    QT_TRANSLATE_NOOP("Actions", "&Edit"): (
        Command("undo", QT_TRANSLATE_NOOP("Actions", "&Undo"), "undo", "Ctrl+Z", When.UNDO),
        Command(
            "redo",
            QT_TRANSLATE_NOOP("Actions", "&Redo"),
            "redo",
            ("Ctrl+Shift+Z", "Ctrl+Y"),
            When.REDO,
        ),
        SEPARATOR,
        Command(
            "sentences",
            QT_TRANSLATE_NOOP("Actions", "Ready &sentences for the comment…"),
            "panel.offer_templates",
            "Ctrl+E",
            _FILM,
        ),
        SEPARATOR,
        Command("reader", QT_TRANSLATE_NOOP("Actions", "Reader's &name…"), "help.ask_reader"),
        Command(
            "preferences",
            QT_TRANSLATE_NOOP("Actions", "&Preferences…"),
            "set_preferences",
            "Ctrl+,",
        ),
    ),
    QT_TRANSLATE_NOOP("Actions", "&View"): (
        Command("fit", QT_TRANSLATE_NOOP("Actions", "&Fit"), "active_view.fit", "F", _FILM, "fit"),
        Command("full", QT_TRANSLATE_NOOP("Actions", "&1:1"), "active_view.one_to_one", "Z", _FILM),
        Command(
            "zoom_knee",
            QT_TRANSLATE_NOOP("Actions", "Zoom to the &knee, and back"),
            "film.view.zoom_to_knee",
            "L",
            _KNEE | When.ALONE,
        ),
        Command(
            "zoom_in",
            QT_TRANSLATE_NOOP("Actions", "Zoom &in"),
            "active_view.zoom_in",
            ("+", "="),
            _FILM,
        ),
        Command(
            "zoom_out",
            QT_TRANSLATE_NOOP("Actions", "Zoom &out"),
            "active_view.zoom_out",
            "-",
            _FILM,
        ),
        Command(
            "reset_window",
            QT_TRANSLATE_NOOP("Actions", "Reset &window"),
            "active_view.reset_window",
            "W",
            _FILM,
            "window",
            QT_TRANSLATE_NOOP("Actions", "Window"),
        ),
        *(
            Command(
                f"window_{preset.name.lower()}",
                text,
                "film.view.show_preset",
                key,
                _KNEE | When.ALONE if preset is Preset.BOX else _ALONE,
                submenu=QT_TRANSLATE_NOOP("Actions", "Win&dow for"),
                argument=preset,
            )
            for preset, text, key in (
                (Preset.FULL, QT_TRANSLATE_NOOP("Actions", "All &grey values"), "G"),
                (Preset.BONE, QT_TRANSLATE_NOOP("Actions", "&Bone"), "B"),
                (Preset.SOFT_TISSUE, QT_TRANSLATE_NOOP("Actions", "Soft &tissue"), "T"),
                (Preset.BOX, QT_TRANSLATE_NOOP("Actions", "The chosen bo&x"), "V"),
            )
        ),
        Command(
            "invert", QT_TRANSLATE_NOOP("Actions", "In&vert"), "reader.invert", "I", _FILM, "invert"
        ),
        SEPARATOR,
        Command(
            "rotate_left",
            QT_TRANSLATE_NOOP("Actions", "Turn to the l&eft"),
            "film.view.rotate_film",
            "Q",
            _ALONE,
            argument=-1,
        ),
        Command(
            "rotate_right",
            QT_TRANSLATE_NOOP("Actions", "Turn to the &right"),
            "film.view.rotate_film",
            "E",
            _ALONE,
            argument=1,
        ),
        Command(
            "mirror",
            QT_TRANSLATE_NOOP("Actions", "&Mirror left to right"),
            "active_view.mirror",
            "X",
            _FILM,
        ),
        Command(
            "reset_view",
            QT_TRANSLATE_NOOP("Actions", "Reset the vie&w"),
            "film.view.reset_view",
            "Ctrl+0",
            _ALONE,
        ),
        SEPARATOR,
        Command(
            "ruler",
            QT_TRANSLATE_NOOP("Actions", "Measure a &length"),
            "film.view.measure",
            "R",
            _ALONE,
            "ruler",
            QT_TRANSLATE_NOOP("Actions", "Ruler"),
            argument=Kind.LENGTH,
        ),
        Command(
            "angle",
            QT_TRANSLATE_NOOP("Actions", "Measure an &angle"),
            "film.view.measure",
            "A",
            _ALONE,
            argument=Kind.ANGLE,
        ),
        Command(
            "magnifier",
            QT_TRANSLATE_NOOP("Actions", "Magnifier (hold the key)"),
            "film.view.magnifier.hold",
            "M",
            _ALONE,
        ),
        Command(
            "header",
            QT_TRANSLATE_NOOP("Actions", "Header of the &file"),
            "headers.show",
            "Ctrl+I",
            When.CASE | When.FILM,
        ),
        SEPARATOR,
        Command(
            "heat",
            QT_TRANSLATE_NOOP("Actions", "&Heat map"),
            "set_heat_visible",
            "H",
            icon="heat",
            checkable=True,
        ),
        Command(
            "outline",
            QT_TRANSLATE_NOOP("Actions", "&Outline"),
            "set_outline_visible",
            "O",
            icon="outline",
            checkable=True,
        ),
        Command(
            "joint",
            QT_TRANSLATE_NOOP("Actions", "&Joint space"),
            "set_joint_visible",
            "D",
            icon="joint",
            label=QT_TRANSLATE_NOOP("Actions", "Joint"),
            checkable=True,
        ),
        Command(
            "blink",
            QT_TRANSLATE_NOOP("Actions", "&Blink the heat map"),
            "blinker.set_on",
            "Shift+H",
            _FILM,
            checkable=True,
        ),
        *(
            Command(
                f"colours_{name}",
                text,
                "set_colour_map",
                submenu=QT_TRANSLATE_NOOP("Actions", "Colours of the heat &map"),
                checkable=True,
                argument=name,
                group="colours",
            )
            for name, text in (
                ("inferno", QT_TRANSLATE_NOOP("Actions", "&Inferno")),
                ("viridis", QT_TRANSLATE_NOOP("Actions", "&Viridis")),
                ("cividis", QT_TRANSLATE_NOOP("Actions", "&Cividis")),
                ("grey", QT_TRANSLATE_NOOP("Actions", "&Grey")),
            )
        ),
        Command(
            "compare",
            QT_TRANSLATE_NOOP("Actions", "&Compare side by side"),
            "set_comparing",
            "C",
            _FILM,
            "compare",
            QT_TRANSLATE_NOOP("Actions", "Compare"),
            checkable=True,
        ),
        Command(
            "leave",
            QT_TRANSLATE_NOOP("Actions", "&End comparing or blinking"),
            "leave",
            "Escape",
            When.LEAVABLE,
        ),
        SEPARATOR,
        *(
            Command(
                f"theme_{name}",
                text,
                "set_theme",
                submenu=QT_TRANSLATE_NOOP("Actions", "&Theme"),
                checkable=True,
                argument=name,
                group="theme",
            )
            for name, text in (
                ("system", QT_TRANSLATE_NOOP("Actions", "As the &system has it")),
                ("light", QT_TRANSLATE_NOOP("Actions", "&Light")),
                ("dark", QT_TRANSLATE_NOOP("Actions", "&Dark")),
            )
        ),
    ),
    QT_TRANSLATE_NOOP("Actions", "&Knee"): (
        Command(
            "next_case",
            QT_TRANSLATE_NOOP("Actions", "&Next case"),
            "case_list.next",
            ("PgDown", "Ctrl+Down"),
            When.CASES,
        ),
        Command(
            "previous_case",
            QT_TRANSLATE_NOOP("Actions", "&Previous case"),
            "case_list.previous",
            ("PgUp", "Ctrl+Up"),
            When.CASES,
        ),
        Command(
            "next_unread",
            QT_TRANSLATE_NOOP("Actions", "Next &unread case"),
            "case_list.next_unread",
            "N",
            When.CASES,
        ),
        Command(
            "previous_unread",
            QT_TRANSLATE_NOOP("Actions", "Previous unrea&d case"),
            "case_list.previous_unread",
            "Shift+N",
            When.CASES,
        ),
        SEPARATOR,
        Command(
            "next_knee", QT_TRANSLATE_NOOP("Actions", "Ne&xt knee"), "reader.next_knee", "J", _KNEE
        ),
        Command(
            "draw",
            QT_TRANSLATE_NOOP("Actions", "&Draw a box"),
            "draw_box",
            "K",
            _FILM,
            "box",
            QT_TRANSLATE_NOOP("Actions", "Box"),
        ),
        Command(
            "swap_side", QT_TRANSLATE_NOOP("Actions", "&Swap side"), "reader.swap_side", "S", _KNEE
        ),
        Command(
            "delete_box",
            QT_TRANSLATE_NOOP("Actions", "Delete &box"),
            "reader.delete_box",
            "Del",
            _KNEE,
            scope="film.view",
        ),
        Command(
            "restore_margins",
            QT_TRANSLATE_NOOP("Actions", "Back to the &measured margins"),
            "reader.restore_margins",
            "Shift+D",
            _KNEE | When.CORRECTED,
        ),
        SEPARATOR,
        Command(
            "agree",
            QT_TRANSLATE_NOOP("Actions", "&Agree, or grade the proposed boxes"),
            "reader.agree",
            ("Return", "Enter"),
            _KNEE,
        ),
        *(
            Command(
                f"grade_{grade}",
                text,
                "reader.give_grade",
                str(grade),
                _PLACED,
                argument=grade,
            )
            for grade, text in enumerate(
                (
                    QT_TRANSLATE_NOOP("Actions", "Grade &0: none"),
                    QT_TRANSLATE_NOOP("Actions", "Grade &1: doubtful"),
                    QT_TRANSLATE_NOOP("Actions", "Grade &2: minimal"),
                    QT_TRANSLATE_NOOP("Actions", "Grade &3: moderate"),
                    QT_TRANSLATE_NOOP("Actions", "Grade &4: severe"),
                )
            )
        ),
        Command(
            "take_back",
            QT_TRANSLATE_NOOP("Actions", "&Take the reader's grade back"),
            "reader.take_back",
            "Backspace",
            _PLACED,
        ),
    ),
    QT_TRANSLATE_NOOP("Actions", "&Report"): (
        Command(
            "report",
            QT_TRANSLATE_NOOP("Actions", "&Report…"),
            "exports.ask",
            "Ctrl+R",
            When.CASES | When.GRADED,
        ),
        Command(
            "print",
            QT_TRANSLATE_NOOP("Actions", "&Print…"),
            "exports.print_report",
            "Ctrl+P",
            When.CASE | When.GRADED,
        ),
        Command(
            "picture",
            QT_TRANSLATE_NOOP("Actions", "Save &picture…"),
            "exports.save_picture",
            "Ctrl+S",
            When.CASE | When.GRADED,
        ),
        Command(
            "table",
            QT_TRANSLATE_NOOP("Actions", "Save &table of all cases…"),
            "exports.save_table",
            "Ctrl+T",
            When.CASES,
        ),
    ),
    QT_TRANSLATE_NOOP("Actions", "&Help"): (
        Command("guide", QT_TRANSLATE_NOOP("Actions", "&Guide"), "help.guide", "F1"),
        Command(
            "shortcuts",
            QT_TRANSLATE_NOOP("Actions", "&Keyboard shortcuts"),
            "help.shortcuts",
            "Shift+F1",
        ),
        Command(
            "grades",
            QT_TRANSLATE_NOOP("Actions", "&What the grades mean"),
            "help.grades",
            "F2",
        ),
        Command("model", QT_TRANSLATE_NOOP("Actions", "About the &model"), "help.about_model"),
        Command("about", QT_TRANSLATE_NOOP("Actions", "&About KOA Desktop"), "help.about"),
    ),
}


def commands() -> list[Command]:
    """Return every row of the table."""
    return [entry for menu in MENUS.values() for entry in menu if isinstance(entry, Command)]
