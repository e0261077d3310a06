"""The tables of a run are claimed by one, grow by whole files, and are resumed."""

from __future__ import annotations

from pathlib import Path

import pytest

from koa_desktop.cli.results import JOURNAL, Results
from koa_desktop.errors import ExportError
from koa_desktop.report.export import CaseResult, Format, Plan
from koa_desktop.report.tables import COLUMNS, Row, read_csv
from tests.support.raising import raises

FILES = ["a.png", 'b\n"b".png', "\udcff.png"]


def claimed(
    folder: Path, *, resume: bool = False, overwrite: bool = False, run: int = 1
) -> Results:
    plan = Plan(folder, frozenset({Format.CSV, Format.JSON}), overwrite=overwrite)
    results = Results(plan, {"run": run})
    results.claim(FILES, resume=resume)
    return results


def begun(folder: Path, *, resume: bool = False) -> Results:
    results = claimed(folder, resume=resume)
    results.begin({file: file for file in FILES})
    return results


def outcome(file: str, *problems: str) -> CaseResult:
    rows = [Row(file, side="R"), Row(file, side="L")]
    return CaseResult(rows, {"file": file}, problems=problems)


def cut(path: Path, count: int) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: max(len(content) - count, 0)])


def test_a_table_is_claimed_once(tmp_path: Path) -> None:
    first = claimed(tmp_path)
    for resume, overwrite in ((False, False), (True, False), (False, True)):
        with raises(ExportError, match=r"results\.csv is being written by another run"):
            claimed(tmp_path, resume=resume, overwrite=overwrite)
    first.close()
    assert not list(tmp_path.iterdir())
    claimed(tmp_path).close()


@pytest.mark.parametrize("lost", [0, 1, 30, 10_000])
def test_what_was_cut_off_by_a_kill_is_done_again_once(tmp_path: Path, lost: int) -> None:
    results = begun(tmp_path)
    for file in FILES[:2]:
        results.append(file, outcome(file))
    results.close()
    cut(tmp_path / JOURNAL, lost)
    cut(tmp_path / "results.csv", lost and 10)
    resumed = begun(tmp_path, resume=True) if lost < 10_000 else None
    if resumed is None:
        # Without its journal, the table has no documents.
        with raises(ExportError, match="other options"):
            claimed(tmp_path, resume=True)
        return
    assert list(resumed.outcomes) == FILES[: 1 if lost else 2]
    for file in reversed(FILES):
        if file not in resumed.outcomes:
            resumed.append(file, outcome(file))
    resumed.finish(FILES)
    _, rows = read_csv((tmp_path / "results.csv").read_bytes())
    assert [row.side for row in rows] == ["R", "L"] * 3
    assert [row.file for row in rows[::2]] == [FILES[0], FILES[1], r"\udcff.png"]
    assert not (tmp_path / JOURNAL).exists()
    finished = claimed(tmp_path, resume=True)
    assert list(finished.outcomes) == FILES


def test_what_failed_is_tried_again(tmp_path: Path) -> None:
    results = begun(tmp_path)
    results.append(FILES[0], outcome(FILES[0], "full"))
    results.close()
    assert not claimed(tmp_path, resume=True).outcomes


def test_another_order_and_other_columns_are_not_resumed(tmp_path: Path) -> None:
    begun(tmp_path).close()
    with raises(ExportError, match="other options"):
        claimed(tmp_path, resume=True, run=2)
    (tmp_path / JOURNAL).unlink()
    (tmp_path / "results.csv").write_text(",".join(COLUMNS[1:]) + "\r\n")
    with raises(ExportError, match="other columns"):
        claimed(tmp_path, resume=True)
