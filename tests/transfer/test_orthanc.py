"""A real archive on loopback: what is exported is taken, and found by patient and study."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event

import pydicom
import pytest

from koa_desktop.examination.examiner import Examination
from koa_desktop.loading.read import read
from koa_desktop.report.export import DICOM_FORMATS, Plan, Subject, export_all
from koa_desktop.report.options import Profile, ReportOptions
from koa_desktop.system.paths import SAMPLES
from koa_desktop.transfer import sending
from koa_desktop.transfer.node import LOOPBACK, OWN_TITLE, Node
from tests.transfer.test_sending import wait_for

FILM = SAMPLES / "bilateral.dcm"

pytestmark = pytest.mark.skipif(
    not shutil.which("Orthanc") or not shutil.which("findscu"), reason="Orthanc is missing"
)


@pytest.fixture
def orthanc(port: int, tmp_path: Path) -> Iterator[Node]:
    folder = tmp_path / "orthanc"
    folder.mkdir()
    settings = {
        "StorageDirectory": str(folder),
        "IndexDirectory": str(folder),
        "HttpServerEnabled": False,
        "DicomPort": port,
        "DicomAet": "ORTHANC",
        "DicomAlwaysAllowFind": True,
        "Plugins": [],
    }
    (folder / "orthanc.json").write_text(json.dumps(settings))
    command = ["Orthanc", str(folder / "orthanc.json")]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, **quiet) as process:  # type: ignore[call-overload]
        node = Node("Orthanc", "ORTHANC", LOOPBACK, port)
        try:
            wait_for(node)
            yield node
        finally:
            process.terminate()


def test_an_archive_takes_all_objects_and_finds_them_by_patient_and_study(
    orthanc: Node,
    two_knees: Examination,
    tmp_path: Path,
) -> None:
    film = read(FILM)
    subject = Subject(FILM.name, replace(two_knees, radiograph=film.info), radiograph=film)
    plan = Plan(tmp_path, frozenset(DICOM_FORMATS), ReportOptions(profile=Profile.PATIENT))
    files = export_all(plan, [subject], lambda *_: None, Event()).files
    assert len(files) == 4
    sent = sending.send(files, orthanc, OWN_TITLE, lambda *_: None, Event())
    assert sent == sending.Sent(files, files)
    header = pydicom.dcmread(FILM, stop_before_pixels=True)
    asked = ["-S", "-k", "QueryRetrieveLevel=STUDY", "-k", f"PatientID={header.PatientID}"]
    asked += ["-k", "StudyInstanceUID", "-k", "ModalitiesInStudy"]
    found = subprocess.run(
        ["findscu", "-aec", orthanc.title, *asked, orthanc.host, str(orthanc.port)],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    answer = found.stdout + found.stderr
    assert str(header.StudyInstanceUID) in answer
    assert "DOC\\OT\\PR\\SR" in answer
