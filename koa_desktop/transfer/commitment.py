"""Storage commitment (DICOM PS3.4 J, push model): a node says what of the sent it will keep.

It is asked by N-ACTION and answers by N-EVENT-REPORT: on the same association, or, as most archives
do, on one that it opens itself to where films are received.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Condition, Event
from time import monotonic

from pydicom import Dataset
from pydicom.uid import generate_uid
from pynetdicom import evt
from pynetdicom.sop_class import (  # type: ignore[attr-defined]
    StorageCommitmentPushModel,
    StorageCommitmentPushModelInstance,
)

from koa_desktop.errors import NetworkError
from koa_desktop.transfer.associating import PATIENCE, associated
from koa_desktop.transfer.node import Node

# An archive may take hours to promise; nobody waits for that before a window.
WAIT = PATIENCE
_REQUEST = 1  # the action type (PS3.4 J.3.2.1)
_SUCCESS, _NOT_AWAITED = 0x0000, 0x0110
_STEP = 0.2  # seconds between two looks at whether sending was stopped


@dataclass(frozen=True, slots=True)
class Report:
    """The instances, by UID, that a node has promised to keep."""

    kept: frozenset[str]


class _Reports:
    """The reports that are awaited, by transaction; all others are refused."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._found: dict[str, Report | None] = {}

    @contextmanager
    def awaited(self, transaction: str) -> Iterator[None]:
        """Take a report on this transaction during the body."""
        with self._changed:
            self._found[transaction] = None
        try:
            yield
        finally:
            with self._changed:
                del self._found[transaction]

    def take(self, event: evt.Event) -> tuple[int, None]:
        """Keep a report (N-EVENT-REPORT); returns the status of the answer."""
        told = event.event_information
        transaction = str(told.get("TransactionUID", ""))
        kept = told.get("ReferencedSOPSequence", ())
        report = Report(frozenset(str(one.get("ReferencedSOPInstanceUID")) for one in kept))
        with self._changed:
            if transaction not in self._found:
                return _NOT_AWAITED, None
            self._found[transaction] = report
            self._changed.notify_all()
        return _SUCCESS, None

    def wait(self, transaction: str, seconds: float, stopped: Event) -> Report | None:
        """Return an awaited report; None where it does not come in time, or `stopped` is set."""
        end = monotonic() + seconds
        with self._changed:
            while self._found[transaction] is None and monotonic() < end and not stopped.is_set():
                self._changed.wait(_STEP)
            return self._found[transaction]


# One for the program: a report arrives at the receiver, whoever waits for it.
_REPORTS = _Reports()
HANDLER = (evt.EVT_N_EVENT_REPORT, _REPORTS.take)


def ask(
    instances: Sequence[tuple[str, str]], node: Node, own_title: str, stopped: Event
) -> Report | None:
    """Ask a node to keep instances, given by class and UID, and return what it promises.

    None where it knows no storage commitment, is not there, or says nothing within `WAIT` seconds.
    """
    transaction = generate_uid()
    wanted = Dataset()
    wanted.TransactionUID = transaction
    wanted.ReferencedSOPSequence = [_reference(*one) for one in instances]
    contexts = [(StorageCommitmentPushModel, None)]
    try:
        with (
            _REPORTS.awaited(transaction),
            associated(node, own_title, contexts, [HANDLER]) as association,
        ):
            answer, _ = association.send_n_action(
                wanted, _REQUEST, StorageCommitmentPushModel, StorageCommitmentPushModelInstance
            )
            if answer.get("Status") != _SUCCESS:
                return None
            return _REPORTS.wait(transaction, WAIT, stopped)
    except (NetworkError, ValueError):
        return None


def _reference(sop_class: str, uid: str) -> Dataset:
    reference = Dataset()
    reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = sop_class, uid
    return reference
