"""Find the system libraries that Qt needs on Linux and that no Python package contains.

`python3 -m koa_desktop.system.libraries` prints the Debian packages to install, and needs nothing
but Python itself: it runs before the virtual environment exists.
"""

from __future__ import annotations

import ctypes
import os
import sys

# Library -> the Debian or Ubuntu package that holds it. These are the libraries that the headers of
# Qt's own libraries name, less those that every Debian has (zlib1g and libzstd1 come with dpkg).
# The names are those of Debian 12; later releases still provide them.
DRAWING = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11.so.6": "libx11-6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxkbcommon.so.0": "libxkbcommon0",
}
X11_WINDOW = {
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb.so.1": "libxcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-glx.so.0": "libxcb-glx0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
WAYLAND_WINDOW = {
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
}


def has_display() -> bool:
    """Tell whether a window can be shown; only Linux may lack a display."""
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return sys.platform != "linux" or any(os.environ.get(name) for name in names)


def missing_for_drawing() -> list[str]:
    """Return the packages without which no report can be drawn; empty but on Linux."""
    return _missing(DRAWING)


def missing_for_window() -> list[str]:
    """Return the packages without which no window can open on this display."""
    if os.environ.get("QT_QPA_PLATFORM"):
        return _missing(DRAWING)
    window = X11_WINDOW if os.environ.get("DISPLAY") else WAYLAND_WINDOW
    return _missing(DRAWING | window)


def _missing(libraries: dict[str, str]) -> list[str]:
    if sys.platform != "linux":
        return []
    return [package for library, package in libraries.items() if not _loads(library)]


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    sys.stdout.write("\n".join(_missing(DRAWING | X11_WINDOW)))
