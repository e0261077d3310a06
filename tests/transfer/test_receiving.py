"""Receiving on loopback: from this program, from DCMTK, and from who means harm."""

from __future__ import annotations

import os
import shutil
import socket
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pydicom
import pytest
from pydicom.uid import ComputedRadiographyImageStorage
from pynetdicom import AE

from koa_desktop.errors import NetworkError, NetworkReason
from koa_desktop.loading.read import read
from koa_desktop.transfer import sending
from koa_desktop.transfer.node import LOOPBACK, OWN_TITLE, Node, Receiving
from koa_desktop.transfer.receiving import Receiver
from tests.transfer.conftest import film

MOST = 100_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "watched"
    folder.mkdir()
    return folder


@pytest.fixture
def node(port: int, folder: Path) -> Iterator[Node]:
    receiver = Receiver(Receiving(port=port), folder, MOST)
    receiver.start()
    yield Node("Reader", OWN_TITLE, LOOPBACK, port)
    receiver.stop()


def send(node: Node, *files: Path) -> sending.Sent:
    return sending.send(files, node, "SENDER", lambda *_: None, Event())


def test_a_film_lies_whole_in_the_folder_for_its_owner_alone(
    node: Node, folder: Path, tmp_path: Path
) -> None:
    path = film(tmp_path)
    sending.echo(node, "SENDER")
    assert send(node, path).arrived == (path,)
    (received,) = folder.iterdir()
    assert received.name == f"{pydicom.dcmread(path).SOPInstanceUID}.dcm"
    assert (read(received).values == read(path).values).all()
    if os.name == "posix":
        assert received.stat().st_mode & 0o077 == 0


def test_a_film_that_is_sent_again_stays_as_it_was(
    node: Node, folder: Path, tmp_path: Path
) -> None:
    path = film(tmp_path)
    assert send(node, path).arrived
    (received,) = folder.iterdir()
    before = received.stat().st_mtime_ns
    assert send(node, path).arrived
    assert [one.stat().st_mtime_ns for one in folder.iterdir()] == [before]


def test_what_is_larger_than_a_film_is_broken_off(
    node: Node, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "PAUSES", (0.01,))
    large = tmp_path / "large.dcm"
    dataset = pydicom.dcmread(film(tmp_path))
    dataset.PixelData = bytes(2 * MOST)
    dataset.save_as(large)
    result = send(node, large)
    assert not result.arrived
    assert result.problems
    assert not list(folder.iterdir())
    assert send(node, film(tmp_path, 2)).arrived


def test_a_message_of_gigabytes_is_not_waited_for(node: Node) -> None:
    with socket.create_connection((node.host, node.port), timeout=10) as raw:
        raw.sendall(struct.pack(">BBL", 1, 0, 0xFFFFFFFF) + bytes(1000))
        assert raw.recv(100) == b""
    sending.echo(node, "SENDER")


def test_another_title_and_other_kinds_of_objects_are_refused(
    node: Node, port: int, tmp_path: Path
) -> None:
    with pytest.raises(NetworkError) as told:
        sending.echo(Node("Reader", "OTHER", LOOPBACK, port), "SENDER")
    assert told.value.message.code is NetworkReason.REJECTED
    dataset = pydicom.dcmread(film(tmp_path))
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    dataset.save_as(tmp_path / "ct.dcm")
    (problem,) = send(node, tmp_path / "ct.dcm").problems
    assert problem.code is NetworkReason.NOTHING_TAKEN


def test_a_name_that_leads_out_of_the_folder_is_refused(
    node: Node, folder: Path, tmp_path: Path
) -> None:
    dataset = pydicom.dcmread(film(tmp_path))
    entity = AE("SENDER")
    entity.add_requested_context(
        ComputedRadiographyImageStorage, dataset.file_meta.TransferSyntaxUID
    )
    association = entity.associate(node.host, node.port, ae_title=node.title)
    dataset.SOPInstanceUID = "../../1"
    status = association.send_c_store(dataset)
    association.release()
    assert status.get("Status", 0xC000) != 0
    assert not list(folder.iterdir())
    assert {path.name for path in tmp_path.iterdir()} == {"film1.dcm", "watched"}


def test_a_port_that_is_taken_is_told(node: Node, port: int, folder: Path) -> None:
    with pytest.raises(NetworkError) as told:
        Receiver(Receiving(port=port), folder).start()
    assert told.value.message.code is NetworkReason.PORT_IN_USE


def test_after_the_end_nobody_listens(port: int, folder: Path) -> None:
    receiver = Receiver(Receiving(port=port), folder)
    receiver.start()
    receiver.stop()
    with pytest.raises(NetworkError):
        sending.echo(Node("Reader", OWN_TITLE, LOOPBACK, port), "SENDER")


@pytest.mark.skipif(not shutil.which("storescu"), reason="dcmtk is missing")
def test_dcmtk_sends_films(node: Node, folder: Path, tmp_path: Path) -> None:
    command = ["storescu", "-aec", node.title, node.host, str(node.port), str(film(tmp_path))]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    (received,) = folder.iterdir()
    assert read(received).info.header.patient_id == "7"
