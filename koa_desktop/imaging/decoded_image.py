"""A file's bytes decoded: what the decoders give, whatever the format."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from koa_desktop.imaging.pose import UPRIGHT, Pose
from koa_desktop.message import Message
from koa_desktop.radiograph import Header, InvertedBy, PixelSpacing, Side, Window


@dataclass(frozen=True, eq=False, slots=True)
class DecodedImage:
    """Grey values (H, W) as they lie in the file, with the file's description of them.

    `values` are uint8, uint16, int16 or float32. `pose` is how they lie; `pixel_ratio` is a pixel's
    height by its width.
    """

    values: NDArray[Any]
    window: Window
    file_format: str
    inverted: bool = False
    inverted_by: InvertedBy | None = None
    spacing: PixelSpacing | None = None
    pixel_ratio: float = 1.0
    pose: Pose = UPRIGHT
    laterality: Side | None = None
    header: Header = field(default_factory=Header)
    is_dicom: bool = False
    notes: tuple[Message, ...] = ()
