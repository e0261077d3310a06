"""The room that an export needs is near what it takes, and its lack is told beforehand."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import NamedTuple

import pytest

from koa_desktop.errors import ExportError, ExportReason
from koa_desktop.examination.examiner import Examination, Examiner
from koa_desktop.loading.reader import read
from koa_desktop.report import pdf
from koa_desktop.report.disk.room import Size, bytes_needed, check_room
from koa_desktop.report.export import Format, Plan, export_all
from koa_desktop.report.naming.subject import Subject
from koa_desktop.report.options import Profile, ReportOptions
from koa_desktop.system.paths import SAMPLES

SMALL = 10_000  # below, a file is a matter of its frame


class Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.fixture
def leave(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Let the disk have so many bytes left."""

    def set_free(free: int) -> None:
        monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(2**40, 2**40 - free, free))

    return set_free


@pytest.mark.parametrize("sample", ["grade2.png", "bilateral.dcm"])
def test_what_is_estimated_is_near_what_is_written(sample: str, tmp_path: Path) -> None:
    pdf.start_qt()
    examination = Examiner.load().examine(read(SAMPLES / sample))
    plan = Plan(tmp_path, frozenset(Format), ReportOptions(profile=Profile.PATIENT))
    written = export_all(plan, [Subject(sample, examination)], lambda *_: None, Event())
    sizes: Counter[Format] = Counter()
    for path in written.files:
        kinds = [one for one in Format if path.name.endswith(f".{one.ending}")]
        kind = max(kinds, key=lambda one: len(one.ending))
        if path.name != "summary.pdf":
            sizes[kind] += path.stat().st_size
    for kind, size in sizes.items():
        if size > SMALL:
            assert size / 2 < bytes_needed([kind], [Size.of(examination)]) < size * 1.5, kind
    assert {Format.PDF, Format.PNG, Format.HEATMAP, Format.CROP} <= set(sizes)


def test_each_knee_and_each_film_need_room(two_knees: Examination) -> None:
    one, two = Size.of(two_knees), [Size.of(two_knees)] * 2
    assert one.knees == 2
    for kind in {*Format} - {Format.SUMMARY}:
        assert bytes_needed([kind], two) == 2 * bytes_needed([kind], [one]) > 0
    assert bytes_needed(Format, [Size.of(None)]) == 0


def test_a_disk_without_room_is_told(
    tmp_path: Path, two_knees: Examination, leave: Callable[[int], None]
) -> None:
    plan, sizes = Plan(tmp_path, frozenset({Format.PNG, Format.PDF})), [Size.of(two_knees)] * 100
    need = bytes_needed(plan.formats, sizes)
    leave(need)
    check_room(plan, sizes)
    leave(need - 1)
    with pytest.raises(ExportError) as refused:
        check_room(plan, sizes)
    assert refused.value.message.code is ExportReason.NO_SPACE
    earlier = tmp_path / "earlier.pdf"
    earlier.write_bytes(b"1")
    check_room(plan, sizes, [earlier])


def test_a_system_that_does_not_tell_refuses_nothing(
    tmp_path: Path, two_knees: Examination, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(_: object) -> Usage:
        raise OSError

    monkeypatch.setattr(shutil, "disk_usage", unknown)
    plan, sizes = Plan(tmp_path, frozenset(Format)), [Size.of(two_knees)] * 10_000
    assert bytes_needed(plan.formats, sizes) > 10**9
    check_room(plan, sizes)
