"""Sending on loopback: to pynetdicom's own SCP, and to DCMTK's."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pydicom
import pytest
from pynetdicom import AE, AllStoragePresentationContexts, evt
from pynetdicom.sop_class import StudyRootQueryRetrieveInformationModelFind, Verification

from koa_desktop.errors import NetworkError, NetworkReason, ReadReason
from koa_desktop.transfer import sending
from koa_desktop.transfer.node import LOOPBACK, OWN_TITLE, Node
from tests.transfer.conftest import film


class Archive:
    """Takes objects, and finds those that it took; `lost` are taken and not kept."""

    def __init__(self, port: int) -> None:
        self.node = Node("Archive", "ARCHIVE", LOOPBACK, port)
        self.taken: list[str] = []
        self.lost: set[str] = set()
        self.aborts = 0
        self.status = 0x0000

    def store(self, event: evt.Event) -> int:
        if self.aborts:
            self.aborts -= 1
            event.assoc.abort()
            return 0xC000
        uid = str(event.request.AffectedSOPInstanceUID)
        if self.status == 0:
            self.taken.append(uid)
        return self.status

    def find(self, event: evt.Event) -> Iterator[tuple[int, pydicom.Dataset | None]]:
        uid = str(event.identifier.SOPInstanceUID)
        if uid in self.taken and uid not in self.lost:
            yield 0xFF00, event.identifier
        yield 0x0000, None

    @contextmanager
    def open(self) -> Iterator[None]:
        entity = AE("ARCHIVE")
        entity.require_called_aet = True
        entity.supported_contexts = AllStoragePresentationContexts
        entity.add_supported_context(Verification)
        entity.add_supported_context(StudyRootQueryRetrieveInformationModelFind)
        handlers = [(evt.EVT_C_STORE, self.store), (evt.EVT_C_FIND, self.find)]
        place = LOOPBACK, self.node.port
        server = entity.start_server(place, block=False, evt_handlers=handlers)
        try:
            yield
        finally:
            server.shutdown()


@pytest.fixture
def archive(port: int, monkeypatch: pytest.MonkeyPatch) -> Archive:
    monkeypatch.setattr(sending, "PAUSES", (0.01, 0.01))
    return Archive(port)


def sent(archive: Archive, *files: Path, stopped: Event | None = None) -> sending.Sent:
    told: list[tuple[int, int]] = []
    result = sending.send(
        files, archive.node, OWN_TITLE, lambda *done: told.append(done), stopped or Event()
    )
    assert told == sorted(told)
    return result


def test_a_node_answers_as_long_as_it_is_there(archive: Archive) -> None:
    with archive.open():
        sending.echo(archive.node, OWN_TITLE)
    with pytest.raises(NetworkError) as told:
        sending.echo(archive.node, OWN_TITLE)
    assert told.value.message.code is NetworkReason.UNREACHABLE


def test_a_node_of_another_title_refuses(archive: Archive) -> None:
    other = Node("Archive", "OTHER", LOOPBACK, archive.node.port)
    with archive.open(), pytest.raises(NetworkError) as told:
        sending.echo(other, OWN_TITLE)
    assert told.value.message.code is NetworkReason.REJECTED


def test_what_arrived_is_found_again(archive: Archive, tmp_path: Path) -> None:
    files = film(tmp_path, 1), film(tmp_path, 2)
    archive.lost = {str(pydicom.dcmread(files[1]).SOPInstanceUID)}
    with archive.open():
        result = sent(archive, *files)
    assert result == sending.Sent(files, (files[0],))
    assert archive.taken == [str(pydicom.dcmread(file).SOPInstanceUID) for file in files]


def test_a_broken_connection_is_tried_again_and_nothing_is_sent_twice(
    archive: Archive, tmp_path: Path
) -> None:
    files = film(tmp_path, 1), film(tmp_path, 2)
    archive.aborts = 1
    with archive.open():
        result = sent(archive, *files)
    assert result.arrived == files
    assert not result.problems
    assert len(archive.taken) == 2


def test_a_node_that_takes_nothing_costs_each_file_and_no_more(
    archive: Archive, tmp_path: Path
) -> None:
    archive.status = 0xA700
    with archive.open():
        result = sent(archive, film(tmp_path, 1), film(tmp_path, 2))
    assert not result.arrived
    assert [one.code for one in result.problems] == [NetworkReason.REFUSED] * 2
    assert dict(result.problems[0].arguments)["status"] == "A700"


def test_without_a_node_the_problem_is_told_once(archive: Archive, tmp_path: Path) -> None:
    result = sent(archive, film(tmp_path, 1), film(tmp_path, 2))
    assert [one.code for one in result.problems] == [NetworkReason.UNREACHABLE]


def test_a_stopped_sending_sends_nothing_more(archive: Archive, tmp_path: Path) -> None:
    stopped = Event()
    stopped.set()
    with archive.open():
        result = sent(archive, film(tmp_path, 1), stopped=stopped)
    assert result == sending.Sent(was_stopped=True)
    assert not archive.taken


def test_a_file_that_has_gone_is_told(archive: Archive, tmp_path: Path) -> None:
    with archive.open():
        result = sent(archive, tmp_path / "gone.dcm")
    assert [one.code for one in result.problems] == [ReadReason.MISSING]


@pytest.mark.skipif(not shutil.which("storescp"), reason="dcmtk is missing")
def test_dcmtk_takes_what_is_sent(port: int, tmp_path: Path) -> None:
    target = tmp_path / "taken"
    target.mkdir()
    with subprocess.Popen(["storescp", "-q", "-aet", "DCMTK", "-od", target, str(port)]) as scp:
        try:
            node = Node("DCMTK", "DCMTK", LOOPBACK, port)
            wait_for(node)
            files = (film(tmp_path, 1), film(tmp_path, 2))
            result = sending.send(files, node, OWN_TITLE, lambda *_: None, Event())
        finally:
            scp.terminate()
    # It takes objects and answers no questions.
    assert result == sending.Sent(files)
    assert len(list(target.iterdir())) == 2


def wait_for(node: Node) -> None:
    for _ in range(100):
        try:
            return sending.echo(node, OWN_TITLE)
        except NetworkError:
            time.sleep(0.1)
    raise AssertionError("the node did not start")
