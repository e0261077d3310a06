"""The form for a patient's data, which the file of a film lacks."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from koa_desktop.examination.identity import (
    SEXES,
    IdentityProblem,
    as_identity,
    problem_of,
    with_identity,
)
from koa_desktop.gui.patients.date_line import DateLine
from koa_desktop.gui.style.plain_text import plain_label, set_tooltip
from koa_desktop.radiograph import Header, Identity
from koa_desktop.wording.language import date_text
from koa_desktop.wording.sentences import sentence

_WIDTH = 470


def in_one_line(identity: Identity) -> str:
    """Return a patient in one line: name, ID, date of birth, sex."""
    parts = (
        identity.patient_name,
        identity.patient_id,
        date_text(identity.birth_date),
        identity.sex,
    )
    return " · ".join(part for part in parts if part)


class IdentityDialog(QDialog):
    """One form for one or several films. `own` is the shown film's header in its file.

    What the file has itself is shown and cannot be changed. `previous` is the patient of the film
    before, who is offered where this film has none.
    """

    typed = Signal(object)  # an Identity

    def __init__(
        self,
        own: Header,
        known: Identity,
        previous: Identity | None,
        films: int = 1,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("identity")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        title = self.tr("Patient's data") if films == 1 else self.tr("Patient's data of {0} films")
        self.setWindowTitle(title.format(films))
        self.setMinimumWidth(_WIDTH)
        self._own = own
        self.name, self.patient_id, self.sex = QLineEdit(), QLineEdit(), QComboBox()
        self.name.setPlaceholderText(self.tr("Family name, given name"))
        # Its own locale: the system's, or the one that the reader chose.
        locale = QLocale()
        self.birth_date = DateLine(self.tr("Date of birth"), locale)
        self.study_date = DateLine(self.tr("Study date"), locale)
        self._fill_sexes(own.sex)
        # By the names that they have in `Identity`.
        self._fields: dict[str, QWidget] = {
            "patient_name": self.name,
            "patient_id": self.patient_id,
            "birth_date": self.birth_date,
            "sex": self.sex,
            "study_date": self.study_date,
        }
        self.problem = plain_label()
        self.problem.setProperty("warning", True)
        self.problem.setWordWrap(True)
        self.problem.hide()
        for line in (self.name, self.patient_id, self.birth_date.line, self.study_date.line):
            line.textChanged.connect(self._check_again)
        layout = QVBoxLayout(self)
        self.as_before: QPushButton | None = None
        if previous is not None:
            self.as_before = self._offer(previous)
            layout.addWidget(self.as_before)
        layout.addLayout(self._build_form())
        layout.addWidget(self.problem)
        standard = QDialogButtonBox.StandardButton
        buttons = QDialogButtonBox(standard.Ok | standard.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout.addWidget(buttons)
        self.show_identity(known)
        self._close_known()
        first = self.as_before or next(
            (one for one in self._fields.values() if one.isEnabled()), buttons
        )
        first.setFocus()

    def show_identity(self, identity: Identity) -> None:
        """Fill in a patient's data."""
        self.name.setText(identity.patient_name)
        self.patient_id.setText(identity.patient_id)
        self.birth_date.set_day(identity.birth_date)
        self.sex.setCurrentIndex(max(self.sex.findData(identity.sex), 0))
        self.study_date.set_day(identity.study_date)

    @property
    def identity(self) -> Identity:
        """What the form says."""
        return Identity(
            self.name.text().strip(),
            self.patient_id.text().strip(),
            self.birth_date.day,
            self.sex.currentData(),
            self.study_date.day,
        )

    def accept(self) -> None:
        """Emit `typed`; what cannot be right is said instead."""
        found = self._problem()
        if found is None:
            self.typed.emit(self.identity)
            super().accept()
            return
        text, field = found
        self.problem.setText(text)
        self.problem.show()
        field.setFocus()

    def _problem(self) -> tuple[str, QWidget] | None:
        """Return a sentence on what cannot be right, and its field; None where all is well."""
        wrong = next((one for one in (self.birth_date, self.study_date) if one.is_wrong), None)
        if wrong is not None:
            return self.tr("This is not a date. Write it like {0}.").format(wrong.example), wrong
        problem = problem_of(self.identity, date.today())
        return None if problem is None else (sentence(problem), self._field_of(problem.code))

    def _check_again(self) -> None:
        """Say no longer what was mended."""
        if not self.problem.isHidden():
            found = self._problem()
            self.problem.setText(found[0] if found is not None else "")
            self.problem.setHidden(found is None)

    def _field_of(self, code: object) -> QWidget:
        if code in (IdentityProblem.NAME_TOO_LONG, IdentityProblem.NAME_LETTERS):
            return self.name
        if code in (IdentityProblem.ID_TOO_LONG, IdentityProblem.ID_LETTERS):
            return self.patient_id
        born = (IdentityProblem.BORN_LATER, IdentityProblem.BORN_TOO_EARLY)
        return self.birth_date if code in born else self.study_date

    def _fill_sexes(self, own: str) -> None:
        named = {"F": self.tr("Female"), "M": self.tr("Male"), "O": self.tr("Other")}
        self.sex.addItem("–", "")
        for sex in SEXES:
            self.sex.addItem(named[sex], sex)
        if own and own not in SEXES:
            self.sex.addItem(own, own)

    def _offer(self, previous: Identity) -> QPushButton:
        """Return the button that takes over the patient of the film before."""
        text = self.tr("&Same as the previous film: {0}")
        text = text.format(in_one_line(previous).replace("&", "&&"))
        button = QPushButton()
        button.setText(
            button.fontMetrics().elidedText(
                text, Qt.TextElideMode.ElideRight, _WIDTH - 60, Qt.TextFlag.TextShowMnemonic.value
            )
        )
        set_tooltip(button, in_one_line(previous))
        button.clicked.connect(lambda: self._take(previous))
        return button

    def _take(self, previous: Identity) -> None:
        self.show_identity(as_identity(with_identity(self._own, previous)))
        # The one field in which films of a patient differ.
        self.study_date.setFocus()
        self.study_date.line.selectAll()

    def _close_known(self) -> None:
        """Let nobody change what the file says."""
        for name, field in self._fields.items():
            if getattr(self._own, name):
                field.setEnabled(False)
                set_tooltip(field, self.tr("The file itself says so."))

    def _build_form(self) -> QFormLayout:
        form = QFormLayout()
        form.setVerticalSpacing(10)
        form.setHorizontalSpacing(14)
        names = (
            self.tr("&Name"),
            self.tr("&ID"),
            self.tr("Date of &birth"),
            self.tr("Se&x"),
            self.tr("Study &date"),
        )
        for name, field in zip(names, self._fields.values(), strict=True):
            form.addRow(name, field)
            field.setAccessibleName(name.replace("&", ""))
        return form
