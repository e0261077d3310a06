"""No published fault in a pinned version is without an answer."""

from __future__ import annotations

import importlib.util
import json
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
