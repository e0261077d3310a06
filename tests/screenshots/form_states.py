"""States of the window that show the forms of patients, sign-off, network and lock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDialog, QWidget

from koa_desktop.examination import identity
from koa_desktop.examination.actions import Action
from koa_desktop.gui.dialogs import crash_report
from koa_desktop.gui.dialogs.exchange.network import NetworkDialog
from koa_desktop.message import Message
from koa_desktop.radiograph import Identity
from koa_desktop.system import pin
from koa_desktop.transfer.node import Node, to_text
from tests.screenshots.stage import FILM, rest, wait
from tests.support.sample_files import broken_file, two_grades_film, wide_film

if TYPE_CHECKING:
    from tests.screenshots.look_at_all import Looker

READER = "Dr Example"
LONG_NAME = "Featherstonehaugh-Cholmondeley, Maximiliana Alexandra"


class FormStates:
    """Brings a window into these states, one after the other."""

    def __init__(self, looker: Looker) -> None:
        self._looker = looker
        self._window = looker.window

    def states(self) -> dict[str, Callable[[], QWidget | None]]:
        """Return what to show under which name; a state continues the one before."""
        return {
            "set-up": self.set_up,
            "import": self.imported,
            "identity": lambda: self._looker.dialog("identity", case="now.png"),
            "identity-refused": self.refused,
            "same-patient": self.same_patient,
            "follow-up": self.follow_up,
            "sign-unread": lambda: self._looker.dialog("sign", case="now.png"),
            "sign": lambda: self._looker.dialog("sign", case=FILM),
            "final": self.final,
            "addendum": lambda: self._looker.dialog("addendum"),
            "reopen": lambda: self._looker.dialog("reopen"),
            "final-refused": self.final_refused,
            "preferences-search": self.searched,
            "network": self.network,
            "pin": self.pin,
            "locked": self.locked,
            "remove-patient": self.removal,
            "crash-report": self.crash_report,
        }

    def set_up(self) -> QWidget:
        self._looker.close_dialogs()
        self._window.patients.set_up()
        return self._last()

    def imported(self) -> QWidget:
        """Import two films of one patient, and a file that cannot be read."""
        self._looker.close_dialogs()
        folder = self._looker.films / "A disc"
        folder.mkdir()
        wide_film(folder, "before.png")
        two_grades_film(folder, "now.png")
        broken_file(folder)
        dialog = self._window.patients.imports.begin(folder)
        wait(lambda: dialog.progress.isHidden() and self._window.session.graded)
        wait(lambda: len(self._window.session.cases) == self._window.session.graded)
        return dialog

    def refused(self) -> QWidget:
        dialog = self._last()
        dialog.name.setText(LONG_NAME)
        dialog.birth_date.line.setText("31/31/1950")
        dialog.accept()
        return dialog

    def same_patient(self) -> None:
        """Have the window ask whether a film of nearly the same name is of the same patient."""
        self._looker.close_dialogs()
        self._name("before.png", "4711", date(2016, 7, 1))
        self._name("now.png", "471", date(2020, 7, 1))
        self._looker.case("now.png")
        wait(self._window.patients.follow_ups.question.isVisible)

    def follow_up(self) -> QWidget:
        self._name("now.png", "4711", date(2020, 7, 1))
        wait(self._window.actions_table["follow_up"].isEnabled)
        return self._looker.dialog("follow_up")

    def final(self) -> None:
        self._looker.close_dialogs()
        self._window.editor.sign(READER)
        self._window.editor.add_addendum("The side was confirmed by telephone.", READER)

    def final_refused(self) -> QWidget:
        self._looker.close_dialogs()
        self._window.sign_offs.refuse(self._window.session.current)
        return self._window.sign_offs.dialog

    def searched(self) -> QWidget:
        dialog = self._looker.dialog("preferences")
        dialog.search.setText("folder")
        return dialog

    def network(self) -> QWidget:
        settings = self._window.settings
        settings.network_on = True
        settings.nodes = (to_text(Node("Archive of the hospital", "PACS", "192.0.2.7", 104)),)
        preferences = self._looker.dialog("preferences")
        preferences.network.click()
        (dialog,) = preferences.findChildren(NetworkDialog)
        dialog.nodes.selectRow(0)
        return dialog

    def pin(self) -> QWidget:
        self._window.settings.reader = READER
        self._window.settings.set_pin(READER, pin.hashed("1234"))
        preferences = self._looker.dialog("preferences")
        preferences.pin.click()
        return preferences.findChildren(QDialog)[-1]

    def locked(self) -> QWidget:
        self._looker.close_dialogs()
        self._window.lock.lock()
        return self._window.lock.dialog

    def removal(self) -> QWidget:
        dialog = self._window.lock.dialog
        dialog.pin.setText("1234")
        dialog.accept()
        self._looker.act("remove_patient")
        wait(self._looker.dialogs)
        return self._last()

    def crash_report(self) -> QWidget:
        self._looker.close_dialogs()
        box = crash_report.offer("KOA Desktop 0.1.0\nAn error\n" * 20, self._window)
        box.show()
        return box

    def _name(self, file: str, patient_id: str, taken: date) -> None:
        self._looker.case(file)
        session = self._window.session
        case = session.current
        typed = Identity(LONG_NAME, patient_id, date(1950, 2, 3), "F", taken)
        reading = identity.identified(case.reading, typed, case.radiograph)
        session.change(case, reading, Message(Action.IDENTIFY))
        rest(300)

    def _last(self) -> QDialog:
        wait(self._looker.dialogs)
        return self._looker.dialogs()[-1]
