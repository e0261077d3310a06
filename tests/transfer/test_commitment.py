"""Storage commitment: on the same association, at the receiver, refused, late, and by Orthanc."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pydicom
import pytest
from pydicom import Dataset
from pynetdicom import AE, AllStoragePresentationContexts, build_role, evt
from pynetdicom.sop_class import (
    StorageCommitmentPushModel,
    StorageCommitmentPushModelInstance,
    StudyRootQueryRetrieveInformationModelFind,
)

from koa_desktop.errors import NetworkReason
from koa_desktop.transfer import commitment, sending
from koa_desktop.transfer.node import LOOPBACK, OWN_TITLE, Node, Receiving
from koa_desktop.transfer.receiving import Receiver
from tests.transfer.conftest import film, free_port
from tests.transfer.test_sending import wait_for

KEPT, SOME_FAILED = 1, 2  # event types (PS3.4 J.3.3.1)
NO_RESOURCES = 0x0213


class Archive:
    """Takes objects, finds all of them, and promises to keep all but `refused`.

    It reports on the same association, or at the port `reports_at`; never if that is 0.
    """

    def __init__(self, port: int, reports_at: int | None = None) -> None:
        self.node = Node("Archive", "ARCHIVE", LOOPBACK, port, commitment=True)
        self.reports_at = reports_at
        self.refused: set[str] = set()
        self.status: int | None = 0x0000  # of the answer to N-ACTION; None does not know it at all
        self.statuses: list[int] = []
        self.threads: list[threading.Thread] = []
        self.questions = 0

    def act(self, event: evt.Event) -> tuple[int, Dataset | None]:
        if self.status == 0 and self.reports_at != 0:
            where = self.report_there if self.reports_at else self.report_here
            thread = threading.Thread(target=where, args=(event.assoc, event.action_information))
            self.threads.append(thread)
            thread.start()
        return self.status or 0, None

    def report(self, asked: Dataset) -> tuple[Dataset, int]:
        told = Dataset()
        told.TransactionUID = asked.TransactionUID
        wanted = list(asked.ReferencedSOPSequence)
        kept = [one for one in wanted if one.ReferencedSOPInstanceUID not in self.refused]
        failed = [one for one in wanted if one not in kept]
        if kept:
            told.ReferencedSOPSequence = kept
        for one in failed:
            one.FailureReason = NO_RESOURCES
        if failed:
            told.FailedSOPSequence = failed
        return told, SOME_FAILED if failed else KEPT

    def send_report(self, association: object, asked: Dataset) -> None:
        told, kind = self.report(asked)
        answer, _ = association.send_n_event_report(  # type: ignore[attr-defined]
            told, kind, StorageCommitmentPushModel, StorageCommitmentPushModelInstance
        )
        self.statuses.append(answer.get("Status"))

    def report_here(self, association: object, asked: Dataset) -> None:
        self.send_report(association, asked)

    def report_there(self, _: object, asked: Dataset) -> None:
        entity = AE("ARCHIVE")
        entity.add_requested_context(StorageCommitmentPushModel)
        role = build_role(StorageCommitmentPushModel, scp_role=True)
        association = entity.associate(
            LOOPBACK, self.reports_at or 0, ae_title=OWN_TITLE, ext_neg=[role]
        )
        self.send_report(association, asked)
        association.release()

    def find(self, event: evt.Event) -> Iterator[tuple[int, Dataset | None]]:
        self.questions += 1
        yield 0xFF00, event.identifier
        yield 0x0000, None

    @contextmanager
    def open(self) -> Iterator[None]:
        entity = AE("ARCHIVE")
        entity.supported_contexts = AllStoragePresentationContexts
        entity.add_supported_context(StudyRootQueryRetrieveInformationModelFind)
        if self.status is not None:
            entity.add_supported_context(StorageCommitmentPushModel)
        handlers = [
            (evt.EVT_C_STORE, lambda _: 0x0000),
            (evt.EVT_C_FIND, self.find),
            (evt.EVT_N_ACTION, self.act),
        ]
        place = LOOPBACK, self.node.port
        server = entity.start_server(place, block=False, evt_handlers=handlers)
        try:
            yield
        finally:
            for thread in self.threads:
                thread.join(10)
            server.shutdown()


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[int]:
    """The port at which films, and reports, are received."""
    (tmp_path / "received").mkdir()
    port = free_port()
    listening = Receiver(Receiving(OWN_TITLE, LOOPBACK, port), tmp_path / "received")
    listening.start()
    yield port
    listening.stop()


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    return [film(tmp_path, 1), film(tmp_path, 2)]


def sent(archive: Archive, files: list[Path]) -> sending.Sent:
    with archive.open():
        return sending.send(files, archive.node, OWN_TITLE, lambda *_: None, Event())


def uid_of(path: Path) -> str:
    return str(pydicom.dcmread(path, stop_before_pixels=True).SOPInstanceUID)


def test_a_promise_on_the_same_association_is_taken(port: int, files: list[Path]) -> None:
    archive = Archive(port)
    assert sent(archive, files) == sending.Sent(tuple(files), tuple(files), promised=True)
    assert archive.statuses == [0]
    assert archive.questions == 0


def test_a_promise_at_the_receiver_is_taken(port: int, files: list[Path], receiver: int) -> None:
    archive = Archive(port, receiver)
    assert sent(archive, files) == sending.Sent(tuple(files), tuple(files), promised=True)
    assert archive.statuses == [0]


def test_what_is_not_promised_has_not_arrived_and_is_named(
    port: int, files: list[Path], receiver: int
) -> None:
    archive = Archive(port, receiver)
    archive.refused = {uid_of(files[0])}
    result = sent(archive, files)
    assert result.arrived == result.verified == (files[1],)
    assert [one.code for one in result.problems] == [NetworkReason.NOT_PROMISED]
    assert dict(result.problems[0].arguments) == {"file": files[0].name, "name": "Archive"}


def test_without_a_report_in_time_the_archive_is_asked_as_before(
    port: int, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commitment, "WAIT", 0.3)
    archive = Archive(port, reports_at=0)
    assert sent(archive, files) == sending.Sent(tuple(files), tuple(files))
    assert archive.questions == 2


@pytest.mark.parametrize("status", [0x0110, None])
def test_an_archive_that_knows_no_commitment_is_asked_as_before(
    port: int, files: list[Path], status: int | None
) -> None:
    archive = Archive(port)
    archive.status = status
    assert sent(archive, files) == sending.Sent(tuple(files), tuple(files))
    assert archive.questions == 2


def test_a_node_that_is_not_set_to_it_is_not_asked_for_it(port: int, files: list[Path]) -> None:
    archive = Archive(port)
    archive.node = Node("Archive", "ARCHIVE", LOOPBACK, port)
    assert not sent(archive, files).promised
    assert archive.threads == []


def test_a_report_that_nobody_awaits_is_refused(port: int, receiver: int) -> None:
    archive, asked = Archive(port, receiver), Dataset()
    asked.TransactionUID, asked.ReferencedSOPSequence = "1.2.3.4", []
    archive.report_there(None, asked)
    assert archive.statuses == [0x0110]


@pytest.mark.skipif(not shutil.which("Orthanc"), reason="Orthanc is missing")
def test_orthanc_promises_at_the_receiver(
    port: int, files: list[Path], receiver: int, tmp_path: Path
) -> None:
    folder = tmp_path / "orthanc"
    folder.mkdir()
    settings = {
        "StorageDirectory": str(folder),
        "IndexDirectory": str(folder),
        "HttpServerEnabled": False,
        "DicomPort": port,
        "DicomAet": "ORTHANC",
        "DicomAlwaysAllowFind": True,
        "DicomModalities": {"koa": [OWN_TITLE, LOOPBACK, receiver]},
        "Plugins": [],
    }
    (folder / "orthanc.json").write_text(json.dumps(settings))
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    command = ["Orthanc", str(folder / "orthanc.json")]
    with subprocess.Popen(command, **quiet) as process:  # type: ignore[call-overload]
        node = Node("Orthanc", "ORTHANC", LOOPBACK, port, commitment=True)
        try:
            wait_for(node)
            result = sending.send(files, node, OWN_TITLE, lambda *_: None, Event())
        finally:
            process.terminate()
    assert result == sending.Sent(tuple(files), tuple(files), promised=True)
