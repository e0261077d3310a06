"""The filters of the case list."""

from __future__ import annotations

from datetime import date

from koa_desktop.gui.session.case import Case, CaseState
from koa_desktop.gui.support.settings import Only

_ATTENTION = (CaseState.NEEDS_BOX, CaseState.REFUSED, CaseState.ERROR)


def passes(case: Case, only: Only) -> bool:
    """Tell whether a filter lets a case through.

    A film of today was taken today or came into the list today.
    """
    match only:
        case Only.TODAY:
            return date.today() in (case.header.study_date, case.added)
        case Only.UNREAD:
            return case.is_unread
        case Only.FLAGGED:
            return case.flagged or case.state in _ATTENTION
        case Only.NOT_GRADABLE:
            return case.state is CaseState.NOT_GRADABLE or bool(case.obstacles)
        case Only.DRAFT:
            return case.radiograph is not None and not case.reading.is_final
        case Only.FINAL:
            return case.reading.is_final
    return True
