"""The bars above the films: work that is not saved, readings changed elsewhere, a store set aside.

They stay as long as what they say is so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import (
    QVBoxLayout,
    QWidget,
)

from koa_desktop.gui.session.case import Case
from koa_desktop.gui.session.reading_saver import ReadingSaver
from koa_desktop.gui.session.services import Services
from koa_desktop.gui.style.notice_bar import NoticeBar
from koa_desktop.message import Message
from koa_desktop.wording.sentences import sentence

_MOST_NAMES = 3
_LONGEST_NAME = 40


class SavingBars(QWidget):
    """Says in the window, for as long as it is so, what of the reader's work is not kept."""

    def __init__(
        self, saver: ReadingSaver, services: Services, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._saver = saver
        self._services = services
        self._seen: set[Message] = set()
        self.unsaved = NoticeBar({self.tr("Retry"): saver.retry})
        self.elsewhere = NoticeBar(
            {
                self.tr("Show the other reading"): lambda: self._decide(saver.take_other),
                self.tr("Save this one instead"): lambda: self._decide(saver.keep_this),
            }
        )
        self.store = NoticeBar({self.tr("OK"): self._hide_notice})
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for bar in (self.unsaved, self.elsewhere, self.store):
            layout.addWidget(bar)
        saver.changed.connect(self.refresh)

    def refresh(self) -> None:
        """Show what is so now."""
        saver = self._saver
        text = unsaved_text(saver)
        self.unsaved.say(text, with_buttons=saver.trouble is not None)
        changed = saver.changed_elsewhere
        self.elsewhere.say(_changed_text(changed[0], saver) if changed else "")
        # What was over and comes again is told again.
        self._seen &= set(self._services.notices)
        unseen = [one for one in self._services.notices if one not in self._seen]
        self.store.say("\n".join(map(sentence, unseen)))

    def _decide(self, decision: Callable[[Case], None]) -> None:
        changed = self._saver.changed_elsewhere
        if changed:
            decision(changed[0])

    def _hide_notice(self) -> None:
        self._seen.update(self._services.notices)
        self.refresh()


def unsaved_text(saver: ReadingSaver) -> str:
    """Return what is not saved, or not loaded, and why; empty where nothing is wrong."""
    parts = []
    if saver.unsaved and (saver.trouble is not None or saver.is_late):
        parts.append(_tr("Not saved: {0}.").format(names(saver.unsaved)))
    if saver.unloaded:
        text = _tr("The earlier reading could not be loaded: {0}.")
        parts.append(text.format(names(saver.unloaded)))
    if saver.trouble is not None:
        if not parts:
            parts.append(_tr("Work cannot be saved at present."))
        parts += [sentence(saver.trouble), _tr("The program keeps trying.")]
    elif parts:
        parts.append(_tr("Saving takes longer than usual."))
    return " ".join(parts)


def names(cases: Sequence[Case]) -> str:
    """Return the cases' titles: the first few, and the number of the others."""
    shown = [_shortened(case.title) for case in cases[:_MOST_NAMES]]
    left = len(cases) - len(shown)
    if left:
        shown.append(_tr("{0} more").format(left))
    return ", ".join(shown)


def _changed_text(case: Case, saver: ReadingSaver) -> str:
    text = _tr("The reading of {0} was changed in another program or window.")
    if case in saver.unsaved:
        text += " " + _tr("What you changed here since is not saved.")
    return text.format(_shortened(case.title))


def _shortened(title: str) -> str:
    if len(title) <= _LONGEST_NAME:
        return title
    return f"{title[: _LONGEST_NAME // 2]}…{title[-_LONGEST_NAME // 2 :]}"


def _tr(text: str) -> str:
    return QCoreApplication.translate("SavingBars", text)
