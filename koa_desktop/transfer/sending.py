"""Sends DICOM objects to a node: C-ECHO, C-STORE, and how to be sure of what has arrived.

A node that is set to it is asked for a storage commitment, every other one by C-FIND.

Every wait has an end: a node that does not answer is told after `PATIENCE` seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event

import pydicom
from pydicom import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.uid import UID
from pynetdicom.association import Association
from pynetdicom.sop_class import (  # type: ignore[attr-defined]
    StudyRootQueryRetrieveInformationModelFind,
    Verification,
)

from koa_desktop.errors import NetworkError, NetworkReason, ReadError, ReadReason
from koa_desktop.message import Message
from koa_desktop.system.files import long_path
from koa_desktop.transfer import commitment
from koa_desktop.transfer.associating import associated
from koa_desktop.transfer.node import Node

PAUSES = (1.0, 4.0)  # seconds before what a broken connection left is tried again
# Asked again, the node would say the same.
_FINAL = (NetworkReason.REJECTED, NetworkReason.NOTHING_TAKEN)
_SUCCESS, _PENDING = 0x0000, (0xFF00, 0xFF01)
_WARNINGS = range(0xB000, 0xC000)  # stored, with a remark (PS3.4 B.2.3)


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of sending: files that arrived, and why others did not.

    `verified` are those of the arrived that the node has promised to keep, where it has `promised`
    (storage commitment), else those that it found when asked; a node need not know how to answer.
    """

    arrived: tuple[Path, ...] = ()
    verified: tuple[Path, ...] = ()
    problems: tuple[Message, ...] = ()
    was_stopped: bool = False
    promised: bool = False


def echo(node: Node, own_title: str) -> None:
    """Ask a node whether it is there (C-ECHO). Raises NetworkError."""
    with associated(node, own_title, [(Verification, None)]) as association:
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
            with associated(node, own_title, _contexts(left)) as association:
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
    if stopped.is_set():
        return Sent(tuple(taken), (), tuple(problems), was_stopped=True)
    return _confirmed(Sent(tuple(taken), problems=tuple(problems)), taken, node, own_title, stopped)


def _confirmed(
    sent: Sent, taken: Mapping[Path, Dataset], node: Node, own_title: str, stopped: Event
) -> Sent:
    """Return what was sent with what the node has of it: by its promise, else by its answer."""
    kept = _promised(taken, node, own_title, stopped) if node.commitment and taken else None
    if kept is None:
        return replace(sent, verified=_found(taken, node, own_title))
    refused = [
        Message.of(NetworkReason.NOT_PROMISED, file=path.name, name=node.name)
        for path in taken
        if path not in kept
    ]
    # What the node will not keep has not arrived.
    return Sent(kept, kept, (*sent.problems, *refused), promised=True)


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
    for keyword in ("SOPClassUID", "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"):
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


def _promised(
    taken: Mapping[Path, Dataset], node: Node, own_title: str, stopped: Event
) -> tuple[Path, ...] | None:
    """Return the files that the node has promised to keep; None where it promises nothing."""
    instances = [(str(one.SOPClassUID), str(one.SOPInstanceUID)) for one in taken.values()]
    report = commitment.ask(instances, node, own_title, stopped)
    if report is None:
        return None
    return tuple(path for path, one in taken.items() if one.SOPInstanceUID in report.kept)


def _found(taken: Mapping[Path, Dataset], node: Node, own_title: str) -> tuple[Path, ...]:
    """Return the files that the node finds when it is asked for them (C-FIND); none if it can't."""
    contexts = [(StudyRootQueryRetrieveInformationModelFind, None)]
    try:
        if not taken:
            return ()
        with associated(node, own_title, contexts) as association:
            return tuple(
                path for path, identity in taken.items() if _is_there(association, identity)
            )
    except (NetworkError, ValueError):
        return ()


def _is_there(association: Association, identity: Dataset) -> bool:
    asked = Dataset()
    asked.update(identity)
    del asked.SOPClassUID
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
