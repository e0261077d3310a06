"""The finder's worst cases by each figure, as pictures on one page."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from koa_desktop.grading.finder import Detection
from koa_desktop.knees.box import Box
from koa_desktop.radiograph import Radiograph

WORST = 10
TILE = 320
TRUE, FOUND = (80, 220, 80), (60, 180, 255)


@dataclass
class Gallery:
    """Keeps the worst cases of every figure; a larger `badness` is worse."""

    worst: dict[str, list[tuple[float, int, NDArray[np.uint8]]]] = field(default_factory=dict)
    _number: Any = field(default_factory=count)

    def add(
        self,
        figure: str,
        badness: float,
        radiograph: Radiograph,
        truths: list[Box],
        found: list[Detection],
    ) -> None:
        """Offer a case with its true boxes and what was found."""
        kept = self.worst.setdefault(figure, [])
        if len(kept) == WORST and badness <= kept[0][0]:
            return
        case = (float(badness), next(self._number), tile(radiograph, truths, found, badness))
        if len(kept) < WORST:
            heapq.heappush(kept, case)
        else:
            heapq.heapreplace(kept, case)

    def write(self, folder: Path) -> None:
        """Write one picture a figure, and a page that shows them."""
        folder.mkdir(parents=True, exist_ok=True)
        parts = []
        for figure, kept in self.worst.items():
            tiles = [case[2] for case in sorted(kept, key=lambda case: -case[0])]
            tiles += [np.zeros_like(tiles[0])] * (WORST - len(tiles))
            rows = [np.hstack(tiles[start : start + 5]) for start in range(0, WORST, 5)]
            name = figure.replace(" ", "-") + ".png"
            _, encoded = cv2.imencode(".png", np.vstack(rows))
            (folder / name).write_bytes(encoded.tobytes())
            parts.append(f'<h2>{figure}</h2><img src="{name}">')
        page = "<!doctype html><meta charset=utf-8><title>Finder</title>" + "\n".join(parts)
        (folder / "index.html").write_text(page, encoding="utf-8")


def tile(
    radiograph: Radiograph, truths: list[Box], found: list[Detection], badness: float
) -> NDArray[np.uint8]:
    """Return a case as a picture (320, 320, 3)."""
    scale = (TILE - 20) / max(radiograph.width, radiograph.height)
    size = (max(round(radiograph.width * scale), 1), max(round(radiograph.height * scale), 1))
    kind = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    grey = np.round(cv2.resize(radiograph.pixels, size, interpolation=kind) * 255).astype(np.uint8)
    picture = np.zeros((TILE, TILE, 3), np.uint8)
    picture[: size[1], : size[0]] = grey[..., None]

    def draw(box: Box, colour: tuple[int, int, int]) -> None:
        corners = np.array([box.left, box.top, box.left + box.size, box.top + box.size]) * scale
        x0, y0, x1, y1 = np.round(corners).astype(int).tolist()
        cv2.rectangle(picture, (x0, y0), (x1, y1), colour, 1)

    for box in truths:
        draw(box, TRUE)
    for detection in found:
        knee, content = detection.knee, detection.content
        draw(knee.box, FOUND)
        shares = " ".join(f"{100 * share:.0f}" for share in content.probability)
        text = f"{content.box_class.value[:6]} {shares}"
        if knee.confidence is not None:
            text += f" c{100 * knee.confidence:.0f}"
        if content.side is not None:
            text += f" {content.side.value}{100 * content.side_probability:.0f}"
        place = (2, max(int((knee.box.top + knee.box.size) * scale) - 4, 12))
        place = (max(int(knee.box.left * scale), 2), min(place[1], TILE - 24))
        cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.36, (0, 255, 255), 1)
    label = f"{radiograph.info.path.name} {badness:.2f}"
    cv2.putText(picture, label, (4, TILE - 6), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (255, 255, 255), 1)
    return picture
