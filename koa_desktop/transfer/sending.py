"""Sends DICOM objects to a node: C-ECHO, C-STORE, and a C-FIND for what has arrived.

Every wait has an end: a node that does not answer is told after `PATIENCE` seconds.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import pydicom
from pydicom import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.uid import UID
from pynetdicom import AE, _config
from pynetdicom.association import Association
from pynetdicom.sop_class import (  # type: ignore[attr-defined]
    StudyRootQueryRetrieveInformationModelFind,
    Verification,
)

from koa_desktop.errors import NetworkError, NetworkReason, ReadError, ReadReason
from koa_desktop.message import Message
from koa_desktop.system.files import long_path
from koa_desktop.transfer.node import Node

PATIENCE = 15.0  # seconds
PAUSES = (1.0, 4.0)  # seconds before what a broken connection left is tried again
# Asked again, the node would say the same.
_FINAL = (NetworkReason.REJECTED, NetworkReason.NOTHING_TAKEN)
_SUCCESS, _PENDING = 0x0000, (0xFF00, 0xFF01)
_WARNINGS = range(0xB000, 0xC000)  # stored, with a remark (PS3.4 B.2.3)
_MOST_CONTEXTS = 126  # of an association (PS3.8 9.3.2.2), one is for questions

# It writes requests and answers with their names to the log.
logging.getLogger("pynetdicom").setLevel(logging.CRITICAL + 1)
_config.LOG_HANDLER_LEVEL = "none"


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of sending: files that arrived, and why others did not.

    `verified` are those of the arrived that the node found when asked; a node need not know how to
    answer.
    """

    arrived: tuple[Path, ...] = ()
    verified: tuple[Path, ...] = ()
    problems: tuple[Message, ...] = ()
    was_stopped: bool = False


def echo(node: Node, own_title: str) -> None:
    """Ask a node whether it is there (C-ECHO). Raises NetworkError."""
    with _associated(node, own_title, [(Verification, None)]) as association:
        status = association.send_c_echo()
    if status.get("Status") != _SUCCESS:
        raise NetworkError(NetworkReason.NO_ANSWER, name=node.name)


def send(
    files: Sequence[Path],
    node: Node,
    own_title: str,
    progress: Callable[[int, int], object],
    stopped: Event,
) -> Sent:
    """Send DICOM files (C-STORE), and ask the node for those that it took.

    What a broken connection leaves is tried again after `PAUSES`. `progress` is called with the
    number of files done and of all. Never raises NetworkError: `problems` tell.
    """
    left, problems = list(files), list[Message]()
    taken: dict[Path, Dataset] = {}
    for pause in (*PAUSES, None):
        try:
            with _associated(node, own_title, _contexts(left)) as association:
                while left and not stopped.is_set():
                    identity, problem = _stored(association, left[0], node)
                    path = left.pop(0)
                    if problem is None:
                        taken[path] = identity
                    else:
                        problems.append(problem)
                    progress(len(files) - len(left), len(files))
            break
        except NetworkError as error:
            is_final = pause is None or error.message.code in _FINAL
            if is_final or stopped.wait(pause):
                problems += [] if stopped.is_set() else [error.message]
                break
        except ReadError as error:
            problems.append(error.message)
            break
    verified = () if stopped.is_set() else _found(taken, node, own_title)
    return Sent(tuple(taken), verified, tuple(problems), stopped.is_set())


@contextmanager
def _associated(
    node: Node, own_title: str, contexts: Sequence[tuple[UID, UID | None]]
) -> Iterator[Association]:
    """Open an association for classes and transfer syntaxes, and release it after the body.

    Raises NetworkError where the node is not there, refuses it, or breaks it off in the body.
    """
    entity = AE(own_title)
    entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = PATIENCE
    entity.connection_timeout = PATIENCE
    for sop_class, syntax in contexts[:_MOST_CONTEXTS]:
        entity.add_requested_context(sop_class, syntax)
    association = entity.associate(node.host, node.port, ae_title=node.title)
    if not association.is_established:
        raise NetworkError(_reason(association), name=node.name)
    try:
        yield association
    except RuntimeError as error:
        # pynetdicom's word for an association that is no more.
        raise NetworkError(NetworkReason.NO_ANSWER, name=node.name) from error
    finally:
        if association.is_established:
            association.release()


def _reason(association: Association) -> NetworkReason:
    """Return the reason why a node let nobody in."""
    if association.is_rejected:
        return NetworkReason.REJECTED
    if association.rejected_contexts:
        return NetworkReason.NOTHING_TAKEN
    return NetworkReason.UNREACHABLE


def _contexts(files: Sequence[Path]) -> list[tuple[UID, UID | None]]:
    """Return the classes and transfer syntaxes of files. Raises ReadError."""
    found: dict[tuple[UID, UID | None], None] = {}
    for path in files:
        meta = _read(path, stop_before_pixels=True).file_meta
        found[meta.MediaStorageSOPClassUID, meta.TransferSyntaxUID] = None
    return list(found)


def _stored(association: Association, path: Path, node: Node) -> tuple[Dataset, Message | None]:
    """Send one file. Returns what identifies it, and why it was not taken, if it was not.

    Raises NetworkError where the node does not answer, ReadError where the file cannot be read.
    """
    dataset = _read(path)
    identity = Dataset()
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"):
        identity[keyword] = dataset[keyword]
    names = {"file": path.name, "name": node.name}
    try:
        answer = association.send_c_store(dataset)
    except ValueError:
        # No presentation context was accepted for this class and syntax.
        return identity, Message.of(NetworkReason.NOT_TAKEN, **names)
    status = answer.get("Status")
    if status is None:
        raise NetworkError(NetworkReason.NO_ANSWER, name=node.name)
    if status == _SUCCESS or status in _WARNINGS:
        return identity, None
    return identity, Message.of(NetworkReason.REFUSED, status=f"{status:04X}", **names)


def _found(taken: Mapping[Path, Dataset], node: Node, own_title: str) -> tuple[Path, ...]:
    """Return the files that the node finds when it is asked for them (C-FIND); none if it can't."""
    contexts = [(StudyRootQueryRetrieveInformationModelFind, None)]
    try:
        if not taken:
            return ()
        with _associated(node, own_title, contexts) as association:
            return tuple(
                path for path, identity in taken.items() if _is_there(association, identity)
            )
    except (NetworkError, ValueError):
        return ()


def _is_there(association: Association, identity: Dataset) -> bool:
    asked = Dataset()
    asked.update(identity)
    asked.QueryRetrieveLevel = "IMAGE"
    answers = association.send_c_find(asked, StudyRootQueryRetrieveInformationModelFind)
    return any(
        status.get("Status") in _PENDING
        and found is not None
        and found.get("SOPInstanceUID") == identity.SOPInstanceUID
        for status, found in list(answers)
    )


def _read(path: Path, *, stop_before_pixels: bool = False) -> Dataset:
    """Return an object that this program wrote. Raises ReadError."""
    try:
        return pydicom.dcmread(long_path(path), stop_before_pixels=stop_before_pixels)
    except FileNotFoundError as error:
        raise ReadError(ReadReason.MISSING, name=path.name) from error
    except (OSError, InvalidDicomError) as error:
        raise ReadError(ReadReason.UNREACHABLE) from error
