"""The annotated film as a Secondary Capture image, in colours, as JPEG."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from highdicom.sc import SCImage
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.uid import JPEGBaseline8Bit

from koa_desktop.radiograph import Side
from koa_desktop.report.dicom_objects.source import Source

MODALITY, SERIES_NUMBER = "OT", 9902
SERIES_DESCRIPTION = "KOA Desktop: annotated film"
_DERIVATION = "Boxes, sides, grades and measurements drawn on the film, a strip of text below"


def secondary_capture(
    picture: NDArray[np.uint8], source: Source, sides: Collection[Side | None] = ()
) -> Dataset:
    """Return a picture RGB (H, W, 3) uint8 as a Secondary Capture (PS3.3 A.8.1).

    `sides` are those of the knees on it.
    JPEG at quality 95 takes a tenth of the bytes; the film itself stays as it is in the archive.
    """
    height, width = picture.shape[:2]
    # JPEG stores colours for pairs of pixels (YBR_FULL_422).
    even = np.pad(picture, ((0, 0), (0, width % 2), (0, 0)), mode="edge")
    capture: Dataset = SCImage(
        even,
        photometric_interpretation="YBR_FULL_422",
        bits_allocated=8,
        coordinate_system="PATIENT",
        patient_orientation=("L", "F"),
        transfer_syntax_uid=JPEGBaseline8Bit,
        **source.patient_and_study(),
        **source.identification(MODALITY, SERIES_NUMBER, SERIES_DESCRIPTION),
    )
    source.complete(capture)
    # Whether the film is frontal, nobody but its own file can tell.
    capture.PatientOrientation = ""
    capture.BodyPartExamined = "KNEE"
    known = {side.value for side in sides if side is not None}
    if known and None not in sides:
        capture.ImageLaterality = "B" if len(known) > 1 else known.pop()
    else:
        capture.Laterality = ""
    capture.DerivationDescription = _DERIVATION
    capture.LossyImageCompression = "01"
    stored = len(capture.PixelData)
    capture.LossyImageCompressionRatio = f"{3 * height * width / stored:.2f}"
    capture.LossyImageCompressionMethod = "ISO_10918_1"
    if source.is_in_archive:
        film = source.reference()
        if source.elements.frames > 1:
            film.ReferencedFrameNumber = 1
        capture.SourceImageSequence = [film]
    return capture
