import pytest

from koa_desktop.gui.style import theme
from koa_desktop.gui.style.theme import DARK, LIGHT

TEXT_ON_GROUND = [
    ("text", "window"),
    ("text", "card"),
    ("text", "field"),
    ("text", "button"),
    ("text", "chosen"),
    ("text", "toolbar"),
    ("text", "hover"),
    ("dim", "field"),
    ("figure", "window"),
    ("figure", "chosen"),
    ("dim", "window"),
    ("dim", "card"),
    ("dim", "bar"),
    ("dim", "chosen"),
    ("warning", "window"),
    ("warning", "card"),
    ("warning", "chosen"),
    ("warning", "bar"),
    ("on_accent", "accent"),
    ("on_agreed", "agreed"),
]


def luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colours", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize(("text", "ground"), TEXT_ON_GROUND)
def test_text_is_legible(colours, text, ground):
    assert contrast(getattr(colours, text), getattr(colours, ground)) >= 4.5


@pytest.mark.parametrize("colours", [DARK, LIGHT], ids=["dark", "light"])
def test_bars_and_borders_stand_out(colours):
    assert contrast(colours.figure, colours.figure_ground) >= 3
    assert contrast(colours.selected, colours.card) >= 2.5


def test_a_theme_reaches_the_whole_program(app):
    before = app.palette(), app.styleSheet()
    try:
        theme.apply(app, theme.Theme.LIGHT)
        assert app.palette().window().color().name() == LIGHT.window
        theme.apply(app, theme.Theme.DARK)
        assert app.palette().window().color().name() == DARK.window
        assert "$" not in app.styleSheet()
    finally:
        app.setPalette(before[0])
        app.setStyleSheet(before[1])
