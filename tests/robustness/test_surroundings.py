"""The program starts, or says why not, with damaged networks and in odd surroundings."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from koa_desktop.errors import BundleError
from koa_desktop.examination.examiner import Examiner
from koa_desktop.examination.reading import Reading
from koa_desktop.examination.store import ReadingStore
from koa_desktop.system.paths import MODELS, SAMPLES
from koa_desktop.wording.sentences import sentence
from tests.robustness.process_tree import home_in

SAMPLE = SAMPLES / "grade2.png"
needs_linux = pytest.mark.skipif(
    sys.platform != "linux", reason="sets up surroundings as Linux has them"
)
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


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the program finds around it; `check` is Python that fails elsewhere."""

    check: str
    home: str = "home"
    cwd: str = "/"
    prefix: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    more: dict[str, str] = field(default_factory=dict)

    def run(self, folder: Path, *arguments: str) -> str:
        """Run Python there, with a home below a folder; returns what it prints."""
        home = folder / self.home
        home.mkdir(exist_ok=True)
        environment = {**home_in(home), **self.more}
        for name in self.without:
            environment.pop(name, None)
        done = subprocess.run(
            [*self.prefix, sys.executable, *arguments], env=environment, cwd=self.cwd,
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout


NAME = "محمد"
ODD = {
    # Nothing can be written to /proc, as to a CD, not even by root.
    "a read-only working folder": Surroundings(
        "try: open('new', 'w')\nexcept OSError: pass\nelse: raise SystemExit('written')",
        cwd="/proc",
    ),
    "an Arabic user name": Surroundings(
        "import getpass, pathlib\n"
        f"assert getpass.getuser() == pathlib.Path.home().name == {NAME!r}",
        home=NAME,
        more=dict.fromkeys(("LOGNAME", "USER", "USERNAME"), NAME),
    ),
    "no HOME": Surroundings(
        "import os\nassert not {'HOME', 'USER', 'LANG'} & set(os.environ)",
        without=("HOME", "USER", "LOGNAME", "LANG"),
    ),
    "commas before decimals": Surroundings(
        "import locale\nlocale.setlocale(locale.LC_ALL, '')\n"
        "assert locale.localeconv()['decimal_point'] == ','",
        more=dict.fromkeys(("LC_ALL", "LANG"), "de_DE.UTF-8"),
    ),
    "a clock in 1970": Surroundings(
        "import time\nassert time.gmtime().tm_year == 1970",
        prefix=("faketime", "1970-01-01 00:10:00"),
    ),
}
_WINDOW = """
import sys
from PySide6.QtCore import Qt
from tests.robustness import window_driver

def script(driver):
    yield lambda: driver.is_graded
    before = driver.cases
    driver.focus_list()
    driver.key(Qt.Key.Key_4)
    yield lambda: driver.cases != before
    driver.write(cases=driver.cases)
    driver.window.close()

sys.exit(window_driver.run(sys.argv[1:], script))
"""


@pytest.fixture(params=ODD)
def odd(request: pytest.FixtureRequest, tmp_path: Path) -> Surroundings:
    """Surroundings that are there: what this computer lacks for them skips the test."""
    found = ODD[request.param]
    if found.prefix and shutil.which(found.prefix[0]) is None:
        pytest.skip(f"{found.prefix[0]} is not installed")
    if "LC_ALL" in found.more:
        if shutil.which("localedef") is None or not Path("/usr/share/i18n/locales/de_DE").exists():
            pytest.skip("the package locales is not installed")
        locale = tmp_path / "locales" / found.more["LC_ALL"]
        locale.parent.mkdir()
        subprocess.run(["localedef", "-i", "de_DE", "-f", "UTF-8", str(locale)], check=True)
        found = replace(found, more={**found.more, "LOCPATH": str(locale.parent)})
    found.run(tmp_path, "-c", found.check)
    return found


def graded(surroundings: Surroundings, folder: Path) -> list[dict[str, str]]:
    """Grade a sample from the command line, and return its rows."""
    out = folder / "نتائج"
    surroundings.run(
        folder, "-m", "koa_desktop", "grade", str(SAMPLE), "--out", str(out),
        "--format", "csv,pdf", "--identity", "patient",
    )  # fmt: skip
    assert (out / "grade2.pdf").read_bytes().startswith(b"%PDF")
    with (out / "results.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_in_a_window(surroundings: Surroundings, folder: Path) -> tuple[list[str], Reading]:
    """Open a sample in the window and give a grade; returns the list and the reading kept."""
    said = json.loads(surroundings.run(folder, "-c", _WINDOW, str(SAMPLE)).splitlines()[-1])
    (path,) = (folder / surroundings.home).rglob("cases.sqlite")
    store = ReadingStore(path)
    (film,) = store.films()
    stored = store.load(film)
    assert stored is not None
    # Each run has its own time.
    knees = tuple(
        replace(knee, decision=knee.decision and replace(knee.decision, at=""))
        for knee in stored.reading.knees
    )
    assert [knee.reader_grade for knee in knees] == [4]
    return said["cases"], replace(stored.reading, knees=knees)


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> tuple[object, object]:
    """The rows, and the list and reading, in usual surroundings."""
    folder, plain = tmp_path_factory.mktemp("usual"), Surroundings("")
    rows = graded(plain, folder)
    assert rows[0]["grade"]
    return rows, read_in_a_window(plain, folder)


@pytest.mark.requirement("R13")
@needs_linux
def test_surroundings_change_no_cell(
    odd: Surroundings, usual: tuple[object, object], tmp_path: Path
) -> None:
    assert graded(odd, tmp_path) == usual[0]


@pytest.mark.requirement("R13")
@needs_linux
def test_surroundings_change_nothing_in_the_window(
    odd: Surroundings, usual: tuple[object, object], tmp_path: Path
) -> None:
    assert read_in_a_window(odd, tmp_path) == usual[1]
