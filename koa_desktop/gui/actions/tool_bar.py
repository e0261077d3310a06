"""The toolbar: the table's commonest actions, and how the heat map is shown."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtWidgets import QComboBox, QSizePolicy, QSlider, QToolBar, QToolButton, QWidget

from koa_desktop.grading.kellgren_lawrence import GRADES
from koa_desktop.gui.actions.actions import Actions
from koa_desktop.gui.actions.view_menu import WINDOW_MENU
from koa_desktop.gui.style.icons import draw_overflow, icon
from koa_desktop.gui.style.plain_text import set_tooltip

# Where there is little room, the last ones go behind the arrow first.
_GROUPS = (
    ("open",),
    ("fit", WINDOW_MENU),
    ("ruler",),
    ("heat", "joint", "outline", "shown"),
    ("invert", "full", "draw"),
)


def _arrange(bar: QToolBar) -> None:
    bar.setMovable(False)
    bar.setIconSize(QSize(16, 16))
    bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)


class EndBar(QToolBar):
    """The comparison and the report, at the end of the tool bar: they are seen in any window."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Toolbar"))
        self.setObjectName("endbar")
        _arrange(self)
        self.addActions([actions["compare"], actions["report"]])
        self.widgetForAction(actions["report"]).setObjectName("report")

    def minimumSizeHint(self) -> QSize:
        """Return the size of both buttons: none of them goes behind an arrow."""
        return self.sizeHint()


class ToolBar(QToolBar):
    """Built from the table of actions."""

    opacity_changed = Signal(float)  # 0..1
    class_chosen = Signal(object)  # overlay.Explained, or None for each knee's own grade

    def __init__(self, actions: Actions, opacity: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Toolbar"))
        self.setObjectName("toolbar")
        _arrange(self)
        self._windows = actions.submenus[WINDOW_MENU].menuAction()
        self._windows.setIconText(self.tr("Window"))
        set_tooltip(self._windows, self.tr("Window: brightness and contrast"))
        self._slider = self._build_slider(opacity)
        self._classes = self._build_classes()
        self._own_class = 0
        for number, names in enumerate(_GROUPS):
            if number:
                self.addSeparator()
            for name in names:
                self._add(name, actions)
        button = self.widgetForAction(self._windows)
        if isinstance(button, QToolButton):
            button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._heat, self._outline = actions["heat"], actions["outline"]
        for action in (self._heat, self._outline):
            action.toggled.connect(self._enable)
        self._enable()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def _add(self, name: str, actions: Actions) -> None:
        if name == WINDOW_MENU:
            self.addAction(self._windows)
        elif name == "shown":
            self.addWidget(self._slider)
            self.addWidget(self._classes)
        else:
            self.addAction(actions[name])

    def redraw_icons(self) -> None:
        """Draw what the tool bar itself shows in the theme's colours."""
        draw_overflow(self)
        self._windows.setIcon(icon("window"))

    @property
    def opacity(self) -> float:
        """The heat map's opacity (0..1)."""
        return self._slider.value() / 100

    def show_predicted(self, grade: int | None) -> None:
        """Name the model's grade in the first entry of the list of grades."""
        named = self.tr("KL {0} (predicted)").format(grade)
        self._classes.setItemText(0, self.tr("Predicted grade") if grade is None else named)

    def show_reading(self, shown: bool) -> None:
        """Name no grade in the list while the heat map explains an OARSI reading instead."""
        is_chosen = self._classes.currentIndex() >= 0
        with QSignalBlocker(self._classes):
            if shown and is_chosen:
                self._own_class = self._classes.currentIndex()
                self._classes.setCurrentIndex(-1)
            elif not shown and not is_chosen:
                self._classes.setCurrentIndex(self._own_class)

    def _enable(self) -> None:
        self._slider.setEnabled(self._heat.isChecked())
        self._classes.setEnabled(self._heat.isChecked() or self._outline.isChecked())

    def _build_slider(self, opacity: float) -> QSlider:
        slider = QSlider(Qt.Orientation.Horizontal)
        slider.setRange(0, 100)
        slider.setValue(round(opacity * 100))
        slider.setFixedWidth(68)
        set_tooltip(slider, self.tr("Opacity of the heat map"))
        slider.setAccessibleName(slider.toolTip())
        slider.valueChanged.connect(lambda value: self.opacity_changed.emit(value / 100))
        return slider

    def _build_classes(self) -> QComboBox:
        classes = QComboBox()
        classes.addItem(self.tr("Predicted grade"), None)
        for grade in range(GRADES):
            classes.addItem(f"KL {grade}", grade)
        classes.addItem(self.tr("KL 2 or more"), "osteoarthritis")
        classes.setPlaceholderText(self.tr("Reading"))
        classes.setMinimumContentsLength(13)
        set_tooltip(classes, self.tr("The grade that the heat map explains"))
        classes.setAccessibleName(classes.toolTip())
        classes.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        classes.currentIndexChanged.connect(
            lambda index: self.class_chosen.emit(classes.itemData(index))
        )
        return classes
