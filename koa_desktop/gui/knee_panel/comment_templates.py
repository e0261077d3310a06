"""Ready sentences for the comment, which the reader can edit."""

from __future__ import annotations

import re
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QWidget

from koa_desktop.gui.support.settings import Settings
from koa_desktop.wording.sentences import capitalised

_SHOWN_LENGTH = 60
_KNEE = "{knee}"


class TemplateMenu(QMenu):
    """Menu of the sentences, with entries to add the comment as one and to remove one.

    A sentence names the chosen knee where `{knee}` stands in it.
    """

    chosen = Signal(str)

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._comment = ""
        self._knee = ""
        self.setAccessibleName(self.tr("Ready sentences"))
        self.aboutToShow.connect(self._fill)

    def set_comment(self, text: str, knee: str) -> None:
        """Set the current text of the comment, and the chosen knee: `right knee`, or empty."""
        named = re.compile(re.escape(knee), re.IGNORECASE)
        self._comment = named.sub(_KNEE, text.strip()) if knee else text.strip()
        self._knee = knee or self.tr("knee")

    @property
    def sentences(self) -> tuple[str, ...]:
        """The reader's sentences, or those to start with."""
        kept = self._settings.templates
        return self._first_sentences() if kept is None else kept

    def _fill(self) -> None:
        self.clear()
        for sentence in self.sentences:
            told = capitalised(sentence.replace(_KNEE, self._knee))
            self.addAction(_shown(told), partial(self.chosen.emit, told))
        self.addSeparator()
        keep = self.addAction(self.tr("&Keep the comment as a ready sentence"), self._keep)
        keep.setEnabled(bool(self._comment) and self._comment not in self.sentences)
        remove = self.addMenu(self.tr("&Remove a ready sentence"))
        remove.setEnabled(bool(self.sentences))
        for sentence in self.sentences:
            remove.addAction(_shown(sentence), partial(self._remove, sentence))

    def _keep(self) -> None:
        self._settings.templates = (*self.sentences, self._comment)

    def _remove(self, sentence: str) -> None:
        self._settings.templates = tuple(kept for kept in self.sentences if kept != sentence)

    def _first_sentences(self) -> tuple[str, ...]:
        return (
            self.tr("No radiographic sign of osteoarthritis of the {knee}."),
            self.tr("Medial joint space of the {knee} narrowed."),
            self.tr("Lateral joint space of the {knee} narrowed."),
            self.tr("Marginal osteophytes of the {knee}."),
            self.tr("Subchondral sclerosis of the {knee}."),
            self.tr("{knee}: no change from the earlier film."),
        )


def _shown(sentence: str) -> str:
    """Return a sentence as a menu shows it: one line, not too long, `&` as itself."""
    line = " ".join(sentence.split()).replace("&", "&&")
    return line if len(line) <= _SHOWN_LENGTH else f"{line[: _SHOWN_LENGTH - 1]}…"
