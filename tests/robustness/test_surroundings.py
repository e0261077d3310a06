"""The program starts, or says why not, with damaged networks and in odd surroundings."""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from koa_desktop.errors import BundleError
from koa_desktop.examination.examiner import Examiner
from koa_desktop.system.paths import MODELS, SAMPLES
from koa_desktop.wording.sentences import sentence
from tests.robustness.process_tree import home_in

NETWORKS = [path for path in MODELS.rglob("*") if ".tflite" in path.name]


def _change(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


@pytest.mark.requirement("R8")
@pytest.mark.parametrize("damage", [_change, _cut, Path.unlink])
@pytest.mark.parametrize("network", NETWORKS, ids=lambda path: path.name)
def test_a_damaged_network_is_named(
    network: Path, damage: Callable[[Path], object], tmp_path: Path
) -> None:
    models = tmp_path / "models"
    shutil.copytree(MODELS, models)
    damage(models / network.relative_to(MODELS))
    with pytest.raises(BundleError) as raised:
        Examiner.load(models)
    said = sentence(raised.value.message)
    assert network.name.split(".")[0] in said
    assert said.endswith(".")


def graded(
    folder: Path, *, without: tuple[str, ...] = (), prefix: tuple[str, ...] = (), cwd: str = "/",
    **more: str,
) -> list[dict[str, str]]:  # fmt: skip
    """Grade a sample from the command line, and return its rows."""
    out = folder / "نتائج"
    environment = {**home_in(folder), **more}
    for name in without:
        environment.pop(name, None)
    done = subprocess.run(
        [*prefix, sys.executable, "-m", "koa_desktop", "grade", str(SAMPLES / "grade2.png"),
         "--out", str(out), "--format", "csv,pdf", "--identity", "patient"],
        env=environment, cwd=cwd, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (out / "grade2.pdf").read_bytes().startswith(b"%PDF")
    with (out / "results.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.requirement("R13")
@pytest.mark.skipif(sys.platform != "linux", reason="sets up surroundings as Linux has them")
def test_surroundings_change_no_cell(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    arabic = tmp_path / "محمد"
    homeless = tmp_path / "homeless"
    for folder in (plain, arabic, homeless):
        folder.mkdir()
    expected = graded(plain)
    assert expected[0]["grade"]
    # Nothing can be written to /proc, as to a CD; a comma separates decimals in German.
    german = "de_DE.UTF-8"
    assert graded(arabic, cwd="/proc", LC_ALL=german, LANG=german, USER="محمد") == expected
    clock = ("faketime", "1970-01-01 00:10:00") if shutil.which("faketime") else ()
    assert graded(homeless, without=("HOME", "USER", "LANG"), prefix=clock) == expected
