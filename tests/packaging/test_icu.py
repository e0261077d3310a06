"""The smaller library of ICU's data that the program for Linux carries."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
MOST_BYTES = 4_000_000
# Sorts names as Qt's file dialog does, writes words in capitals, and tells where ICU's data lie.
_SORT = r"""
import functools
from pathlib import Path
from PySide6.QtCore import QCollator, QLocale
words = "zebra Ångström über Ñandú nube ñame oso côte coté cote côté film10 film9 ij".split()
words += "किताब कमल ख़बर खबर سمك أسد باب ابن źdźbło ыжа ёлка ель İstanbul ısı".split()
words += "北京 上海 にほん 한국".split()
for name in "C de en es fr fr_CA hi ar fa sv da pl tr ru zh ja ko".split():
    locale = QLocale(name)
    collator = QCollator(locale)
    collator.setNumericMode(True)
    in_order = sorted(words, key=functools.cmp_to_key(collator.compare))
    print(name, *in_order, locale.toUpper("ij istanbul straße"))
print({line.split()[-1] for line in Path("/proc/self/maps").open() if "libicudata" in line})
"""


@pytest.fixture(scope="module")
def icu() -> ModuleType:
    path = ROOT / "resources" / "packaging" / "linux" / "icu.py"
    spec = importlib.util.spec_from_file_location("icu", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def original() -> Path:
    """Qt's own library of ICU's data, which its wheels for Linux alone have."""
    found = importlib.util.find_spec("PySide6")
    assert found is not None
    assert found.origin is not None
    files = list(Path(found.origin).parent.glob("Qt/lib/libicudata.so.*"))
    if not files or not shutil.which("ld"):
        pytest.skip("Qt has no library of ICU, or binutils are missing")
    return files[0]


def test_a_package_keeps_the_parts_that_match_and_their_contents(
    icu: ModuleType, original: Path
) -> None:
    before = icu.package(original.read_bytes())
    after = icu.shortened(before, ["coll/es.res", "coll/root.res"])
    assert icu.names(after) == [
        f"{icu.names(before)[0][:8]}/coll/{name}.res" for name in ("es", "root")
    ]
    contents = {name: before[start:end] for name, start, end in icu._parts(before)}
    for name, start, end in icu._parts(after):
        assert after[start:end] == contents[name]
        assert start % icu.ALIGNMENT == 0


def test_what_is_no_library_of_icu_is_refused(icu: ModuleType) -> None:
    with pytest.raises(ValueError, match="library"):
        icu.package(b"\x7fELF" + bytes(60) + icu.MARK + bytes(60))


def test_qt_sorts_with_the_smaller_library_as_with_its_own(
    icu: ModuleType, original: Path, tmp_path: Path
) -> None:
    smaller = icu.write_library(original, tmp_path)
    assert smaller.stat().st_size < MOST_BYTES

    def sorted_with(environment: dict[str, str]) -> list[str]:
        finished = subprocess.run(
            [sys.executable, "-X", "utf8", "-c", _SORT],
            env={**os.environ, **environment},
            capture_output=True, encoding="utf-8", check=True,
        )  # fmt: skip
        assert finished.stderr == ""
        return finished.stdout.splitlines()

    own = sorted_with({})
    with_smaller = sorted_with({"LD_LIBRARY_PATH": str(tmp_path)})
    assert with_smaller[-1] == str({str(smaller)})
    assert with_smaller[:-1] == own[:-1]
    assert len(set(own)) > 5, "The languages have orders of their own."
