"""No published fault in a pinned version is without an answer."""

from __future__ import annotations

import importlib.util
import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "resources" / "packaging" / "advisories.py"
FAULT = {"id": "CVE-2030-1", "aliases": ["GHSA-x"], "fix_versions": ["2.0"]}
AUDIT = {"dependencies": [{"name": "Package", "version": "1.0", "vulns": [FAULT]}]}
LOCK = "package==1.0 ; sys_platform == 'win32'\nother==2.0\n"


@pytest.fixture(scope="module")
def advisories() -> Any:
    spec = importlib.util.spec_from_file_location("advisories", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.requirement("R12")
def test_every_fault_of_a_pinned_version_has_an_answer(advisories: Any) -> None:
    known = json.loads(SCRIPT.with_suffix(".json").read_text(encoding="utf-8"))["advisories"]
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert len(advisories.pins(lock)) > 50
    assert advisories.unanswered(known, lock) == []
    assert advisories.outdated(known, lock) == []


def test_a_new_fault_needs_an_answer_or_another_version(advisories: Any) -> None:
    known = advisories.merged([], AUDIT)
    assert advisories.unanswered(known, LOCK) == ["package 1.0: CVE-2030-1"]
    assert advisories.unanswered(known, LOCK.replace("1.0", "2.0")) == []
    assert advisories.outdated(known, LOCK.replace("1.0", "2.0")) == ["CVE-2030-1"]
    answered = [{**known[0], "protects": "It is never called."}]
    assert advisories.unanswered(advisories.merged(answered, AUDIT), LOCK) == []


def test_a_clean_audit_adds_nothing(advisories: Any) -> None:
    assert advisories.merged([], {"dependencies": [{"name": "package", "version": "1.0"}]}) == []


@pytest.mark.parametrize("text", ["", "\n", "Traceback", "[]", "{}", '{"dependencies": []}'])
def test_an_audit_that_failed_does_not_pass(
    advisories: Any, text: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kept = tmp_path / "advisories.json"
    kept.write_text('{"advisories": []}')
    monkeypatch.setattr(advisories, "LIST", kept)
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))
    assert advisories.main() == 2
    assert kept.read_text() == '{"advisories": []}'


@pytest.mark.parametrize(("faults", "status"), [([], 0), ([FAULT], 1)])
def test_the_status_of_an_audit_says_whether_an_answer_is_missing(
    advisories: Any,
    faults: list[Any],
    status: int,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    kept = tmp_path / "advisories.json"
    kept.write_text('{"advisories": [], "bundled": []}')
    (tmp_path / "requirements.lock").write_text(LOCK)
    audit = {"dependencies": [{"name": "package", "version": "1.0", "vulns": faults}]}
    monkeypatch.setattr(advisories, "LIST", kept)
    monkeypatch.setattr(advisories, "PROJECT", tmp_path)
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(audit)))
    assert advisories.main() == status
    assert len(json.loads(kept.read_text())["advisories"]) == len(faults)


@pytest.mark.requirement("R12")
def test_the_listed_libraries_are_those_that_packages_carry(advisories: Any) -> None:
    bundled = json.loads(SCRIPT.with_suffix(".json").read_text(encoding="utf-8"))["bundled"]
    assert advisories.changed(bundled) == []
    libraries = {(one["package"], one["library"]): one for one in bundled}
    assert len(libraries) == len(bundled)
    assert all(one["used"].strip() and one["protects"].strip() for one in bundled)
    if sys.platform == "linux":
        unread = {
            place
            for place, one in libraries.items()
            if not advisories.installed(one["package"], one["library"], one["files"])
        }
        assert unread == {("pillow", "libwebp"), ("pillow", "zlib-ng"), ("python-gdcm", "GDCM")}


def test_another_version_of_a_library_is_noticed(advisories: Any) -> None:
    older = {
        "package": "python-gdcm",
        "library": "OpenJPEG",
        "versions": ["2.2.9"],
        "files": "*openjp*",
    }
    carried = advisories.installed("python-gdcm", "OpenJPEG", "*openjp*")
    expected = [f"python-gdcm carries OpenJPEG {version}" for version in carried]
    assert advisories.changed([older]) == expected
    assert sys.platform == "win32" or expected
    assert advisories.installed("no-such-package", "OpenJPEG", "*") == set()


def test_each_fault_of_a_library_is_in_one_that_is_listed(advisories: Any) -> None:
    listed = json.loads(SCRIPT.with_suffix(".json").read_text(encoding="utf-8"))
    libraries = {(one["package"], one["library"]) for one in listed["bundled"]}
    faults = {(one["package"], one.get("library")) for one in listed["advisories"]}
    assert {fault for fault in faults if fault[1]} <= libraries
