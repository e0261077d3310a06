"""A bare Linux is told which packages to install."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from koa_desktop.message import Message
from koa_desktop.system import libraries
from koa_desktop.wording.command_line import CommandLine
from koa_desktop.wording.sentences import sentence

DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")


@pytest.fixture(autouse=True)
def bare_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Linux without a display and without any library."""
    for name in DISPLAYS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(libraries, "_loads", lambda library: False)


@pytest.mark.parametrize("name", DISPLAYS)
def test_a_display_is_known_by_its_variable(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not libraries.has_display()
    monkeypatch.setenv(name, ":0")
    assert libraries.has_display()


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_other_systems_show_windows_and_bring_all_they_need(
    platform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    assert libraries.has_display()
    assert libraries.missing_for_window() == []


def test_only_the_displays_own_packages_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert libraries.missing_for_window() == libraries.missing_for_drawing()
    monkeypatch.delenv("QT_QPA_PLATFORM")
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert "libwayland-client0" in libraries.missing_for_window()
    assert "libxcb-cursor0" not in libraries.missing_for_window()
    monkeypatch.setenv("DISPLAY", ":0")
    assert "libxcb-cursor0" in libraries.missing_for_window()


def test_the_sentence_is_a_command_to_copy() -> None:
    packages = " ".join(libraries.missing_for_drawing())
    said = sentence(Message.of(CommandLine.MISSING_LIBRARIES, packages=packages))
    assert "apt-get install libegl1 libgl1" in said
    assert "\n" not in said


@pytest.mark.skipif(
    sys.platform != "linux" or shutil.which("objdump") is None, reason="reads ELF with objdump"
)
@pytest.mark.parametrize(
    ("packages", "patterns"),
    [
        (
            libraries.DRAWING,
            [
                "lib/libQt6Core.*",
                "lib/libQt6Gui.*",
                "lib/libQt6Widgets.*",
                "lib/libQt6Svg.*",
                "lib/libQt6PrintSupport.*",
                "lib/libQt6DBus.*",
                "plugins/platforms/*offscreen*",
            ],
        ),
        (
            libraries.DRAWING | libraries.X11_WINDOW,
            ["plugins/platforms/libqxcb.so", "lib/libQt6XcbQpa.*", "plugins/xcbglintegrations/*"],
        ),
        (
            libraries.DRAWING | libraries.WAYLAND_WINDOW,
            [
                "plugins/platforms/libqwayland*",
                "lib/libQt6WaylandClient.*",
                "plugins/wayland-shell-integration/*",
                "plugins/*client/*wayland-egl.so",
            ],
        ),
    ],
    ids=["drawing", "x11", "wayland"],
)
def test_every_library_that_qt_links_to_has_its_package(
    packages: dict[str, str], patterns: list[str]
) -> None:
    import PySide6

    qt = Path(PySide6.__file__).parent / "Qt"
    files = [str(file) for pattern in patterns for file in qt.glob(pattern)]
    assert len(files) >= len(patterns)
    headers = subprocess.run(["objdump", "-p", *files], capture_output=True, text=True, check=True)
    needed = set(re.findall(r"NEEDED +(\S+)", headers.stdout))
    always_there = r"lib(c|m|dl|rt|pthread|stdc\+\+|gcc_s|z|zstd|gthread-2\.0)\.so.*|ld-linux.*"
    of_qt = r"lib(Qt6|icu).*"
    missing = {
        name for name in needed - set(packages) if not re.fullmatch(f"{always_there}|{of_qt}", name)
    }
    assert not missing


def test_the_readme_names_the_same_packages() -> None:
    readme = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
    command = readme.split("apt-get install", 1)[1].split("```", 1)[0]
    named = set(command.replace("\\", " ").split())
    assert set((libraries.DRAWING | libraries.X11_WINDOW).values()) <= named
