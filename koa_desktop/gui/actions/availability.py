"""What is there to act on: the conditions that hold now, by which commands are enabled."""

from __future__ import annotations

from collections.abc import Mapping

from koa_desktop.gui.actions.command import When
from koa_desktop.gui.session.case import UNFINISHED
from koa_desktop.gui.session.reading_editor import ReadingEditor
from koa_desktop.gui.session.session import Session


def conditions(session: Session, editor: ReadingEditor, seen: Mapping[When, bool]) -> When:
    """Return all conditions that hold now; `seen` are those that only the window's parts know."""
    case, marked = session.current, editor.marked
    placed = marked is not None and not marked.proposed
    present = {
        When.CASES: len(session.cases) > 0,
        When.CASE: case is not None,
        When.KNEE: marked is not None,
        When.KNEES: case is not None and len(case.reading.knees) > 1,
        When.PLACED: placed,
        When.PROPOSED: marked is not None and not placed,
        When.DECIDED: editor.is_decided,
        When.GRADED: case is not None and not case.error and case.state not in UNFINISHED,
        When.UNDO: session.undo_stack.undo_text(case) is not None,
        When.REDO: session.undo_stack.canRedo(),
        When.WAITING: session.stopped,
        When.CORRECTED: marked is not None and marked.correction is not None,
        When.MASKED: case is not None and bool(case.reading.masks),
        When.READINGS: case is not None
        and marked is not None
        and any(reading.grade for reading in case.finding(marked).readings),
        When.SIGNABLE: case is not None and case.is_signable,
        When.FINAL: case is not None and case.reading.is_final,
        **seen,
    }
    return When(sum(condition.value for condition, holds in present.items() if holds))
