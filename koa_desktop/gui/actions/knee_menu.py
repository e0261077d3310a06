"""The commands of the Knee menu, which edit cases and knees."""

from __future__ import annotations

from koa_desktop.examination.decision import Obstacle
from koa_desktop.gui.actions.command import (
    FILM,
    KNEE,
    PLACED,
    SEPARATOR,
    TOOL,
    Command,
    Entry,
    When,
)
from koa_desktop.gui.support.translation import QT_TRANSLATE_NOOP

KNEE_MENU: tuple[Entry, ...] = (
    Command(
        "next_case",
        QT_TRANSLATE_NOOP("Actions", "&Next case"),
        "case_list.next",
        ("PgDown", "Ctrl+Down"),
        When.NEXT,
    ),
    Command(
        "previous_case",
        QT_TRANSLATE_NOOP("Actions", "&Previous case"),
        "case_list.previous",
        ("PgUp", "Ctrl+Up"),
        When.PREVIOUS,
    ),
    Command(
        "next_unread",
        QT_TRANSLATE_NOOP("Actions", "Next &unread case"),
        "case_list.next_unread",
        "N",
        When.UNREAD,
    ),
    Command(
        "previous_unread",
        QT_TRANSLATE_NOOP("Actions", "Previous unrea&d case"),
        "case_list.previous_unread",
        "Shift+N",
        When.UNREAD,
    ),
    SEPARATOR,
    Command(
        "next_knee",
        QT_TRANSLATE_NOOP("Actions", "Ne&xt knee"),
        "editor.next_knee",
        "J",
        KNEE | When.KNEES,
    ),
    Command(
        "draw",
        QT_TRANSLATE_NOOP("Actions", "&Draw a box"),
        "draw_box",
        "K",
        FILM,
        "box",
        QT_TRANSLATE_NOOP("Actions", "Box"),
        **TOOL,
    ),
    Command(
        "swap_sides",
        QT_TRANSLATE_NOOP("Actions", "&Swap right and left"),
        "editor.swap_sides",
        "Shift+S",
        KNEE,
    ),
    Command(
        "swap_side",
        QT_TRANSLATE_NOOP("Actions", "Swap right and left of &this knee alone"),
        "editor.swap_side",
        when=KNEE,
    ),
    Command(
        "delete_box",
        QT_TRANSLATE_NOOP("Actions", "Delete &box"),
        "editor.delete_box",
        "Del",
        KNEE,
        scope="film.view",
    ),
    Command(
        "restore_margins",
        QT_TRANSLATE_NOOP("Actions", "Restore the &measured margins"),
        "editor.restore_margins",
        "Shift+D",
        KNEE | When.CORRECTED,
    ),
    Command(
        "grade_again",
        QT_TRANSLATE_NOOP("Actions", "&Grade again"),
        "session.grade_again",
        when=PLACED,
    ),
    SEPARATOR,
    Command(
        "agree",
        QT_TRANSLATE_NOOP("Actions", "&Agree and go on"),
        "editor.agree",
        ("Return", "Enter"),
        FILM,
    ),
    *(
        Command(
            f"grade_{grade}",
            text,
            "editor.give_grade",
            str(grade),
            PLACED,
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
        "not_gradable",
        QT_TRANSLATE_NOOP("Actions", "S&een, not gradable"),
        "not_gradable.decide",
        "U",
        FILM,
    ),
    *(
        Command(
            f"not_gradable_{obstacle.value}",
            text,
            "not_gradable.because",
            when=FILM,
            submenu=QT_TRANSLATE_NOOP("Actions", "Not gradable be&cause"),
            argument=obstacle,
        )
        for obstacle, text in (
            (Obstacle.IMPLANT, QT_TRANSLATE_NOOP("Actions", "&Artificial joint")),
            (Obstacle.NOT_FRONTAL, QT_TRANSLATE_NOOP("Actions", "Not a &frontal view")),
            (Obstacle.NOT_A_KNEE, QT_TRANSLATE_NOOP("Actions", "Not a &knee")),
            (Obstacle.POOR_PICTURE, QT_TRANSLATE_NOOP("Actions", "Image quality too &poor")),
            (Obstacle.OTHER, QT_TRANSLATE_NOOP("Actions", "&Other reason…")),
        )
    ),
    Command(
        "take_back",
        QT_TRANSLATE_NOOP("Actions", "&Withdraw the decision"),
        "editor.take_back",
        "Backspace",
        FILM | When.DECIDED,
    ),
    Command(
        "accept_boxes",
        QT_TRANSLATE_NOOP("Actions", "Grade the p&roposed boxes"),
        "editor.accept_proposed",
        "Shift+K",
        KNEE | When.PROPOSED,
    ),
)
