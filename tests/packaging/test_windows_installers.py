"""Setup, MSI and zip of the Windows program, made and tried on Linux where wine and NSIS are.

The variable KOA_WINDOWS_PROGRAM names the folder of a program that was built; where it is "none", a
stand-in is installed, which is not started. KOA_WINE_PREFIX names the folder of a wine in which the
program can start; without it an empty one is made.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("KOA_WINDOWS_PROGRAM", "")
TOOLS = ("wine", "makensis", "wixl", "wixl-heat")
KEY = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Uninstall\KOA Desktop"
WAITING = """
!include LogicLib.nsh
Target amd64-unicode
SilentInstall silent
RequestExecutionLevel user
OutFile "{executable}"
Section
  FileOpen $0 "$EXEDIR\\started" w
  FileClose $0
  ${{Do}}
    Sleep 100
  ${{LoopUntil}} ${{FileExists}} "$EXEDIR\\stop"
SectionEnd
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not PROGRAM, reason="KOA_WINDOWS_PROGRAM names no program"),
    pytest.mark.skipif(not all(map(shutil.which, TOOLS)), reason="wine, NSIS or wixl is missing"),
]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if PROGRAM != "none":
        return Path(PROGRAM)
    folder = tmp_path_factory.mktemp("program")
    (folder / "_internal" / "models").mkdir(parents=True)
    for name in ("koa-desktop.exe", "koa-desktop-cli.exe", "_internal/LICENSE"):
        (folder / name).write_bytes(b"stand-in")
    (folder / "_internal" / "models" / "größe.json").write_bytes(b"{}")
    return folder


@pytest.fixture(scope="module")
def made(program: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the three packages."""
    out = tmp_path_factory.mktemp("made")
    script = ROOT / "resources" / "packaging" / "windows" / "package.sh"
    done = subprocess.run(
        [str(script), str(program), str(out)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return out


class Windows:
    """A drive C of its own under wine."""

    def __init__(self, folder: Path) -> None:
        prefix = Path(os.environ.get("KOA_WINE_PREFIX", folder / "prefix"))
        self.environment = {
            **os.environ,
            "WINEPREFIX": str(prefix),
            "HOME": str(folder),
            "WINEDEBUG": "-all",
            "WINEDLLOVERRIDES": "winemenubuilder.exe=d;mscoree,mshtml=",
            "DISPLAY": "",
        }
        self.run("wineboot", "-i")
        (self.user,) = (prefix / "drive_c" / "users").glob("[!P]*")

    @property
    def local(self) -> Path:
        return self.user / "AppData" / "Local"

    def run(self, *command: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            ["wine", *command],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=600,
            check=False,
        )

    @contextmanager
    def running(self, executable: Path) -> Iterator[None]:
        """Have `executable` run; a program that waits for its end takes the place of the file."""
        script, stop = executable.with_suffix(".nsi"), executable.with_name("stop")
        script.write_text(WAITING.format(executable=executable))
        subprocess.run(["makensis", "-V2", str(script)], check=True, capture_output=True)
        script.unlink()
        process = subprocess.Popen(["wine", str(executable)], env=self.environment)
        started = executable.with_name("started")
        try:
            for _ in range(600):
                if started.exists():
                    break
                time.sleep(0.1)
            assert started.exists()
            started.unlink()
            yield
        finally:
            stop.touch()
            process.wait(60)
            stop.unlink()

    def uninstall(self, program: Path, *switches: str) -> None:
        assert self.run(str(program / "uninstall.exe"), "/S", *switches).returncode == 0
        # It goes on as a copy of itself.
        subprocess.run(["wineserver", "-w"], env=self.environment, check=True, timeout=300)


@pytest.fixture(scope="module")
def windows(tmp_path_factory: pytest.TempPathFactory) -> Windows:
    return Windows(tmp_path_factory.mktemp("windows"))


def contents(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


@pytest.mark.requirement("R16")
def test_setup_installs_silently_and_uninstall_leaves_the_case_list_alone(
    made: Path, program: Path, windows: Windows
) -> None:
    (setup,) = made.glob("*-setup.exe")
    before = contents(windows.user)
    assert windows.run(str(setup), "/S", "/ASSOCIATE").returncode == 0
    installed = windows.local / "Programs" / "KOA Desktop"
    assert contents(installed) == contents(program) | {"uninstall.exe"}
    assert windows.run("reg", "query", KEY, "/v", "QuietUninstallString").returncode == 0
    offered = r"HKCU\Software\Classes\.dcm\OpenWithProgids"
    assert b"KOADesktop.Radiograph" in windows.run("reg", "query", offered).stdout
    if PROGRAM != "none":
        assert windows.run(str(installed / "koa-desktop-cli.exe"), "self-test").returncode == 0

    data = windows.local / "koa-desktop"
    (data / "Logs").mkdir(parents=True)
    (data / "Logs" / "koa-desktop.log").write_text("")
    (data / "cases.sqlite").write_text("")
    windows.uninstall(installed)
    kept = {"koa-desktop", "koa-desktop/cases.sqlite"}
    left = contents(windows.user) - before
    shell = "AppData/Local"
    assert {name for name in left if "Microsoft" not in name and "Temp" not in name} <= {
        *(f"{shell}/{name}" for name in kept),
        f"{shell}/Programs",
    }
    assert (data / "cases.sqlite").exists()
    assert windows.run("reg", "query", KEY).returncode != 0
    assert b"KOADesktop" not in windows.run("reg", "query", offered).stdout


def test_a_chosen_folder_is_used_and_the_case_list_goes_when_asked(
    made: Path, windows: Windows
) -> None:
    (setup,) = made.glob("*-setup.exe")
    assert windows.run(str(setup), "/S", r"/D=C:\Chosen").returncode == 0
    installed = windows.user.parents[1] / "Chosen"
    assert (installed / "koa-desktop.exe").exists()
    (installed / "of-the-user.txt").write_text("kept")
    data = windows.local / "koa-desktop"
    data.mkdir(exist_ok=True)
    (data / "cases.sqlite").write_text("")
    windows.uninstall(installed, "/DELETEREADINGS")
    assert contents(installed) == {"of-the-user.txt"}
    assert not data.exists()


@pytest.mark.parametrize("name", ["koa-desktop.exe", "koa-desktop-cli.exe"])
def test_a_running_program_is_neither_updated_nor_uninstalled(
    name: str, made: Path, windows: Windows
) -> None:
    (setup,) = made.glob("*-setup.exe")
    install = (str(setup), "/S", r"/D=C:\Running")
    assert windows.run(*install).returncode == 0
    installed = windows.user.parents[1] / "Running"
    (installed / "_internal" / "of-the-earlier-version").touch()
    with windows.running(installed / name):
        before = {path: path.stat().st_mtime_ns for path in installed.rglob("*")}
        assert windows.run(*install).returncode == 2
        uninstall = (str(installed / "uninstall.exe"), "/S", r"_?=C:\Running")
        assert windows.run(*uninstall).returncode == 2
        assert {path: path.stat().st_mtime_ns for path in installed.rglob("*")} == before
        assert windows.run("reg", "query", KEY).returncode == 0
    assert windows.run(*install).returncode == 0
    assert not (installed / "_internal" / "of-the-earlier-version").exists()
    windows.uninstall(installed)
    assert not installed.exists()


def test_the_msi_installs_and_uninstalls_silently(
    made: Path, program: Path, windows: Windows
) -> None:
    (msi,) = made.glob("*.msi")
    assert windows.run("msiexec", "/i", str(msi), "/qn").returncode == 0
    installed = windows.user.parents[1] / "Program Files" / "KOA Desktop"
    assert contents(installed) == contents(program)
    # Not offered unless asked.
    assert windows.run("reg", "query", r"HKLM\Software\Classes\KOADesktop.Radiograph").returncode
    assert windows.run("msiexec", "/x", str(msi), "/qn").returncode == 0
    assert not (installed / "koa-desktop.exe").exists()


def test_the_msi_offers_the_program_for_dicom_files_when_asked(
    made: Path, windows: Windows
) -> None:
    (msi,) = made.glob("*.msi")
    classes = r"HKLM\Software\Classes"
    command = rf"{classes}\KOADesktop.Radiograph\shell\open\command"
    assert windows.run("msiexec", "/i", str(msi), "/qn", "ADDLOCAL=ALL").returncode == 0
    assert (windows.user.parents[1] / "Program Files/KOA Desktop/koa-desktop.exe").exists()
    for ending in (".dcm", ".dicom"):
        offered = windows.run("reg", "query", rf"{classes}\{ending}\OpenWithProgids")
        assert b"KOADesktop.Radiograph" in offered.stdout
    opens = windows.run("reg", "query", command, "/ve").stdout
    assert rb'"C:\Program Files\KOA Desktop\koa-desktop.exe" "%1"' in opens
    assert windows.run("msiexec", "/x", str(msi), "/qn").returncode == 0
    assert windows.run("reg", "query", command).returncode
    left = windows.run("reg", "query", rf"{classes}\.dcm\OpenWithProgids").stdout
    assert b"KOADesktop" not in left


def test_the_portable_zip_keeps_its_data_beside_the_program(made: Path, program: Path) -> None:
    (archive,) = made.glob("*-portable.zip")
    names = {name.rstrip("/") for name in zipfile.ZipFile(archive).namelist()}
    assert "KOA Desktop/data" in names
    assert {f"KOA Desktop/{name}" for name in contents(program)} <= names
