"""Tarball and Debian package of the Linux program, installed.

Versions of libraries are checked with packages of a stand-in, which has one library alone.
"""

from __future__ import annotations

import csv
import os
import re
import runpy
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from koa_desktop.system.paths import SAMPLES
from tests.packaging.conftest import run

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "resources" / "packaging" / "linux"

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or not all(map(shutil.which, ("dpkg-deb", "objdump", "xz"))),
    reason="makes Debian packages",
)
# Links to the C++ library.
LIBRARY = Path(find_spec("PySide6.QtCore").origin)


def make_packages(program: Path, out: Path) -> Path:
    """Make both packages of a program's folder, quickly; returns the folder with them."""
    environment = {**os.environ, "XZ_LEVEL": "0"}
    subprocess.run([SCRIPTS / "package.sh", program, out], check=True, env=environment)
    return out


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with both packages of a stand-in."""
    program = tmp_path_factory.mktemp("dist") / "koa-desktop"
    (program / "_internal").mkdir(parents=True)
    (program / "koa-desktop").touch(0o755)
    shutil.copy(LIBRARY, program / "_internal")
    return make_packages(program, tmp_path_factory.mktemp("out"))


@pytest.fixture(scope="module")
def packages(program: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder with both packages of the built program."""
    out = make_packages(program.parent, tmp_path_factory.mktemp("packages"))
    yield out
    shutil.rmtree(out)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """A folder to install into, which is emptied: the program is large."""
    folder = tmp_path / "a folder"
    folder.mkdir()
    yield folder
    shutil.rmtree(folder)


def assert_works(program: Path, bare: dict[str, str], out: Path) -> None:
    """Start an installed program: it is sound, and grades a film."""
    tested = run(program, bare, "self-test")
    assert tested.returncode == 0, tested.stdout + tested.stderr
    graded = run(program, bare, "grade", str(SAMPLES / "grade2.png"), "--out", str(out))
    assert graded.returncode == 0, graded.stderr
    with (out / "results.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["grade"]


def needed_glibc() -> str:
    """Return the version of glibc that the library asks for, by its list of symbols."""
    command = ["objdump", "-T", LIBRARY]
    symbols = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    versions = [
        (int(major), int(minor)) for major, minor in re.findall(r"GLIBC_(\d+)\.(\d+)", symbols)
    ]
    return "{}.{}".format(*max(versions))


@pytest.mark.requirement("R16")
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_tarball_adds_the_program_to_a_users_menu_and_takes_it_out(
    packages: Path, place: Path, bare: dict[str, str], tmp_path: Path
) -> None:
    (archive,) = packages.glob("*.tar.xz")
    with tarfile.open(archive) as tar:
        assert {member.uid for member in tar} == {0}
        tar.extractall(place, filter="data")
    (folder,) = place.iterdir()
    home = tmp_path / "home"
    environment = {"PATH": os.environ["PATH"], "HOME": str(home)}
    subprocess.run([folder / "install.sh"], env=environment, check=True)
    entry = (home / ".local/share/applications/koa-desktop.desktop").read_text()
    command = next(line for line in entry.splitlines() if line.startswith("Exec="))
    assert command == f'Exec="{folder}/koa-desktop/koa-desktop" %F'
    assert_works(home / ".local/bin/koa-desktop", bare, tmp_path / "out")
    subprocess.run([folder / "install.sh", "--remove"], env=environment, check=True)
    left = {path.name for path in home.rglob("*") if path.is_file() and "koa" in path.name}
    assert left == set()


@pytest.mark.requirement("R15")
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_debian_package_installs_a_program_that_works(
    packages: Path, place: Path, bare: dict[str, str], tmp_path: Path
) -> None:
    (package,) = packages.glob("*.deb")
    subprocess.run(["dpkg-deb", "--extract", package, place], check=True)
    link = (place / "usr/bin/koa-desktop").readlink()
    assert_works(place / link.relative_to("/"), bare, tmp_path / "out")
    for name in (
        "applications/koa-desktop.desktop",
        "mime/packages/koa-desktop.xml",
        "icons/hicolor/scalable/apps/koa-desktop.svg",
        "doc/koa-desktop/copyright",
    ):
        assert (place / "usr/share" / name).stat().st_size > 0


@pytest.mark.parametrize("found", ["glibc 2.9", ""])
def test_the_tarball_says_that_the_system_is_too_old(
    made: Path, tmp_path: Path, found: str
) -> None:
    (archive,) = made.glob("*.tar.xz")
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path, filter="data")
    (script,) = tmp_path.glob("*/install.sh")
    tools, home = tmp_path / "tools", tmp_path / "home"
    tools.mkdir()
    home.mkdir()
    (tools / "getconf").write_text(f"#!/bin/sh\necho {found}\n")
    (tools / "getconf").chmod(0o755)
    environment = {"PATH": f"{tools}:{os.environ['PATH']}", "HOME": str(home)}
    refused = subprocess.run([script], env=environment, capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    has = found.removeprefix("glibc ") or "none"
    assert refused.stderr == (
        f"KOA Desktop needs glibc {needed_glibc()} or newer, and this system has {has}. "
        "Nothing was installed.\n"
    )
    assert list(home.iterdir()) == []
    subprocess.run([script, "--remove"], env=environment, check=True)


def test_a_program_needs_the_newest_versions_that_a_file_asks_for() -> None:
    needed = runpy.run_path(str(SCRIPTS / "needed.py"))["needed"]
    names = {"GLIBC_2.9", "GLIBC_2.34", "GLIBC_2.2.5", "GLIBC_PRIVATE", "GLIBCXX_3.4.9"}
    assert needed(names) == {"libc6": "2.34", "libstdc++6": "9"}
    more = {*names, "GLIBC_ABI_DT_RELR", "GLIBCXX_3.4.30", "GLIBCXX_3.4.29"}
    assert needed(more) == {"libc6": "2.36", "libstdc++6": "12"}
    with pytest.raises(KeyError):
        needed({*names, "GLIBCXX_3.4.99"})


def test_the_debian_package_depends_on_the_libraries_that_the_program_looks_for(
    made: Path,
) -> None:
    (package,) = made.glob("*.deb")
    control = subprocess.run(
        ["dpkg-deb", "--field", package], capture_output=True, text=True, check=True
    ).stdout
    depends = r"Depends: libc6 \(>= (.+?)\), libstdc\+\+6 \(>= \d.*?\), libdbus-1-3, libegl1"
    found = re.search(depends, control)
    assert found
    assert found[1] == needed_glibc()
