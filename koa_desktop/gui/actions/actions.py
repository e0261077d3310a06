"""The actions made from the table of commands, bound to a window: its menus and shortcuts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from operator import attrgetter

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from koa_desktop.gui.actions.command import SEPARATOR, Command, When
from koa_desktop.gui.actions.commands import MENUS, commands
from koa_desktop.gui.actions.mnemonics import keep_distinct
from koa_desktop.gui.style.icons import icon
from koa_desktop.gui.style.plain_text import set_tooltip


def translated(text: str) -> str:
    """Return a text of the table in the user's language."""
    return QCoreApplication.translate("Actions", text)


class Actions:
    """The table's actions, bound to a window."""

    def __init__(self, window: QWidget) -> None:
        """Make an action for every row; handlers are looked up on `window`."""
        self.submenus: dict[str, QMenu] = {}  # by the title in the table
        self._groups: dict[str, QActionGroup] = {}
        self._commands = commands()
        self._actions = {one.id: self._action(window, one) for one in self._commands}
        self._choices: dict[str, list[Command]] = {}
        for command in self._commands:
            self._choices.setdefault(command.group, []).append(command)
        for action in (self._actions[one.id] for one in self._commands if one.draws):
            action.triggered.connect(partial(self._end_hiding, action))

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def fill(self, bar: QMenuBar, submenus: dict[str, QMenu]) -> None:
        """Build the menus; a plain string in the table stands for one of `submenus`."""
        for title, entries in MENUS.items():
            menu = bar.addMenu(translated(title))
            for entry in entries:
                if entry is SEPARATOR:
                    menu.addSeparator()
                elif isinstance(entry, Command) and entry.submenu:
                    if entry.submenu not in self.submenus:
                        self.submenus[entry.submenu] = menu.addMenu(translated(entry.submenu))
                    self.submenus[entry.submenu].addAction(self._actions[entry.id])
                elif isinstance(entry, Command):
                    menu.addAction(self._actions[entry.id])
                else:
                    menu.addMenu(submenus[entry])
            keep_distinct(menu)
        for menu in self.submenus.values():
            keep_distinct(menu)

    def enable(self, present: When) -> None:
        """Enable the actions whose needs are met."""
        for command in self._commands:
            self._actions[command.id].setEnabled(command.when & present == command.when)
        for menu in self.submenus.values():
            menu.menuAction().setEnabled(any(action.isEnabled() for action in menu.actions()))

    def tick(self, group: str, chosen: object) -> None:
        """Tick the command of a group whose argument is `chosen`, or none of them."""
        for command in self._choices[group]:
            self._actions[command.id].setChecked(command.argument == chosen)

    def beginning(self, name: str) -> list[QAction]:
        """Return the actions whose names begin like this, in the table's order."""
        return [action for known, action in self._actions.items() if known.startswith(name)]

    def name_undo(self, undone: str, redone: str) -> None:
        """Say in the menu what would be undone and redone; nothing where it is empty."""
        for name, word, text in (
            ("undo", QCoreApplication.translate("Actions", "&Undo {0}"), undone),
            ("redo", QCoreApplication.translate("Actions", "&Redo {0}"), redone),
        ):
            self._actions[name].setText(word.format(text).strip())

    def redraw_icons(self) -> None:
        """Draw the icons in the theme's colours."""
        for command in self._commands:
            if command.icon:
                self._actions[command.id].setIcon(icon(command.icon))

    def _end_hiding(self, action: QAction) -> None:
        if action.isChecked() or not action.isCheckable():
            self._actions["plain"].setChecked(False)

    def _action(self, window: QWidget, command: Command) -> QAction:
        action = QAction(translated(command.text), window)
        keys = (command.shortcut,) if isinstance(command.shortcut, str) else command.shortcut
        action.setShortcuts([QKeySequence(key) for key in keys])
        action.setCheckable(command.checkable)
        if command.label:
            action.setIconText(translated(command.label))
        handler: Callable[..., None] = attrgetter(command.handler)(window)
        if command.group:
            group = self._groups.setdefault(command.group, QActionGroup(window))
            if command.optional:
                group.setExclusionPolicy(QActionGroup.ExclusionPolicy.ExclusiveOptional)
            group.addAction(action)
        _connect(action, handler, command)
        owner = attrgetter(command.scope)(window) if command.scope else window
        if command.scope:
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        owner.addAction(action)
        if keys:
            shown = action.shortcut().toString(action.shortcut().SequenceFormat.NativeText)
            set_tooltip(action, f"{action.text().replace('&', '')} ({shown})")
        return action


def _connect(action: QAction, handler: Callable[..., None], command: Command) -> None:
    if command.argument is not None:
        action.triggered.connect(lambda: handler(command.argument))
    elif command.checkable and not command.group:
        action.toggled.connect(handler)
    else:
        # Without the lambda, `checked` would be the handler's first argument.
        action.triggered.connect(lambda: handler())  # noqa: PLW0108


def shortcut_rows(actions: Actions) -> Iterable[tuple[str, str]]:
    """Return (action, keys) for every action with a shortcut, in the menus' order."""
    for command in commands():
        action = actions[command.id]
        keys = [key.toString(key.SequenceFormat.NativeText) for key in action.shortcuts()]
        if keys:
            words = [translated(command.submenu)] if command.submenu else []
            # The action itself may name what it would do now: `Undo grade KL 2`.
            name = " · ".join([*words, translated(command.text)])
            yield name.replace("&", ""), " / ".join(keys)
