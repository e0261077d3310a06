"""The main window: its parts and the signals between them."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QSize, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QMainWindow, QVBoxLayout, QWidget

from koa_desktop.gui.actions.actions import Actions
from koa_desktop.gui.actions.availability import conditions
from koa_desktop.gui.actions.command import When
from koa_desktop.gui.actions.notices import Notices
from koa_desktop.gui.actions.opening import FileOpener, dropped_paths
from koa_desktop.gui.actions.saving_bar import SavingBars
from koa_desktop.gui.actions.status_bar import StatusBar
from koa_desktop.gui.actions.tool_bar import EndBar, ToolBar
from koa_desktop.gui.actions.view_menu import WINDOW_GROUP
from koa_desktop.gui.case_list.panel import CaseListPanel
from koa_desktop.gui.dialogs.audit_trail import AuditTrails
from koa_desktop.gui.dialogs.backups import Backups
from koa_desktop.gui.dialogs.calibration import Calibration
from koa_desktop.gui.dialogs.closing import Closing
from koa_desktop.gui.dialogs.dictation import Dictations
from koa_desktop.gui.dialogs.earlier_films import EarlierFilms
from koa_desktop.gui.dialogs.header_table import HeaderTables
from koa_desktop.gui.dialogs.help import Help
from koa_desktop.gui.dialogs.not_gradable import NotGradable
from koa_desktop.gui.dialogs.polarity import Polarity
from koa_desktop.gui.dialogs.sign_off.lock import Lock
from koa_desktop.gui.dialogs.sign_off.sign_offs import SignOffs
from koa_desktop.gui.export.exporter import Exports
from koa_desktop.gui.film.compare_view import CompareView
from koa_desktop.gui.film.film_area import FilmArea
from koa_desktop.gui.film.film_pane import FilmPane
from koa_desktop.gui.film.pointing import Pointing
from koa_desktop.gui.film.tool_signs import ToolSigns
from koa_desktop.gui.knee_panel.panel import KneePanel
from koa_desktop.gui.patients.patients import Patients
from koa_desktop.gui.session.case import Case
from koa_desktop.gui.session.comparison import earlier_films, is_earlier
from koa_desktop.gui.session.reading_editor import ReadingEditor
from koa_desktop.gui.session.session import Session
from koa_desktop.gui.style.icons import application_icon
from koa_desktop.gui.style.parts import Part, Parts
from koa_desktop.gui.style.screen_fit import resize_in_screen
from koa_desktop.gui.support.settings import Settings, Theme
from koa_desktop.imaging.colour_maps import ColourMap

_DEFAULT_COVERAGE = 0.9
FIRST_SIZE = QSize(1440, 900)  # where the screen has room for it
_SIDE_WIDTH, _PANEL_WIDTH, _PANEL_LEAST = 258, 320, 260
_LEAST_OF_TWO = 340  # pixels in which two films can be told apart
_STATUS_MS = 60


class MainWindow(QMainWindow):
    """Case list, radiograph and knees."""

    theme_wanted = Signal()

    def __init__(self, session: Session, settings: Settings) -> None:
        super().__init__()
        self.session = session
        self.settings = settings
        self.setWindowTitle("KOA Desktop")
        self.setWindowIcon(application_icon())
        self.setAcceptDrops(True)
        self.editor = ReadingEditor(session, self)
        self.case_list = CaseListPanel(session.cases, settings)
        self.film = FilmPane()
        self.compare = CompareView(session)
        self.film_area = FilmArea(self.film, self.compare)
        self.panel = KneePanel(settings)
        self.pointing = Pointing(session, self.editor, self.film_area, self.panel)
        self.status = StatusBar()
        self.setStatusBar(self.status)
        self.exports = Exports(session, settings, self)
        self.help = Help(settings, self)
        self.headers = HeaderTables(session, self)
        self.audit_trails = AuditTrails(session, self)
        self.earlier_films = EarlierFilms(session, settings, self)
        self.calibration = Calibration(self.film.view, settings, self)
        self.backups = Backups(session, settings, self)
        self.polarity = Polarity(session, self.editor, self)
        self.not_gradable = NotGradable(self.editor, self)
        self.dictations = Dictations(session, self.editor, self)
        self.patients = Patients(session, settings, self.case_list.selected, self)
        self.opener = FileOpener(session, settings, self.patients.imports.take, self)
        self.lock = Lock(settings, self)
        self.sign_offs = SignOffs(session, self.editor, settings, self)
        self.closing = Closing(session, self)
        self.saving = SavingBars(session.saver, session.services)
        self._splitter = self._build_body()
        # While many files are graded, the line is drawn a few times a second, not at every file.
        self._status_timer = QTimer(self, interval=_STATUS_MS, singleShot=True)
        self._status_timer.timeout.connect(self._refresh_status)
        self.actions_table = Actions(self)
        self.help.actions = self.actions_table
        self.notices = Notices(self.status, session.undo_stack, self.actions_table)
        self.tool_signs = ToolSigns(self.film.view, self.actions_table, self.status)
        self.tool_signs.changed.connect(self._refresh_actions)
        self.actions_table.fill(self.menuBar(), {"recent": self.opener.recent_menu})
        self.tools = ToolBar(self.actions_table, settings.heat_opacity, self)
        self.addToolBar(self.tools)
        self.end_bar = EndBar(self.actions_table, self)
        self.addToolBar(self.end_bar)
        self.pointing.follow(self.tools, self.actions_table["heat"])
        self.case_list.set_menu([self.actions_table[name] for name in ("identity", "remove")])
        self.case_list.set_orders(self.actions_table.beginning("order_"))
        self.case_list.set_filters(self.actions_table.beginning("only_"))
        self.not_gradable.set_reasons(self.actions_table.beginning("not_gradable_"))
        self._connect_session()
        self._connect_parts()
        self._restore()
        self.theme_changed()
        # Not the search box: single keys are commands from the start.
        self.case_list.list.setFocus()

    def undo(self) -> None:
        """Undo the reader's last change; a comment being typed counts as the last one."""
        self._finish_typing()
        self.sign_offs.undo()

    def remove_cases(self) -> None:
        """Remove the selected cases from the list."""
        self.session.remove(self.case_list.selected())
        self.notices.tell_done(self.session.undo_stack.undoText())

    def set_theme(self, name: str) -> None:
        """Choose a theme and remember it."""
        self.settings.theme = Theme(name)
        self.theme_wanted.emit()

    def set_colour_map(self, name: str) -> None:
        """Choose the heat map's colours and remember them."""
        self.settings.colour_map = ColourMap(name)
        self.film_area.set_colour_map(self.settings.colour_map)

    def set_heat_visible(self, visible: bool) -> None:
        """Show the heat maps on all films and saved pictures, or leave them out."""
        self.film_area.set_heat_visible(visible)
        self.exports.set_heat_shown(visible)

    def set_joint_visible(self, visible: bool) -> None:
        """Draw the joint spaces on all films, or leave them out, and remember it."""
        self.settings.joint_visible = visible
        self.film_area.set_joint_visible(visible)

    def set_preferences(self) -> None:
        """Let the reader set name, clinic, theme, colours, paper and the list at start."""
        from koa_desktop.gui.dialogs.preferences import Preferences

        # Modal: two of them would contradict each other.
        dialog = Preferences(self.settings, self, self.session)
        dialog.setModal(True)
        dialog.applied.connect(self._apply_preferences)
        dialog.show()

    def set_comparing(self, comparing: bool, partner: Case | None = None) -> None:
        """Show two films side by side, the other one being `partner` if given, or one again."""
        case = self.session.current
        if comparing and (case is None or not self.compare.show_case(case, self.editor.knee)):
            self.status.notify(self.tr("There is no second knee or film to compare with."))
            comparing = False
        if partner is not None:
            self.compare.choose_partner(partner)
        self.film_area.set_comparing(comparing)
        self._splitter.make_room(_LEAST_OF_TWO if comparing else 0)
        self.actions_table["compare"].setChecked(comparing)
        self._refresh_actions()

    def draw_box(self) -> None:
        """Let the reader draw a box on the one film, or no longer."""
        self.stop_comparing()
        self.film.view.draw_box()

    def stop_comparing(self) -> None:
        """Show one film again."""
        if self.film_area.is_comparing:
            self.set_comparing(False)

    def leave(self) -> None:
        """End a tool, blinking, pointing or comparing, the last begun first."""
        if not (self.film_area.stop() or self.pointing.stop()):
            self.stop_comparing()

    def theme_changed(self) -> None:
        """Redraw in the theme's colours the parts that paint themselves."""
        self.actions_table.redraw_icons()
        self.tools.redraw_icons()
        self.case_list.list.viewport().update()
        self.refresh()

    def refresh(self) -> None:
        """Show the session as it is now."""
        case = self.session.current
        film = self.session.film(case) if case is not None else None
        self.film.show_case(case, film, self.editor.knee)
        self.compare.choose(self.editor.knee)
        self._refresh_panel()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files and folders, wherever on the window."""
        if dropped_paths(event.mimeData()):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Take them everywhere."""
        event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Add dropped files and folders."""
        event.acceptProposedAction()
        self.opener.drop(event.mimeData())

    def closeEvent(self, event: QCloseEvent) -> None:
        """Save the reader's work and the window's layout, and stop the background work at once."""
        self._finish_typing()
        if not self.closing.may_close():
            event.ignore()
            return
        self.stop_comparing()
        self.settings.set_state("window", self.saveGeometry())
        self.settings.set_state("splitter", self._splitter.saveState())
        self.settings.heat_opacity = self.tools.opacity
        self.settings.sync()
        self.session.close()
        event.accept()

    def _finish_typing(self) -> None:
        self.panel.finish()
        self.dictations.finish()

    def open_files(self, paths: list[Path]) -> None:
        """Add the files that the program was started with."""
        self.opener.add(paths)

    def report_crash(self) -> None:
        """Say once that something unexpected happened."""
        self.status.notify(
            self.tr("An unexpected error occurred and was logged. You can continue to work.")
        )

    def _build_body(self) -> Parts:
        splitter = Parts(
            (
                Part(self.case_list, 120, _SIDE_WIDTH),
                Part(self.film_area, 218),
                Part(self.panel, _PANEL_LEAST, _PANEL_WIDTH),
            )
        )
        body = QWidget()
        layout = QVBoxLayout(body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.saving)
        layout.addWidget(self.patients.follow_ups.question)
        layout.addWidget(splitter, 1)
        self.setCentralWidget(body)
        self.setTabOrder(self.case_list.list, self.film.view)
        return splitter

    def _connect_session(self) -> None:
        session = self.session
        session.current_changed.connect(self._show_another)
        session.case_changed.connect(self._case_changed)
        session.film_ready.connect(self._case_changed)
        session.attention.connect(self.case_list.reveal)
        session.progress_changed.connect(self._refresh_status_soon)
        session.said.connect(self.status.notify)
        session.undo_stack.indexChanged.connect(self._refresh_actions)
        self.editor.knee_changed.connect(self._show_choice)
        self.editor.read_through.connect(lambda: self.notices.tell_read(session.cases))
        self.editor.changed.connect(self.notices.tell_change)
        self.case_list.chosen.connect(self._choose_case)
        self.case_list.search.textChanged.connect(self._refresh_actions)
        self.case_list.moved.connect(self._refresh_actions)
        self.case_list.folder_wanted.connect(self.opener.show_folder)
        self.status.cancelled.connect(session.stop)
        self.status.cancelled.connect(self.film_area.take_focus)
        self.film.open_wanted.connect(self.opener.open)
        self.film.samples_wanted.connect(self.opener.open_samples)
        self.film.look_wanted.connect(self.patients.moved_films.look)
        self.film.setup_wanted.connect(self.patients.set_up)
        self.patients.was_set_up.connect(self._apply_preferences)

    def _connect_parts(self) -> None:
        editor, panel = self.editor, self.panel
        self.film.edit_by(editor)
        panel.edit_by(editor)
        panel.not_gradable.connect(self.not_gradable.decide)
        panel.draw_wanted.connect(self.draw_box)
        panel.name_wanted.connect(self.help.ask_reader)
        self.help.reader_named.connect(self._name_reader)
        self.sign_offs.follow(panel)
        self.sign_offs.begun.connect(self._finish_typing)
        self.sign_offs.reader_named.connect(self._name_reader)
        self.dictations.copy_wanted.connect(self.exports.copy_findings)
        panel.left.connect(self.film_area.take_focus)
        self.pointing.changed.connect(self._refresh_actions)
        self.tools.opacity_changed.connect(self.film_area.set_heat_opacity)
        self.compare.left.connect(self.stop_comparing)
        self.patients.follow_ups.changed.connect(self._refresh_panel)
        self.patients.follow_ups.compare_wanted.connect(partial(self.set_comparing, True))
        self.film_area.preset_shown.connect(partial(self.actions_table.tick, WINDOW_GROUP))
        self.film_area.blinker.shown.connect(self._refresh_actions)
        self.film_area.blinker.ended.connect(partial(self.actions_table["blink"].setChecked, False))
        self.film_area.blinker.ended.connect(self._refresh_actions)

    def _restore(self) -> None:
        self.actions_table[f"theme_{self.settings.theme.value}"].setChecked(True)
        self._name_reader()
        colours = self.settings.colour_map
        self.actions_table[f"colours_{colours.value}"].setChecked(True)
        self.actions_table[f"order_{self.settings.case_order.value}"].setChecked(True)
        self.actions_table["only_all"].setChecked(True)
        self.film_area.set_heat_opacity(self.settings.heat_opacity)
        self.film_area.set_colour_map(colours)
        self.actions_table["joint"].setChecked(self.settings.joint_visible)
        if not self.restoreGeometry(self.settings.state("window")):
            resize_in_screen(self, FIRST_SIZE)
        self._splitter.restore(self.settings.state("splitter"), self.width())

    def _apply_preferences(self) -> None:
        self._name_reader()
        self.session.kept.keep(wanted=self.settings.list_kept)
        self.opener.watch()
        self.lock.follow_settings()
        self.actions_table[f"colours_{self.settings.colour_map.value}"].trigger()
        self.actions_table[f"theme_{self.settings.theme.value}"].trigger()

    def _name_reader(self) -> None:
        self.session.reader = self.settings.reader
        self.panel.show_reader(self.settings.reader)
        self.film.setup.setHidden(self.settings.is_set_up or bool(self.settings.reader))

    def _choose_case(self, case: Case | None) -> None:
        # A comment that is still being typed belongs to the case before.
        self.panel.finish()
        self.session.select(case)

    def _show_another(self) -> None:
        # The case itself is shown where its first knee is chosen.
        if self.film_area.is_comparing:
            self.set_comparing(True)
        self.panel.verticalScrollBar().setValue(0)

    def _show_choice(self) -> None:
        self.refresh()
        if self.editor.knee is not None:
            self.panel.show_card(self.editor.knee)

    def _case_changed(self, case: Case) -> None:
        if case is self.session.current:
            self.refresh()
        elif case in self.compare.cases:
            self.compare.refresh()
        current = self.session.current
        if current is not None and is_earlier(case, current):
            self._refresh_panel()

    def _refresh_panel(self) -> None:
        card = self.session.services.card
        coverage = card.set_coverage if card else _DEFAULT_COVERAGE
        case = self.session.current
        earlier = earlier_films(case, self.session.cases.with_beside()) if case is not None else []
        self.panel.show_case(case, self.editor.knee, coverage, earlier)
        marked = self.editor.marked
        grade = case.finding(marked).grade if case is not None and marked is not None else None
        self.tools.show_predicted(grade)
        self._refresh_status()

    def _refresh_status_soon(self) -> None:
        if not self._status_timer.isActive():
            self._status_timer.start()

    def _refresh_status(self) -> None:
        self.status.refresh(self.session)
        self.saving.refresh()
        self._refresh_actions()

    def _refresh_actions(self) -> None:
        films = self.film_area
        seen = {
            When.FILM: films.has_film,
            When.ALONE: not films.is_comparing,
            When.LEAVABLE: films.is_leavable or self.pointing.is_on,
            When.NEXT: self.case_list.can_step(1),
            When.PREVIOUS: self.case_list.can_step(-1),
            When.UNREAD: self.case_list.has_unread,
            When.FOLLOWED: self.patients.follow_ups.has_others,
        }
        self.actions_table.enable(conditions(self.session, self.editor, seen))
        stack = self.session.undo_stack
        undone = stack.undo_text(self.session.current) or ""
        self.actions_table.name_undo(undone, stack.redoText())
        self.actions_table["stored_inverted"].setText(self.polarity.command)
