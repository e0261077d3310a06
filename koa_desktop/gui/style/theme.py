"""Colours and style of both themes: blue for a choice, amber for a warning."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from string import Template

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from koa_desktop.annotation.colours import AMBER, YELLOW
from koa_desktop.gui.support.settings import Theme
from koa_desktop.system.paths import RESOURCES


@dataclass(frozen=True, slots=True)
class Colours:
    """One theme's colours, as #rrggbb. Text has at least 4.5:1 on every background."""

    window: str
    bar: str
    toolbar: str
    card: str
    field: str
    button: str
    hover: str
    border: str
    text: str
    dim: str
    accent: str
    on_accent: str
    chosen: str
    figure: str
    figure_dim: str
    figure_ground: str
    warning: str
    selected: str
    agreed: str
    on_agreed: str


DARK = Colours(
    window="#1e2127",
    bar="#17191d",
    toolbar="#22252c",
    card="#272b33",
    field="#15171b",
    button="#31353e",
    hover="#3b404b",
    border="#3c414c",
    text="#e8e9eb",
    dim="#a3a9b4",
    accent="#2a6fb0",
    on_accent="#ffffff",
    chosen="#1d3d59",
    figure="#5fade9",
    figure_dim="#5b6470",
    figure_ground="#1a1d22",
    warning=AMBER.hex,
    selected=YELLOW.hex,
    agreed="#246b45",
    on_agreed="#ffffff",
)
LIGHT = Colours(
    window="#f1f3f6",
    bar="#e6e9ee",
    toolbar="#f7f8fa",
    card="#ffffff",
    field="#ffffff",
    button="#ffffff",
    hover="#e4ebf3",
    border="#c9cfd8",
    text="#1b1e23",
    dim="#555d69",
    accent="#1f67a8",
    on_accent="#ffffff",
    chosen="#d3e6f7",
    figure="#1f67a8",
    figure_dim="#98a2b0",
    figure_ground="#e3e7ed",
    warning="#8a4b00",
    selected="#d08a00",
    agreed="#1f7043",
    on_agreed="#ffffff",
)

_SHEET = Template("""
* { outline: none; }
QMainWindow, QDialog, QWidget#cases, QWidget#panel, QWidget#compare, QScrollArea, QWidget#cards,
QWidget#choices {
    background: $window; color: $text; }
QMenuBar { background: $bar; color: $text; padding: 2px 6px; }
QMenuBar::item { padding: 4px 8px; background: transparent; border-radius: 4px; }
QMenuBar::item:selected { background: $hover; }
QMenu { background: $card; color: $text; border: 1px solid $border; padding: 4px; }
QMenu::item { padding: 5px 26px 5px 26px; border-radius: 4px; }
QMenu::item:selected { background: $chosen; }
QMenu::item:disabled { color: $figure_dim; }
QMenu::separator { height: 1px; background: $border; margin: 4px 8px; }
QToolBar { background: $toolbar; border: none; border-bottom: 1px solid $bar;
    padding: 6px 8px; spacing: 4px; }
QToolBar::separator { width: 1px; background: $border; margin: 4px 4px; }
QToolBar QToolButton, QPushButton {
    background: $button; color: $text; border: 1px solid $border; border-radius: 5px;
    padding: 4px 9px; min-height: 18px; }
QToolBar QToolButton { padding: 4px 5px; }
QToolBar QToolButton[popupMode="2"] { padding-right: 17px; }
QToolBar QToolButton::menu-indicator { image: url("$icons/down.png"); width: 9px; height: 9px;
    subcontrol-position: center right; right: 5px; }
QToolBar QToolButton#qt_toolbar_ext_button { padding: 0; min-width: 14px; }
QToolBar QToolButton:hover, QPushButton:hover { background: $hover; }
QToolBar QToolButton:disabled, QPushButton:disabled { color: $figure_dim; }
QToolBar QToolButton:checked { background: $accent; color: $on_accent; border-color: $figure; }
QPrintPreviewDialog QToolBar QToolButton:checked { background: $chosen; }
QToolBar QToolButton#report, QPushButton[primary="true"] {
    background: $accent; color: $on_accent; border-color: $accent; font-weight: 600; }
QToolBar QToolButton#report:hover, QPushButton[primary="true"]:hover { border-color: $figure; }
QToolBar QToolButton#report:disabled, QPushButton[primary="true"]:disabled {
    background: $button; color: $figure_dim; border-color: $border; }
QPushButton:focus, QToolButton:focus, QComboBox:focus { border: 1px solid $figure; }
QToolButton#flat { background: transparent; border: 1px solid transparent; padding: 1px 4px;
    color: $dim; border-radius: 4px; }
QToolButton#flat[chosen="true"] { color: $warning; border: 1px solid $warning; }
QToolButton#flat:hover { background: $hover; color: $text; }
QToolButton#flat:focus { border: 1px solid $figure; }
QComboBox { background: $button; color: $text; border: 1px solid $border; border-radius: 5px;
    padding: 4px 8px; min-height: 18px; }
QComboBox::drop-down { border: none; width: 20px; }
QComboBox::down-arrow { image: url("$icons/down.png"); width: 11px; height: 11px; }
QComboBox QAbstractItemView { background: $card; color: $text; border: 1px solid $border;
    selection-background-color: $chosen; selection-color: $text; }
QComboBox QLineEdit, QAbstractSpinBox QLineEdit {
    background: transparent; border: none; padding: 0; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { width: 0; border: none; }
QComboBox:disabled { color: $figure_dim; }
QLineEdit, QPlainTextEdit, QTextBrowser, QSpinBox, QDoubleSpinBox {
    background: $field; color: $text;
    border: 1px solid $border; border-radius: 5px; padding: 4px 7px;
    selection-background-color: $accent; selection-color: $on_accent; }
QLineEdit, QPlainTextEdit { placeholder-text-color: $dim; }
QLineEdit:disabled, QPlainTextEdit:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled {
    background: $window; color: $dim; }
QLineEdit:focus, QPlainTextEdit:focus, QTextBrowser:focus { border-color: $figure; }
QTableView, QListWidget {
    background: $field; color: $text; border: 1px solid $border; border-radius: 5px;
    selection-background-color: $chosen; selection-color: $text; }
QTableView::item { padding: 1px 6px; }
QHeaderView { background: $bar; }
QHeaderView::section { background: $bar; color: $dim; border: none;
    border-bottom: 1px solid $border; padding: 4px 8px; }
QListView#list { background: $window; border: none; }
QFrame#drop { border: 1px dashed $figure_dim; border-radius: 7px; }
QFrame#drop QLabel { color: $dim; }
QFrame#notice { background: $card; border: none; border-bottom: 2px solid $warning; }
QFrame#signoff { background: $bar; border: none; border-top: 1px solid $border; }
QFrame#card { background: $card; border: 1px solid $border; border-radius: 8px; }
QFrame#card[selected="true"] { border: 1px solid $selected; }
QLabel { background: transparent; color: $text; }
QLabel[dim="true"] { color: $dim; }
QLabel[warning="true"] { color: $warning; }
QLabel#heading { font-size: 15px; font-weight: 700; }
QLabel#knee { font-size: 12px; font-weight: 700; letter-spacing: 1px; }
QLabel#grade { font-size: 31px; font-weight: 700; }
QLabel#name { font-size: 15px; }
QLabel#small, QLabel[small="true"] { font-size: 12px; }
QWidget#dark { background: #000000; }
QWidget#dark QLabel { color: #d4d7dc; }
QWidget#dark QLabel#heading { font-size: 20px; color: #f2f3f5; }
QWidget#dark QLabel[warning="true"] { color: $on_black_warning; }
QPushButton[grade="true"] { min-width: 16px; padding: 4px 5px; }
QPushButton[grade="true"][chosen="true"] { background: $accent; color: $on_accent;
    border-color: $figure; font-weight: 700; }
QPushButton[grade="true"][agreed="true"] { background: $agreed; color: $on_agreed;
    border-color: $agreed; font-weight: 700; }
QStatusBar { background: $bar; color: $dim; }
QStatusBar::item { border: none; }
QStatusBar QPushButton { padding: 0 8px; min-height: 16px; }
QStatusBar QLabel { color: $dim; padding: 0 8px; }
QStatusBar QLabel[warning="true"] { color: $warning; }
QProgressBar { background: $figure_ground; border: 1px solid $border; border-radius: 4px;
    max-height: 8px; }
QStatusBar QProgressBar { margin-left: 8px; }
QProgressBar::chunk { background: $figure; border-radius: 3px; }
QSlider::groove:horizontal { height: 4px; background: $border; border-radius: 2px; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 2px; }
QSlider::handle:horizontal { background: $figure; width: 14px; margin: -5px 0;
    border-radius: 7px; }
QSlider::handle:horizontal:focus { background: $text; }
QSlider::handle:horizontal:disabled { background: $figure_dim; }
QScrollBar:vertical { background: transparent; width: 10px; }
QScrollBar::handle:vertical { background: $border; border-radius: 4px; min-height: 30px;
    margin: 1px; }
QScrollBar:horizontal { background: transparent; height: 10px; }
QScrollBar::handle:horizontal { background: $border; border-radius: 4px; min-width: 30px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QSplitter::handle { background: $bar; }
QToolTip { background: $card; color: $text; border: 1px solid $border; padding: 3px; }
QCheckBox, QGroupBox { color: $text; }
QCheckBox::indicator { width: 14px; height: 14px; border: 1px solid $figure_dim;
    border-radius: 3px; background: $field; }
QCheckBox::indicator:hover, QCheckBox::indicator:focus { border-color: $figure; }
QCheckBox::indicator:checked { background: $accent; border-color: $accent;
    image: url("$icons/tick.png"); }
QGroupBox { border: 1px solid $border; border-radius: 6px; margin-top: 9px; padding-top: 8px; }
QGroupBox::title { subcontrol-origin: margin; left: 10px; padding: 0 4px; color: $dim; }
QTabWidget::pane { border: 1px solid $border; }
""")

_active = DARK


def active() -> Colours:
    """Return the colours in use, for widgets that paint themselves."""
    return _active


def is_dark(theme: Theme) -> bool:
    """Return whether a theme is dark, with the system's current setting."""
    if theme is Theme.SYSTEM:
        return QApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark
    return theme is Theme.DARK


def apply(application: QApplication, theme: Theme) -> None:
    """Dress the program in a theme."""
    global _active  # noqa: PLW0603 - a program has one theme
    _active = DARK if is_dark(theme) else LIGHT
    application.setPalette(_palette(_active))
    icons = (RESOURCES / "icons").as_posix()
    application.setStyleSheet(
        _SHEET.substitute(asdict(_active), icons=icons, on_black_warning=AMBER.hex)
    )


def set_property(widget: QWidget, name: str, value: bool) -> None:
    """Set a property that the style sheet looks at, and have the widget drawn by it."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        # The style sheet looks at properties only when it is applied.
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def _palette(colours: Colours) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    for key, colour in {
        role.Window: colours.window,
        role.WindowText: colours.text,
        role.Base: colours.field,
        role.AlternateBase: colours.card,
        role.Text: colours.text,
        role.Button: colours.button,
        role.ButtonText: colours.text,
        role.ToolTipBase: colours.card,
        role.ToolTipText: colours.text,
        role.PlaceholderText: colours.dim,
        role.Highlight: colours.accent,
        role.HighlightedText: colours.on_accent,
        role.Link: colours.figure,
    }.items():
        palette.setColor(key, QColor(colour))
    for key in (role.Text, role.WindowText, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, key, QColor(colours.figure_dim))
    return palette
