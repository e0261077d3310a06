"""What tools of others say of a DICOM file: dicom3tools' dciodvfy, and DCMTK."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

needs_dciodvfy = pytest.mark.skipif(not shutil.which("dciodvfy"), reason="dicom3tools is missing")
needs_dcmtk = pytest.mark.skipif(not shutil.which("dsrdump"), reason="dcmtk is missing")
# A checker cannot know a private coding scheme, this one does not check UTF-8, and a CD's table of
# contents is not wanted of what has no name.
_KNOWN = (
    "Unrecognized defined term = <99KOA>",
    "does not support this Specific Character Set",
    "would be needed to build DICOMDIR",
    # A series has the films of both knees.
    "</Laterality(0020,0060)> - is only permitted to be empty when actually unknown",
)


def complaints(path: Path) -> list[str]:
    """Return what dciodvfy finds wrong or odd in an object, whose kind it has to know."""
    done = subprocess.run(
        ["dciodvfy", "-new", str(path)], capture_output=True, text=True, check=False
    )
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    found = [line for line in lines if line.startswith(("Error", "Warning"))]
    assert len(lines) > len(found), found
    return [line for line in found if not any(known in line for known in _KNOWN)]


def run(*command: str | Path) -> str:
    """Run a tool that has to end well and in silence; returns what it printed."""
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert not any(line.startswith(("E:", "F:")) for line in done.stderr.splitlines()), done.stderr
    return done.stdout
