"""All films of earlier sessions: searched, opened again with their grades, or removed for good."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future

from PySide6.QtCore import QCoreApplication, QItemSelectionModel, QObject, QSize, QTimer, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QLineEdit,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from koa_desktop.examination.sign_off import Status
from koa_desktop.examination.worklist import FilmFacts
from koa_desktop.gui.case_list.found_cases import search_words
from koa_desktop.gui.dialogs.table_dialog import TableDialog
from koa_desktop.gui.session import tasks
from koa_desktop.gui.session.kept_list import Found, day_of
from koa_desktop.gui.session.session import Session
from koa_desktop.gui.style.plain_text import set_tooltip, warning
from koa_desktop.gui.support.settings import Settings
from koa_desktop.wording.language import counted, date_text
from koa_desktop.wording.sentences import capitalised, sentence

translate = QCoreApplication.translate

_SIZE = QSize(860, 520)
_TYPING_MS = 120
_FILE = 6  # the column of the file's name


class EarlierFilmsDialog(TableDialog):
    """A search, the films that it finds, and what can be done with them; not modal."""

    searched = Signal(str)
    open_wanted = Signal(object)  # the chosen films
    removal_wanted = Signal(object)
    table: QTableWidget

    def __init__(self, parent: QWidget | None = None) -> None:
        table = QTableWidget(0, _FILE + 1)
        super().__init__(translate("EarlierFilmsDialog", "Earlier films"), _SIZE, table, parent)
        self.setObjectName("earlier")
        self._shown: list[FilmFacts] = []
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Search name, ID, date, grade, flag, comment"))
        self.search.setAccessibleName(self.tr("Search the earlier films"))
        self.search.setClearButtonEnabled(True)
        self.body.insertWidget(0, self.search)
        self.by_patient = QCheckBox(self.tr("Group by &patient"))
        self.by_patient.toggled.connect(lambda: self.searched.emit(self.search.text()))
        self.body.insertWidget(1, self.by_patient)
        self.remove_button = self.add_button(self.tr("Remove…"))
        self.open_button = self.add_button(self.tr("Open"))
        self.open_button.setDefault(True)
        self._typing = QTimer(self, singleShot=True, interval=_TYPING_MS)
        self._typing.timeout.connect(lambda: self.searched.emit(self.search.text()))
        self.search.textChanged.connect(self._typing.start)
        self.search.returnPressed.connect(self._open)
        self.open_button.clicked.connect(self._open)
        self.remove_button.clicked.connect(self._remove)
        self._build()
        self.search.setFocus()

    @property
    def chosen(self) -> list[FilmFacts]:
        """The chosen films, in the order of the table."""
        rows = sorted({index.row() for index in self.table.selectionModel().selectedRows()})
        return [self._shown[row] for row in rows]

    def show_found(self, films: Sequence[FilmFacts], count: int) -> None:
        """Show what a search found; `count` may be more than the films that are shown."""
        self._shown = list(films)
        if self.by_patient.isChecked():
            # Python's sort is stable: within a patient, the newest film comes first.
            self._shown.sort(key=lambda film: film.study_date, reverse=True)
            self._shown.sort(key=_patient_of)
        self.table.setRowCount(len(films))
        for row, film in enumerate(self._shown):
            cells = _cells(film)
            if self.by_patient.isChecked() and row and _is_same(self._shown[row - 1], film):
                cells = ("", "", *cells[2:])
            for column, text in enumerate(cells):
                item = QTableWidgetItem(text)
                set_tooltip(item, str(film.path) if column == _FILE else text)
                self.table.setItem(row, column, item)
        for column in range(_FILE):
            self.table.resizeColumnToContents(column)
        if films:
            self._choose_first()
        self._enable()
        self.note.setText(self._count_text(len(films), count))

    def say(self, text: str) -> None:
        """Show a sentence instead of the number of films."""
        self.note.setText(text)

    def _build(self) -> None:
        table = self.table
        table.setAccessibleName(self.tr("Films"))
        table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        table.setHorizontalHeaderLabels(
            [
                self.tr("Patient"),
                self.tr("ID"),
                self.tr("Study"),
                self.tr("Grades"),
                self.tr("Status"),
                self.tr("Last opened"),
                self.tr("File"),
            ]
        )
        table.horizontalHeader().setStretchLastSection(True)
        table.itemSelectionChanged.connect(self._enable)
        table.doubleClicked.connect(self._open)

    def _count_text(self, shown: int, count: int) -> str:
        if not count and not self.search.text().strip():
            return self.tr("No film has been opened yet.")
        if count > shown:
            return self.tr("The last {0} of {1} films").format(shown, count)
        return counted("1 film", "{0} films", count)

    def _enable(self) -> None:
        for button in (self.open_button, self.remove_button):
            button.setEnabled(bool(self.chosen))

    def _open(self) -> None:
        if self.chosen:
            self.open_wanted.emit(self.chosen)

    def _choose_first(self) -> None:
        """Select the first row alone; `QTableWidget.selectRow` toggles it while Ctrl is held."""
        flag = QItemSelectionModel.SelectionFlag
        first = self.table.model().index(0, 0)
        self.table.selectionModel().setCurrentIndex(first, flag.ClearAndSelect | flag.Rows)

    def _remove(self) -> None:
        if self.chosen:
            self.removal_wanted.emit(self.chosen)


def _patient_of(film: FilmFacts) -> tuple[bool, str, str]:
    """Return what films are grouped by; those without a patient come last."""
    return not (film.patient or film.patient_id), film.patient.casefold(), film.patient_id


def _is_same(one: FilmFacts, other: FilmFacts) -> bool:
    return bool(other.patient or other.patient_id) and _patient_of(one) == _patient_of(other)


def _cells(film: FilmFacts) -> tuple[str, ...]:
    return (
        film.patient,
        film.patient_id,
        date_text(day_of(film.study_date)),
        film.grades,
        capitalised(sentence(Status.FINAL if film.is_final else Status.DRAFT)),
        date_text(day_of(film.at)),
        film.path.name,
    )


class EarlierFilms(QObject):
    """Shows the dialog, and carries out what is asked for in it."""

    def __init__(self, session: Session, settings: Settings, window: QWidget) -> None:
        super().__init__(window)
        self._session = session
        self._settings = settings
        self._window = window
        self._dialog: EarlierFilmsDialog | None = None
        self._asked = ""

    def show(self) -> None:
        """Open the dialog, or bring it forward."""
        if self._dialog is None:
            self._dialog = EarlierFilmsDialog(self._window)
            self._dialog.searched.connect(self._search)
            self._dialog.open_wanted.connect(self._open)
            self._dialog.removal_wanted.connect(self._ask_to_remove)
            self._dialog.destroyed.connect(self._forget_dialog)
            self._search("")
        self._dialog.show()
        self._dialog.raise_()
        self._dialog.activateWindow()

    def _forget_dialog(self) -> None:
        self._dialog = None

    def _search(self, text: str) -> None:
        self._asked = text

        def show(future: Future[Found]) -> None:
            found = tasks.outcome(future)
            # Answers to what was typed before come too late.
            if self._dialog is None or text != self._asked:
                return
            if isinstance(found, tasks.Failure):
                self._dialog.say(sentence(found.reason))
                return
            self._dialog.show_found(*found)
            if not self._settings.list_kept:
                told = self.tr("Films are no longer kept: see Edit > Preferences.")
                self._dialog.say(told)

        self._session.kept.find(search_words(text), show)

    def _open(self, films: Sequence[FilmFacts]) -> None:
        self._session.kept.open(films)
        if self._dialog is not None:
            self._dialog.close()

    def _ask_to_remove(self, films: Sequence[FilmFacts]) -> None:
        """Ask before films are removed; Cancel is the button that Return presses."""
        question = counted("Remove this film?", "Remove {0} films?", len(films))
        lost = self.tr(
            "Grades, boxes, comments, the audit trail, thumbnails, copies in the archive folder "
            "and the program's own backups are removed from this computer and cannot be brought "
            "back. Film files elsewhere, your exports, your own backups and lists that were set "
            "aside stay."
        )
        word = self.tr("Remove")
        box = warning(self._dialog, question, lost, word, lambda: self._remove(films))
        box.setObjectName("removal")
        box.open()

    def _remove(self, films: Sequence[FilmFacts]) -> None:
        self._session.forget(film.sha256 for film in films)
        self._settings.forget_recent([film.path for film in films])

        def done(future: Future[None]) -> None:
            result = tasks.outcome(future)
            if isinstance(result, tasks.Failure) and self._dialog is not None:
                self._dialog.say(sentence(result.reason))
            else:
                self._search(self._asked)

        self._session.kept.remove(films, done)
