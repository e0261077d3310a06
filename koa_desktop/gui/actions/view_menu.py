"""The commands of the View menu, which change how films are shown."""

from __future__ import annotations

from koa_desktop.examination.measurements import Kind
from koa_desktop.gui.actions.command import ALONE, FILM, KNEE, SEPARATOR, TOOL, Command, Entry, When
from koa_desktop.gui.support.translation import QT_TRANSLATE_NOOP
from koa_desktop.knees.window_presets import Preset

WINDOW_MENU = QT_TRANSLATE_NOOP("Actions", "Win&dow")
WINDOW_GROUP = "window"

VIEW_MENU: tuple[Entry, ...] = (
    Command("fit", QT_TRANSLATE_NOOP("Actions", "&Fit"), "film_area.fit", "F", FILM, "fit"),
    Command("full", QT_TRANSLATE_NOOP("Actions", "&1:1"), "film_area.one_to_one", "Z", FILM),
    Command(
        "zoom_knee",
        QT_TRANSLATE_NOOP("Actions", "Zoom to the &knee, and back"),
        "film.view.zoom_to_knee",
        "L",
        KNEE | When.ALONE,
    ),
    Command(
        "zoom_in",
        QT_TRANSLATE_NOOP("Actions", "Zoom &in"),
        "film_area.zoom_in",
        ("+", "="),
        FILM,
    ),
    Command(
        "zoom_out",
        QT_TRANSLATE_NOOP("Actions", "Zoom &out"),
        "film_area.zoom_out",
        "-",
        FILM,
    ),
    *(
        Command(
            f"window_{preset.name.lower()}",
            text,
            "film_area.show_preset",
            key,
            KNEE | When.ALONE if preset is Preset.BOX else FILM,
            submenu=WINDOW_MENU,
            checkable=True,
            argument=preset,
            group=WINDOW_GROUP,
            # A window that was set by hand is none of them.
            optional=True,
        )
        for preset, text, key in (
            (Preset.FILE, QT_TRANSLATE_NOOP("Actions", "As in the &file"), "W"),
            (Preset.AUTOMATIC, QT_TRANSLATE_NOOP("Actions", "&Automatic"), "Shift+W"),
            (Preset.FULL, QT_TRANSLATE_NOOP("Actions", "All &grey values"), "G"),
            (Preset.BONE, QT_TRANSLATE_NOOP("Actions", "&Bone"), "B"),
            (Preset.SOFT_TISSUE, QT_TRANSLATE_NOOP("Actions", "Soft &tissue"), "T"),
            (Preset.BOX, QT_TRANSLATE_NOOP("Actions", "The chosen bo&x"), "V"),
        )
    ),
    Command(
        "invert", QT_TRANSLATE_NOOP("Actions", "In&vert"), "film_area.invert", "I", FILM, "invert"
    ),
    SEPARATOR,
    Command(
        "rotate_left",
        QT_TRANSLATE_NOOP("Actions", "Rotate to the l&eft"),
        "film.view.rotate_film",
        "Q",
        ALONE,
        argument=-1,
    ),
    Command(
        "rotate_right",
        QT_TRANSLATE_NOOP("Actions", "Rotate to the &right"),
        "film.view.rotate_film",
        "E",
        ALONE,
        argument=1,
    ),
    Command(
        "mirror",
        QT_TRANSLATE_NOOP("Actions", "&Mirror left to right"),
        "film_area.mirror",
        "X",
        FILM,
    ),
    Command(
        "reset_view",
        QT_TRANSLATE_NOOP("Actions", "Reset the vie&w"),
        "film.view.reset_view",
        "Ctrl+0",
        ALONE,
    ),
    SEPARATOR,
    Command(
        "ruler",
        QT_TRANSLATE_NOOP("Actions", "Measure a &length"),
        "film.view.measure",
        "R",
        ALONE,
        "ruler",
        QT_TRANSLATE_NOOP("Actions", "Ruler"),
        argument=Kind.LENGTH,
        **TOOL,
    ),
    Command(
        "angle",
        QT_TRANSLATE_NOOP("Actions", "Measure an &angle"),
        "film.view.measure",
        "A",
        ALONE,
        argument=Kind.ANGLE,
        **TOOL,
    ),
    Command(
        "calibrate",
        QT_TRANSLATE_NOOP("Actions", "Cali&brate by an object…"),
        "calibration.ask",
        "Shift+R",
        ALONE,
        **TOOL,
    ),
    Command(
        "magnifier",
        QT_TRANSLATE_NOOP("Actions", "Magnifier (hold the key)"),
        "film.view.magnifier.hold",
        "M",
        ALONE,
    ),
    Command(
        "follow_up",
        QT_TRANSLATE_NOOP("Actions", "Follow-&up of the patient…"),
        "patients.follow_ups.show",
        "Ctrl+U",
        When.CASE | When.FOLLOWED,
    ),
    Command(
        "header",
        QT_TRANSLATE_NOOP("Actions", "File &header"),
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
        When.CASE,
        icon="heat",
        checkable=True,
        draws=True,
    ),
    Command(
        "outline",
        QT_TRANSLATE_NOOP("Actions", "&Outline"),
        "film_area.set_outline_visible",
        "O",
        When.CASE,
        icon="outline",
        checkable=True,
        draws=True,
    ),
    Command(
        "joint",
        QT_TRANSLATE_NOOP("Actions", "&Joint space"),
        "set_joint_visible",
        "D",
        When.CASE,
        icon="joint",
        label=QT_TRANSLATE_NOOP("Actions", "Joint"),
        checkable=True,
        draws=True,
    ),
    Command(
        "plain",
        QT_TRANSLATE_NOOP("Actions", "Hide all over&lays"),
        "film_area.set_plain",
        "P",
        FILM,
        checkable=True,
    ),
    Command(
        "blink",
        QT_TRANSLATE_NOOP("Actions", "&Blink the heat map"),
        "film_area.blinker.set_on",
        "Shift+H",
        FILM,
        checkable=True,
        draws=True,
    ),
    Command(
        "why",
        QT_TRANSLATE_NOOP("Actions", "Wh&y: show the next reading on the film"),
        "pointing.next",
        "Y",
        KNEE | When.READINGS,
        draws=True,
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
        FILM,
        "compare",
        QT_TRANSLATE_NOOP("Actions", "Compare"),
        checkable=True,
    ),
    Command(
        "leave",
        QT_TRANSLATE_NOOP("Actions", "&End the tool, comparison, reading or blinking"),
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
            ("system", QT_TRANSLATE_NOOP("Actions", "Follow the &system")),
            ("light", QT_TRANSLATE_NOOP("Actions", "&Light")),
            ("dark", QT_TRANSLATE_NOOP("Actions", "&Dark")),
        )
    ),
)
