"""Points at an OARSI reading: its map on the films, its mark and words on the knee's card."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction

from koa_desktop.grading.class_map import Explained
from koa_desktop.grading.oarsi import OARSI_NAMES, OarsiName
from koa_desktop.gui.actions.tool_bar import ToolBar
from koa_desktop.gui.film.film_area import FilmArea
from koa_desktop.gui.knee_panel.panel import KneePanel
from koa_desktop.gui.session.reading_editor import ReadingEditor
from koa_desktop.gui.session.session import Session


class Pointing(QObject):
    """Which reading is pointed at, one for all knees of the film.

    While it points, the heat map is on and explains the reading; afterwards all is as before.
    """

    changed = Signal()

    def __init__(
        self, session: Session, editor: ReadingEditor, film_area: FilmArea, panel: KneePanel
    ) -> None:
        super().__init__(film_area)
        self._session, self._editor = session, editor
        self._film_area, self._panel = film_area, panel
        self._tools: ToolBar | None = None
        self._heat: QAction | None = None
        self._was_hidden = False
        self._explained: Explained | None = None
        self.name: OarsiName | None = None
        panel.pointed.connect(self.toggle)
        session.current_changed.connect(self.stop)

    @property
    def is_on(self) -> bool:
        """True while a reading is pointed at."""
        return self.name is not None

    def follow(self, tools: ToolBar, heat: QAction) -> None:
        """Turn the heat map on and off by its command; who turns it off by hand ends pointing.

        So does who chooses in the tool bar what the heat maps explain.
        """
        self._tools, self._heat = tools, heat
        heat.toggled.connect(self._heat_toggled)
        tools.class_chosen.connect(self._explain)

    def toggle(self, index: int, name: OarsiName) -> None:
        """Point at a reading and choose its knee, or end pointing at it."""
        again = name is self.name and index == self._editor.knee
        self._editor.choose(index)
        self._point(None if again else name)

    def next(self) -> None:
        """Point at the chosen knee's next reading that has a map, none after the last."""
        case, marked = self._session.current, self._editor.marked
        if case is None or marked is None:
            return
        read = {one.name for one in case.finding(marked).readings if one.grade}
        passed = OARSI_NAMES.index(self.name) + 1 if self.name is not None else 0
        self._point(next((name for name in OARSI_NAMES[passed:] if name in read), None))

    def stop(self) -> bool:
        """End pointing; return whether there was anything to end."""
        was_on = self.is_on
        self._point(None)
        return was_on

    def _explain(self, explained: Explained | None) -> None:
        self._explained = explained
        self.stop()
        self._film_area.explain(explained)

    def _point(self, name: OarsiName | None) -> None:
        if name is self.name:
            return
        began = self.name is None
        self.name = name
        self._panel.point_at(name)
        self._film_area.explain(self._explained if name is None else name)
        if self._tools is not None:
            self._tools.show_reading(name is not None)
        if self._heat is not None:
            if began:
                self._was_hidden = not self._heat.isChecked()
            if began or name is None:
                self._heat.setChecked(name is not None or not self._was_hidden)
        self.changed.emit()

    def _heat_toggled(self, shown: bool) -> None:
        if not shown and self.name is not None:
            # It was hidden by hand: it stays so.
            self._was_hidden = True
            self.stop()
