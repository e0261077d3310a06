"""Damaged bytes at every door for about a minute, and the instruments themselves."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from tests.robustness import fuzz as fuzzing
from tests.robustness import fuzz_entries
from tests.robustness.fuzz import Finding, fuzz, place_of, random_of
from tests.robustness.hostile_files import HOSTILE_FILES
from tests.robustness.kill_window import NOTHING, is_whole, kept, lost_seconds
from tests.robustness.mutations import dicom_files, directories, mutated, pictures
from tests.robustness.process_tree import home_in, measured, python

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")

# A machine that does much else may stop for seconds; what truly hangs, hangs for good.
PATIENCE = 60.0
# As many as take about a minute in all on two cores; fewer where the time is over.
CASES = {
    "read": 600,
    "header": 600,
    "dicomdir": 600,
    "archive": 300,
    "settings": 100,
    "database": 300,
    "import": 300,
    "handover": 150,
    "settings file": 300,
}
SECONDS = 10.0


@pytest.mark.slow
@pytest.mark.parametrize("entry", CASES)
def test_damaged_bytes_bring_about_nothing_unexpected(entry: str) -> None:
    report = fuzz(entry, cases=CASES[entry], seconds=SECONDS, hang_seconds=PATIENCE)
    assert report.findings == ()


def test_a_case_is_the_same_whenever_it_is_made() -> None:
    files = (pictures()[0], dicom_files()[0], directories()[0])
    for data in files:
        one, again, other = (
            mutated(data, random_of("read", 1, number), files) for number in (7, 7, 8)
        )
        assert one == again
        assert one != other


def test_every_hostile_file_is_small() -> None:
    for hostile in HOSTILE_FILES:
        if hostile.name not in ("zip_bomb.zip", "png_of_one_colour.png"):  # seconds to make
            assert len(hostile.make()) < 2_000_000, hostile.name


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    """A package of tests whose one door fails in every way that is to be found."""
    folder = tmp_path / "planted"
    folder.mkdir()
    (folder / "planted_entries.py").write_text(
        "import os, time\n"
        "from tests.robustness import fuzz, fuzz_entries\n"
        "held = []\n"
        "def entry(folder):\n"
        "    numbers = iter(range(1000))\n"
        "    def one(random):\n"
        "        number = int(os.environ['PLANTED_FIRST']) + next(numbers)\n"
        "        if number == 1: raise KeyError('a name')\n"
        "        if number == 2: len(bytearray(os.urandom(1) * (900 * 2**20)))\n"
        "        if number == 3: time.sleep(1000)\n"
        "        if number == 4: os._exit(9)\n"
        "    return one\n"
        "fuzz_entries.ENTRIES['planted'] = entry\n",
        encoding="utf-8",
    )
    return folder


def test_what_is_planted_is_found(planted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def command(*arguments: str) -> list[str]:
        first = arguments[arguments.index("--first") + 1]
        code = (
            f"import os, sys; sys.path.insert(0, {str(planted)!r}); "
            f"os.environ['PLANTED_FIRST'] = {first!r}; import planted_entries; "
            "from tests.robustness.fuzz import main; "
            f"sys.argv = ['fuzz', *{list(arguments[2:])!r}]; sys.exit(main())"
        )
        return [sys.executable, "-c", code]

    monkeypatch.setattr(fuzzing, "python", command)
    report = fuzz("planted", cases=6, hang_seconds=20.0)
    assert report.cases == 6
    assert [(one.case, one.kind) for one in report.findings] == [
        (1, "unexpected"),
        (2, "memory"),
        (3, "hang"),
        (4, "death"),
    ]
    assert report.findings[0].place.startswith("KeyError at planted_entries.py:8")
    assert "name" not in report.findings[0].place


def test_one_fault_has_one_place() -> None:
    def fault(text: str) -> str:
        try:
            int(text)
        except ValueError as error:
            return place_of(error)
        return ""

    assert fault("a") == fault("b") != ""
    assert Finding("read", 1, 2, "unexpected", fault("a")) == Finding(
        "read", 1, 2, "unexpected", fault("b")
    )


def test_every_door_has_a_name() -> None:
    assert set(CASES) <= set(fuzz_entries.ENTRIES)


def test_a_command_is_measured_with_what_it_starts(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys, time; kept = b'x' * 60_000_000; "
        "subprocess.run([sys.executable, '-c', "
        "'import time; kept = b\"x\" * 120_000_000; time.sleep(1)'])"
    )
    found = measured(python("-c", code), home_in(tmp_path), seconds=60)
    assert found.status == 0
    assert not found.stopped
    assert 1 < found.seconds < 60
    assert 60e6 < found.own_bytes < 110e6
    assert 120e6 < found.child_bytes < 200e6


def test_a_command_that_does_not_end_is_stopped_with_what_it_started(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    code = (
        "import subprocess, sys, pathlib; child = subprocess.Popen(['sleep', '1000']); "
        f"pathlib.Path({str(note)!r}).write_text(str(child.pid)); child.wait()"
    )
    found = measured(python("-c", code), home_in(tmp_path), seconds=2)
    assert found.stopped == "more than 2 s"
    deadline = time.monotonic() + 10
    while _is_running(note.read_text()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _is_running(note.read_text())


def _is_running(pid: str) -> bool:
    try:
        state = Path(f"/proc/{int(pid)}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_what_is_lost_counts_from_the_first_change_that_is_not_there() -> None:
    shown = [(10.0, "a"), (11.0, "ab"), (12.5, "abc")]
    assert lost_seconds("abc", "", shown, 13.0) == 0
    assert lost_seconds("ab", "", shown, 13.0) == 0.5
    assert lost_seconds("", "", shown, 13.0) == 3.0
    assert lost_seconds("x", "", shown, 13.0) is None
    # A value that was shown twice counts as the newer one.
    assert lost_seconds("a", "", [*shown, (13.0, "a")], 14.0) == 0


def test_half_an_export_is_seen(tmp_path: Path) -> None:
    for suffix, data in {
        ".pdf": b"%PDF-1.7\n...\n%%EOF\n",
        ".png": pictures()[0],
        ".json": b'[{"file": "a"}]',
        ".csv": b"file,grade\na,1\n",
    }.items():
        path = tmp_path / f"export{suffix}"
        path.write_bytes(data)
        assert is_whole(path)
        path.write_bytes(data[: len(data) // 2])
        assert not is_whole(path)


def test_without_a_database_nothing_is_kept(tmp_path: Path) -> None:
    assert kept(tmp_path / "none.sqlite").get("a", NOTHING) == NOTHING
