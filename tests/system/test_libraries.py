"""What a bare Linux lacks is told as packages to install."""

from __future__ import annotations

import sys

import pytest

from koa_desktop.system import libraries

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
    said = libraries.sentence(libraries.missing_for_drawing())
    assert "apt-get install libegl1 libgl1" in said
    assert "\n" not in said
