"""The panel at the right: a card for each knee, and the comment."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import pairwise

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from koa_desktop.examination.sign_off import DRAFT
from koa_desktop.grading.oarsi import OarsiName
from koa_desktop.gui.knee_panel.card import KneeCard
from koa_desktop.gui.knee_panel.comment_box import CommentBox
from koa_desktop.gui.knee_panel.comment_templates import TemplateMenu
from koa_desktop.gui.knee_panel.sign_off_box import SignOffBox
from koa_desktop.gui.session.case import Case
from koa_desktop.gui.session.reading_editor import ReadingEditor
from koa_desktop.gui.style.flat_button import flat_button
from koa_desktop.gui.style.plain_text import plain_label
from koa_desktop.gui.support.settings import Settings
from koa_desktop.radiograph import Side
from koa_desktop.wording import decision_lines
from koa_desktop.wording.language import labelled
from koa_desktop.wording.sentences import capitalised, sentence, sentence_or_empty

_MARGIN = 9


class KneePanel(QScrollArea):
    """All knees of the shown case. Signals carry the knee's index in the reading."""

    chosen = Signal(int)
    grade_given = Signal(int, int)
    agreed = Signal(int)
    sides_swapped = Signal()
    deleted = Signal(int)
    graded_as_lies = Signal()
    requested = Signal(int)
    not_gradable = Signal(int)  # -1 is the film, on which no box lies
    draw_wanted = Signal()
    pointed = Signal(int, object)  # the OarsiName whose map is wanted, or no longer
    reread = Signal(int, object, object)  # an OarsiName, and the reader's grade or None
    comment_written = Signal(object, str)
    knee_comment_written = Signal(object, int, str)
    name_wanted = Signal()
    refused = Signal()  # typing on a final reading
    left = Signal()  # nothing here has the focus any longer

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setAccessibleName(self.tr("Knees"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._body = body = QWidget()
        body.setObjectName("panel")
        self._layout = QVBoxLayout(body)
        self._layout.setContentsMargins(_MARGIN, 10, _MARGIN, 10)
        self._layout.setSpacing(10)
        self._note = plain_label()
        self._note.setWordWrap(True)
        self._note.setProperty("warning", True)
        self._draw = QPushButton(self.tr("Draw a box  K"))
        self._draw.clicked.connect(self.draw_wanted)
        self._not_gradable = QPushButton(self.tr("Seen, not gradable  U"))
        self._not_gradable.setProperty("primary", True)
        self._not_gradable.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._not_gradable.clicked.connect(partial(self.not_gradable.emit, -1))
        self.comment = CommentBox()
        self.comment.written.connect(self.comment_written)
        self.comment.left.connect(self.left)
        self.comment.refused.connect(self.refused)
        self.templates = TemplateMenu(settings, self)
        self.templates.chosen.connect(self.comment.add_sentence)
        self._comment_head = self._build_comment_head()
        # Below the cards, where it stays while they are scrolled.
        self.sign_off = SignOffBox(self)
        self._remarks = plain_label()
        self._remarks.setWordWrap(True)
        self._remarks.setProperty("small", True)
        self._name = flat_button("", self.tr("The reader's name, for reports and the audit trail"))
        self._name.clicked.connect(self.name_wanted)
        self._cards: list[KneeCard] = []
        self._selected: int | None = None
        self._is_changing = False  # Qt moves the focus on from what is hidden
        self._pointed: OarsiName | None = None
        for widget in (
            self._note,
            self._not_gradable,
            self._draw,
            self._remarks,
            self._comment_head,
            self.comment,
        ):
            self._layout.addWidget(widget)
        self._layout.addWidget(self._name, 0, Qt.AlignmentFlag.AlignLeft)
        # On a tall screen all the room left over is here, not in the cards.
        self._layout.addStretch(1)
        self.setWidget(body)
        # Two cards from the start, so that the panel keeps its width when the first case comes.
        for _ in range(2):
            self._add_card()
        self.show_case(None, None, 0.9)
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._choose_focused)

    def edit_by(self, editor: ReadingEditor) -> None:
        """Have the reader's changes on the panel carried out."""
        self.chosen.connect(editor.choose)
        self.grade_given.connect(editor.give_grade_to)
        self.agreed.connect(editor.agree_on)
        self.sides_swapped.connect(editor.swap_sides)
        self.deleted.connect(editor.delete_box_of)
        self.graded_as_lies.connect(editor.accept_proposed)
        self.requested.connect(editor.request)
        self.reread.connect(editor.reread)
        self.comment_written.connect(editor.comment)
        self.knee_comment_written.connect(editor.comment_knee)

    @property
    def cards(self) -> tuple[KneeCard, ...]:
        """The cards in use, in the reading's order."""
        return tuple(card for card in self._cards if not card.isHidden())

    def show_case(
        self,
        case: Case | None,
        selected: int | None,
        coverage: float,
        earlier: Sequence[Case] = (),
    ) -> None:
        """Show a case's knees; `selected` is the chosen one, `coverage` the prediction set's.

        `earlier` are films of the same patient.
        """
        shown = case if case and case.radiograph is not None and not case.error else None
        focused = QApplication.focusWidget()
        held = focused is not None and self.isAncestorOf(focused)
        self._selected, self._is_changing = selected, True
        self._show_cards(shown, selected, coverage, earlier)
        self._knee_name = self._name_of(shown, selected)
        if case is not None:
            self.comment.show_comment(case)
        self.sign_off.show_case(shown)
        self._place_sign_off()
        sign_off = shown.reading.sign_off if shown is not None else DRAFT
        self.comment.setReadOnly(sign_off.is_final)
        remarks = [decision_lines.reopening(one) for one in sign_off.reopenings]
        remarks += [
            labelled(decision_lines.addendum_head(one), one.text) for one in sign_off.addenda
        ]
        self._remarks.setText("\n".join(remarks))
        self._remarks.setVisible(bool(remarks))
        notes = _notes_on(shown) if shown is not None else ""
        self._note.setText(notes)
        self._note.setVisible(bool(notes))
        is_empty = shown is not None and not shown.reading.knees
        self._draw.setVisible(is_empty)
        self._not_gradable.setVisible(
            is_empty and shown is not None and shown.reading.decision is None
        )
        for widget in (self._comment_head, self.comment, self._name):
            widget.setVisible(shown is not None)
        self._is_changing = False
        if held and focused is not None:
            place = self._place_of(focused)
            if not focused.isVisibleTo(self) or place not in (None, selected):
                # Qt would give the focus to whatever comes next, such as a grade's button, and
                # a key would act on another knee than the one whose card has the focus.
                self.left.emit()
        self._widen()

    def finish(self) -> None:
        """Emit the comments that are being typed."""
        self.comment.finish()
        for card in self._cards:
            card.comment.finish()

    def _delete(self, index: int) -> None:
        # What is being typed belongs to the knees as they are numbered now.
        self.finish()
        self.deleted.emit(index)

    def show_reader(self, name: str) -> None:
        """Show who reads; without a name, offer to give one."""
        said = self.tr("Reader: {0}").format(name) if name else self.tr("Enter the reader's name…")
        # A single one would underline the letter behind it.
        self._name.setText(said.replace("&", "&&"))

    def offer_templates(self) -> None:
        """Open the list of ready sentences at the comment."""
        self.ensureWidgetVisible(self.comment)
        self.templates.set_comment(self.comment.toPlainText(), self._knee_name)
        self.templates.popup(self._sentences.mapToGlobal(QPoint(0, self._sentences.height())))

    def point_at(self, name: OarsiName | None) -> None:
        """Mark the OARSI reading whose map is shown, on the cards of all knees."""
        self._pointed = name
        for card in self._cards:
            card.why.point_at(name)

    def write_on_knee(self) -> None:
        """Give the focus to the comment on the chosen knee."""
        if self._selected is not None and self._selected < len(self.cards):
            comment = self.cards[self._selected].comment
            self.ensureWidgetVisible(comment)
            # As a shortcut, Qt would select the line, and the next letter would replace it.
            comment.setFocus(Qt.FocusReason.OtherFocusReason)
            comment.end(False)

    def write_on_film(self) -> None:
        """Give the focus to the comment on the film."""
        self.ensureWidgetVisible(self.comment)
        self.comment.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def show_card(self, index: int) -> None:
        """Scroll so that a card is seen, whole where the panel is high enough, else its top."""
        if index >= len(self._cards):
            return
        # The chosen card is higher than it was, by its buttons and its comment.
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
        card = self._cards[index]
        self.ensureWidgetVisible(card)
        if card.height() > self.viewport().height():
            self.verticalScrollBar().setValue(card.y())

    def showEvent(self, event: QShowEvent) -> None:
        """Be as wide as a card from the start: the first case must not move the film."""
        for part in self._cards[0].findChildren(QWidget):
            part.ensurePolished()
        self._widen()
        super().showEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the sign-off below the cards."""
        super().resizeEvent(event)
        self._place_sign_off()

    def _place_of(self, widget: QWidget) -> int | None:
        """Return the place of the knee on whose card a widget is; None where it is on none."""
        places = (at for at, card in enumerate(self.cards) if card.isAncestorOf(widget))
        return next(places, None)

    def _choose_focused(self, _: QWidget | None, now: QWidget | None) -> None:
        """Choose the knee whose card the focus enters: the keys of grades are for that knee."""
        place = self._place_of(now) if now is not None else None
        if place is not None and place != self._selected and not self._is_changing:
            self.chosen.emit(place)

    def _place_sign_off(self) -> None:
        box = self.sign_off
        height = 0 if box.isHidden() else box.heightForWidth(self.width())
        self.setViewportMargins(0, 0, 0, height)
        self.sign_off.setGeometry(0, self.height() - height, self.width(), height)
        self.sign_off.raise_()

    def _name_of(self, case: Case | None, selected: int | None) -> str:
        """Return the chosen knee as ready sentences name it; empty where its side is unknown."""
        if case is None or selected is None or selected >= len(case.reading.knees):
            return ""
        side = case.knee(case.reading.knees[selected]).side
        names = {Side.RIGHT: self.tr("right knee"), Side.LEFT: self.tr("left knee")}
        return names[side] if side is not None else ""

    def _show_cards(
        self, case: Case | None, selected: int | None, coverage: float, earlier: Sequence[Case]
    ) -> None:
        knees = case.reading.knees if case is not None else ()
        while len(self._cards) < len(knees):
            self._add_card()
        for index, card in enumerate(self._cards):
            card.setVisible(index < len(knees))
            if case is not None and index < len(knees):
                card.show_knee(case, knees[index], index == selected, coverage, earlier)

    def _build_comment_head(self) -> QWidget:
        head = QWidget()
        row = QHBoxLayout(head)
        row.setContentsMargins(0, 0, 0, 0)
        title = plain_label(self.tr("Comment"))
        title.setProperty("dim", True)
        self._sentences = flat_button(self.tr("Sentences ▾"), self.tr("Ready sentences (Ctrl+E)"))
        self._sentences.clicked.connect(self.offer_templates)
        row.addWidget(title, 1)
        row.addWidget(self._sentences)
        return head

    def _widen(self) -> None:
        """Never cut a card off; never grow narrower again, for that would move the film."""
        bar = self.verticalScrollBar().sizeHint().width()
        card = self._cards[0].minimumSizeHint().width() + 2 * _MARGIN
        needed = max(card, self._body.minimumSizeHint().width()) + bar
        self.setMinimumWidth(max(self.minimumWidth(), needed))

    def _add_card(self) -> None:
        index = len(self._cards)
        card = KneeCard()
        card.chosen.connect(partial(self.chosen.emit, index))
        card.grade_given.connect(partial(self.grade_given.emit, index))
        card.agreed.connect(partial(self.agreed.emit, index))
        card.sides_swapped.connect(self.sides_swapped)
        card.deleted.connect(partial(self._delete, index))
        card.comment.written.connect(self.knee_comment_written)
        card.comment.left.connect(self.left)
        card.comment.refused.connect(self.refused)
        card.requested.connect(partial(self.requested.emit, index))
        card.graded_as_lies.connect(self.graded_as_lies)
        card.why.pointed.connect(partial(self.pointed.emit, index))
        card.why.reread.connect(partial(self.reread.emit, index))
        card.why.point_at(self._pointed)
        card.not_gradable.connect(partial(self.not_gradable.emit, index))
        self._cards.append(card)
        self._layout.insertWidget(index + 1, card)
        self._order_stops()

    def _order_stops(self) -> None:
        """Have Tab pass the knees before the comment."""
        stops = [stop for card in self._cards for stop in card.stops()]
        last = [self._sentences, self.comment, self._name, *self.sign_off.stops()]
        for one, following in pairwise([*stops, *last]):
            QWidget.setTabOrder(one, following)


def _notes_on(case: Case) -> str:
    """Return why the film is not graded, if so, and what reading changed or found odd in it."""
    refusal = sentence_or_empty(case.refusal) if not case.reading.placed else ""
    notes = case.radiograph.notes if case.radiograph is not None else ()
    kept = [sentence_or_empty(note) for note in (case.store_note, case.kept_notice)]
    decision = case.reading.decision
    decided = decision_lines.choice(decision) if decision and not case.reading.knees else ""
    return "\n".join(filter(None, [capitalised(decided), refusal, *kept, *map(sentence, notes)]))
