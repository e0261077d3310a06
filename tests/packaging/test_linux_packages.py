"""Tarball and Debian package of the Linux program, made of a stand-in and installed.

The release workflow installs the Debian package of the real program and starts it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "resources" / "packaging" / "linux"

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or not shutil.which("dpkg-deb"), reason="makes Debian packages"
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with both packages."""
    program = tmp_path_factory.mktemp("dist") / "koa-desktop"
    (program / "_internal").mkdir(parents=True)
    (program / "koa-desktop").write_text('#!/bin/sh\necho started "$@"\n')
    (program / "koa-desktop").chmod(0o755)
    out = tmp_path_factory.mktemp("out")
    subprocess.run(
        [SCRIPTS / "package.sh", program, out], check=True, env={**os.environ, "XZ_LEVEL": "0"}
    )
    return out


@pytest.mark.requirement("R16")
def test_the_tarball_adds_the_program_to_a_users_menu_and_takes_it_out(
    made: Path, tmp_path: Path
) -> None:
    (archive,) = made.glob("*.tar.xz")
    with tarfile.open(archive) as tar:
        assert {member.uid for member in tar} == {0}
        tar.extractall(tmp_path / "a folder", filter="data")
    (folder,) = (tmp_path / "a folder").iterdir()
    home = tmp_path / "home"
    environment = {"PATH": os.environ["PATH"], "HOME": str(home)}
    subprocess.run([folder / "install.sh"], env=environment, check=True)
    entry = (home / ".local/share/applications/koa-desktop.desktop").read_text()
    command = next(line for line in entry.splitlines() if line.startswith("Exec="))
    assert command == f'Exec="{folder}/koa-desktop/koa-desktop" %F'
    started = subprocess.run(
        [home / ".local/bin/koa-desktop", "film.dcm"], capture_output=True, text=True, check=True
    )
    assert started.stdout == "started film.dcm\n"
    subprocess.run([folder / "install.sh", "--remove"], env=environment, check=True)
    left = {path.name for path in home.rglob("*") if path.is_file() and "koa" in path.name}
    assert left == set()


def test_the_debian_package_depends_on_the_libraries_that_the_program_looks_for(
    made: Path, tmp_path: Path
) -> None:
    (package,) = made.glob("*.deb")
    control = subprocess.run(
        ["dpkg-deb", "--field", package], capture_output=True, text=True, check=True
    ).stdout
    assert "Depends: libc6, libstdc++6, libdbus-1-3, libegl1" in control
    subprocess.run(["dpkg-deb", "--extract", package, tmp_path], check=True)
    assert (tmp_path / "usr/bin/koa-desktop").readlink() == Path("/opt/koa-desktop/koa-desktop")
    assert (tmp_path / "opt/koa-desktop/koa-desktop").stat().st_mode & 0o111
    for name in (
        "applications/koa-desktop.desktop",
        "mime/packages/koa-desktop.xml",
        "icons/hicolor/scalable/apps/koa-desktop.svg",
        "doc/koa-desktop/copyright",
    ):
        assert (tmp_path / "usr/share" / name).stat().st_size > 0
