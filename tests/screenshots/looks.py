"""The looks of the window: each theme on each screen at each scale."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from itertools import product
from pathlib import Path

# In pixels of the screen.
SCREENS = ((1024, 600), (1280, 800), (1920, 1080), (3840, 2160))
SCALES = (1.0, 1.5, 2.0, 3.0)
# In the window's own pixels, of which a scale makes several: no computer has less.
LEAST_WIDTH, LEAST_HEIGHT = 640, 360


@dataclass(frozen=True, slots=True)
class Look:
    """A theme on a screen of `width` x `height` pixels, `scale` of which make one of the window."""

    theme: str
    scale: float
    width: int
    height: int

    @property
    def name(self) -> str:
        """The look as the command line names it."""
        return f"{self.theme}-{self.scale:g}x-{self.width}x{self.height}"

    @property
    def size(self) -> tuple[int, int]:
        """The screen in the window's own pixels."""
        return int(self.width / self.scale), int(self.height / self.scale)

    def environment(self, folder: Path) -> dict[str, str]:
        """Return what Qt must find when it starts; its screen is described in `folder`."""
        screen = folder / "screen.json"
        size = {"width": self.width, "height": self.height}
        described = {
            "screens": [{"name": "screen", "x": 0, "y": 0, **size}],
            "windowFrameMargins": False,
        }
        screen.write_text(json.dumps(described), encoding="utf-8")
        scale = {"QT_SCALE_FACTOR": f"{self.scale:g}"}
        return {**os.environ, "QT_QPA_PLATFORM": f"offscreen:configfile={screen}", **scale}


def looks() -> list[Look]:
    """Return every theme on every screen at every scale that leaves the window enough room."""
    every = [
        Look(theme, scale, *screen)
        for screen, scale, theme in product(SCREENS, SCALES, ("dark", "light"))
    ]
    return [look for look in every if look.size[0] >= LEAST_WIDTH and look.size[1] >= LEAST_HEIGHT]
