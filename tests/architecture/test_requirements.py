"""Every requirement has a test, and the page of requirements names it."""

from __future__ import annotations

import re

from tests.support.requirements import PAGE, ROOT, filled, listed, marked


def test_every_requirement_has_a_test_and_every_mark_a_requirement() -> None:
    assert listed(PAGE.read_text(encoding="utf-8")) == sorted(
        marked(), key=lambda name: int(name[1:])
    )


def test_the_page_names_the_tests_that_there_are() -> None:
    page = PAGE.read_text(encoding="utf-8")
    # If this fails: python -m tests.support.requirements
    assert filled(page) == page
    assert "::test_" in page


def test_every_risk_has_a_requirement() -> None:
    rows = (ROOT / "docs" / "risks.md").read_text(encoding="utf-8").splitlines()
    tests = [row.split("|")[-2].strip() for row in rows if row.startswith("|")][2:]
    assert len(tests) > 10
    assert all(re.fullmatch(r"R\d+(, R\d+)*", cell) for cell in tests)
    named = {name for cell in tests for name in cell.split(", ")}
    assert named <= set(listed(PAGE.read_text(encoding="utf-8")))
