"""What macOS reads about the application, as PyInstaller writes it for build.spec."""

from __future__ import annotations

import ast
import plistlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PyInstaller.building import osx
from PyInstaller.config import CONF

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def info(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The application's Info.plist, of a program with a console, as build.spec makes it."""
    (tmp_path / "program").touch()
    for name in ("distpath", "workpath", "specpath"):
        monkeypatch.setitem(CONF, name, str(tmp_path))
    monkeypatch.setattr(osx, "is_darwin", True)
    signing = SimpleNamespace(sign_binary=lambda *_, **__: None)
    monkeypatch.setattr(osx, "osxutils", signing, raising=False)
    files = [("koa-desktop", str(tmp_path / "program"), "EXECUTABLE")]
    icon = str(ROOT / "resources/icons/koa-desktop.ico")
    application = osx.BUNDLE(files, name="KOA Desktop.app", icon=icon, info_plist=settings())
    assert application.console
    return plistlib.loads((tmp_path / "KOA Desktop.app/Contents/Info.plist").read_bytes())


def settings() -> dict[str, Any]:
    """Return the settings that build.spec gives to PyInstaller for the application."""
    for node in ast.walk(ast.parse((ROOT / "build.spec").read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "BUNDLE":
            return next(
                ast.literal_eval(one.value) for one in node.keywords if one.arg == "info_plist"
            )
    raise AssertionError("build.spec makes no application")


def test_the_application_has_an_icon_in_the_dock(info: dict[str, Any]) -> None:
    # A program with a console would be one without windows.
    assert not info.get("LSBackgroundOnly")
    assert not info.get("LSUIElement")
    assert info["CFBundlePackageType"] == "APPL"
    assert info["NSHighResolutionCapable"]


def test_finder_offers_the_application_for_radiographs(info: dict[str, Any]) -> None:
    (kind,) = info["CFBundleDocumentTypes"]
    assert kind["CFBundleTypeExtensions"] == ["dcm", "dicom"]
    # It does not become what opens them by default.
    assert kind["LSHandlerRank"] == "Alternate"
