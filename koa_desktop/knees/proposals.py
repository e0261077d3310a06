"""Boxes proposed where no knee was detected, and recognition of single-knee crops."""

from __future__ import annotations

from koa_desktop.imaging.polarity import knee_likeness
from koa_desktop.knees.box import Box, Knee, SideSource
from koa_desktop.radiograph import Radiograph, RadiographInfo, Side

# Wider than this share of the height, an image is taken to show both knees.
WIDE_ASPECT = 0.9
MAX_CROP_SIDE = 1024
# Correlation with the mean knee: 99.9 % of the published crops lie above it.
CROP_LIKENESS = 0.6


def propose_knees(radiograph: RadiographInfo) -> list[Knee]:
    """Return boxes for the user to move over the knees: two on a wide image, else one.

    On a wide image the patient's right knee is at the viewer's left.
    """
    height, width = radiograph.height, radiograph.width
    if not shows_both_knees(radiograph):
        box = Box.around(width / 2, height / 2, 0.6 * min(width, height))
        return [
            Knee(box, radiograph.laterality, SideSource.HEADER if radiograph.laterality else None)
        ]
    size = 0.6 * min(width / 2, height)
    return [
        Knee(Box.around(width * place, height / 2, size), side, SideSource.POSITION)
        for place, side in ((0.25, Side.RIGHT), (0.75, Side.LEFT))
    ]


def shows_both_knees(radiograph: RadiographInfo) -> bool:
    """Tell from a radiograph's shape whether it is wide enough for both knees."""
    return radiograph.width >= WIDE_ASPECT * radiograph.height


def is_single_knee_crop(radiograph: Radiograph) -> bool:
    """Tell whether the whole image is one knee cut out as the training crops are.

    Square within 10 %, no more than `MAX_CROP_SIDE` pixels, and like the mean knee crop.
    """
    height, width = radiograph.height, radiograph.width
    if max(height, width) > MAX_CROP_SIDE or max(height, width) > 1.1 * min(height, width):
        return False
    return knee_likeness(radiograph.pixels) >= CROP_LIKENESS


def whole_image(radiograph: RadiographInfo) -> Knee:
    """Return the box of a file that is itself a single-knee crop: the largest middle square."""
    size = min(radiograph.width, radiograph.height)
    box = Box.around(radiograph.width / 2, radiograph.height / 2, size)
    return Knee(box, radiograph.laterality, SideSource.HEADER if radiograph.laterality else None)
