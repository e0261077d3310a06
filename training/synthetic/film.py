"""A standing frontal radiograph of two drawn limbs, with a synthetic knee set into each.

Thigh, calf and bones are solids of round section, seen as the thickness a ray crosses; a bone is
a dense cortex around a thin marrow. The knee, twice its crop's size, joins the limb band by band of
detail (multiresolution spline, Burt and Adelson 1983), so that no seam shows.
"""

from __future__ import annotations

import hashlib
import io
import tempfile
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import cv2
import gdcm
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    UID,
    DigitalXRayImageStorageForPresentation,
    ExplicitVRLittleEndian,
    JPEGLosslessSV1,
    generate_uid,
)

from koa_desktop.knees.box import Box
from koa_desktop.radiograph import Side
from training.synthetic.knee import Array

FILM_MARK = "SYNTHETIC"
WIDTH, HEIGHT = 1280, 1152
BOX_SIZE = 448  # twice a crop
SPACING_MM = 0.22  # at the detector
KNEE_PLACES = {Side.RIGHT: (330, 560), Side.LEFT: (950, 576)}  # middle of the box
BITS = 12
PYRAMID_LEVELS = 6
NOISE = 0.003
TRABECULAE = 0.012  # strength of the grain drawn into the shafts
SEAM = 0.06  # of the box, over which the knee joins the limb

# Heights and half-widths in box sides, from the middle of the box; x grows towards the fibula.
Outline = tuple[tuple[float, float, float], ...]
_LIMB: Outline = (
    (-1.5, 0.0, 0.80),
    (-0.6, 0.0, 0.68),
    (0.0, 0.02, 0.58),
    (0.5, 0.02, 0.59),
    (1.5, 0.0, 0.64),
)
_FEMUR: Outline = (
    (-1.5, -0.02, 0.17),
    (-0.95, -0.01, 0.19),
    (-0.62, 0.0, 0.32),
    (-0.45, 0.0, 0.42),
    (-0.2, 0.0, 0.45),
    (0.07, 0.0, 0.40),
)
_TIBIA: Outline = (
    (0.1, 0.0, 0.42),
    (0.3, 0.0, 0.39),
    (0.5, -0.01, 0.32),
    (0.8, -0.03, 0.19),
    (1.5, -0.04, 0.14),
)
_FIBULA: Outline = (
    (0.28, 0.37, 0.05),
    (0.36, 0.38, 0.09),
    (0.5, 0.38, 0.075),
    (0.8, 0.32, 0.055),
    (1.5, 0.26, 0.06),
)


@dataclass(frozen=True, slots=True)
class Film:
    """Grey values (H, W) float32 0..1, bone bright, and the box of each knee."""

    pixels: Array
    boxes: dict[Side, Box]


def draw_film(knees: dict[Side, Array], rng: np.random.Generator) -> Film:
    """Return a film with knees (224, 224), 0..1, each already facing as its side does."""
    boxes = {side: Box.around(*KNEE_PLACES[side], BOX_SIZE) for side in (Side.RIGHT, Side.LEFT)}
    pixels = np.zeros((HEIGHT, WIDTH), np.float32)
    for side, box in boxes.items():
        pixels = np.maximum(pixels, _limb(side, box, rng))
    for side, box in boxes.items():
        pixels = _set_in(pixels, knees[side], box)
    grain = cv2.GaussianBlur(rng.standard_normal(pixels.shape).astype(np.float32), (0, 0), 0.6)
    pixels = pixels + NOISE * grain
    return Film(np.maximum(np.clip(pixels, 0, 1), _writing()), boxes)


def _limb(side: Side, box: Box, rng: np.random.Generator) -> Array:
    """Return one limb (H, W), 0..1."""
    centre_x, centre_y = box.centre
    outward = 1 if side is Side.LEFT else -1
    rows, columns = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    down, across = (rows - centre_y) / box.size, outward * (columns - centre_x) / box.size

    def chord(outline: Outline, share: float = 1.0) -> Array:
        return _chord(outline, down, across, share)

    attenuation = 0.42 * chord(_LIMB)
    for outline, marrow in ((_FEMUR, 0.86), (_TIBIA, 0.87), (_FIBULA, 0.7)):
        attenuation += 1.15 * chord(outline) - 0.85 * marrow * chord(outline, marrow)
    grain = cv2.GaussianBlur(
        rng.standard_normal((HEIGHT, WIDTH)).astype(np.float32), (0, 0), 1.2, sigmaY=3.0
    )
    bone = np.maximum.reduce([chord(outline) for outline in (_FEMUR, _TIBIA, _FIBULA)])
    attenuation += TRABECULAE / float(grain.std()) * grain * np.minimum(2 * bone, 1)
    clouds = cv2.GaussianBlur(rng.standard_normal((HEIGHT, WIDTH)).astype(np.float32), (0, 0), 20)
    attenuation *= 1 + 0.6 * clouds
    return cv2.GaussianBlur(attenuation.astype(np.float32), (0, 0), 1.0) * np.float32(1.2)


def _chord(outline: Outline, down: Array, across: Array, share: float) -> Array:
    """Return the thickness (H, W) a ray crosses in a round solid of the given outline.

    The solid ends where its outline does; `share` narrows it, for the marrow within the cortex.
    """
    heights, middles, halves = np.array(outline).T
    fine = down[:, 0]
    middle = _smooth(np.interp(fine, heights, middles))
    half = _smooth(np.interp(fine, heights, halves)) * share
    within = 1 - ((across - middle[:, None]) / half[:, None]) ** 2
    reach = (fine >= heights[0]) & (fine <= heights[-1])
    return np.asarray(
        np.sqrt(np.clip(within, 0, None)) * np.sqrt(half[:, None]) * reach[:, None], np.float32
    )


def _smooth(values: NDArray[np.float64]) -> NDArray[np.float64]:
    kernel = np.hanning(161) / np.hanning(161).sum()
    return np.convolve(np.pad(values, 80, "edge"), kernel, "valid")


def _set_in(pixels: Array, knee: Array, box: Box) -> Array:
    """Return the film with a knee joined into its box, its brightness fitted to the limb's."""
    size = round(box.size)
    top, left = round(box.top), round(box.left)
    place = np.s_[top : top + size, left : left + size]
    large = np.asarray(cv2.resize(knee, (size, size), interpolation=cv2.INTER_CUBIC), np.float32)
    gain, offset = _fit(large, pixels[place])
    patch = pixels.copy()
    patch[place] = gain * large + offset
    mask = np.zeros_like(pixels)
    seam = round(SEAM * size)
    mask[top + seam : top + size - seam, left + seam // 2 : left + size - seam // 2] = 1
    soft = np.asarray(cv2.GaussianBlur(mask, (0, 0), seam / 3), np.float32)
    return _blend(patch, pixels, soft)


def _fit(knee: Array, limb: Array) -> tuple[float, float]:
    """Return gain and offset that give the knee the limb's spread and middle brightness."""
    gain = float(np.std(limb) / max(float(np.std(knee)), 1e-6))
    return gain, float(limb.mean() - gain * knee.mean())


def _blend(front: Array, back: Array, mask: Array) -> Array:
    """Join two pictures by a mask (0..1), each band of detail over its own width."""
    masks: list[Array] = [mask]
    for _ in range(PYRAMID_LEVELS):
        masks.append(np.asarray(cv2.pyrDown(masks[-1]), np.float32))
    bands = zip(_bands(front), _bands(back), masks, strict=True)
    joined = [share * one + (1 - share) * other for one, other, share in bands]
    result = joined[-1]
    for band in joined[-2::-1]:
        result = band + cv2.pyrUp(result, dstsize=band.shape[::-1])
    return np.asarray(result, np.float32)


def _bands(picture: Array) -> list[Array]:
    """Return the Laplacian pyramid, finest band first."""
    levels: list[Array] = [picture]
    for _ in range(PYRAMID_LEVELS):
        levels.append(np.asarray(cv2.pyrDown(levels[-1]), np.float32))
    bands: list[Array] = []
    for fine, coarse in pairwise(levels):
        wide = cv2.pyrUp(coarse, dstsize=(fine.shape[1], fine.shape[0]))
        bands.append(np.asarray(np.subtract(fine, wide), np.float32))
    return [*bands, levels[-1]]


def _writing() -> Array:
    """Return the lead letters in the upper corners, and the mark in a lower one, 0..1."""
    writing = np.zeros((HEIGHT, WIDTH), np.uint8)
    for side, left in ((Side.RIGHT, 24), (Side.LEFT, WIDTH - 68)):
        place = (left, 80)
        cv2.putText(writing, side.value, place, cv2.FONT_HERSHEY_DUPLEX, 2.0, 255, 4, cv2.LINE_AA)
    place = (16, HEIGHT - 20)
    cv2.putText(writing, FILM_MARK, place, cv2.FONT_HERSHEY_DUPLEX, 0.9, 255, 1, cv2.LINE_AA)
    return writing.astype(np.float32) / np.float32(255)


def film_as_dicom(film: Film) -> bytes:
    """Return a film as a DICOM file: Digital X-Ray for presentation, 12 bit, JPEG Lossless.

    The patient is made up; unique identifiers depend on the picture alone.
    """
    values = np.round(film.pixels * (2**BITS - 1)).astype(np.uint16)
    dataset = _described(values)
    dataset.PixelData = values.astype("<u2").tobytes()
    dataset["PixelData"].VR = "OW"
    plain = _file_bytes(dataset, ExplicitVRLittleEndian)
    dataset.PixelData = encapsulate([_lossless_jpeg(plain)])
    dataset["PixelData"].is_undefined_length = True
    return _file_bytes(dataset, JPEGLosslessSV1)


def _file_bytes(dataset: Dataset, syntax: UID) -> bytes:
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.file_meta.TransferSyntaxUID = syntax
    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def _described(values: NDArray[np.uint16]) -> Dataset:
    """Return the header (DICOM PS3.3 A.26) of a film."""
    content = hashlib.sha256(values.tobytes()).hexdigest()
    dataset = Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.SOPClassUID = DigitalXRayImageStorageForPresentation
    dataset.SOPInstanceUID, dataset.SeriesInstanceUID = (
        generate_uid(entropy_srcs=["instance", content]),
        generate_uid(entropy_srcs=["series", content]),
    )
    dataset.StudyInstanceUID = generate_uid(entropy_srcs=["study", content])
    dataset.PatientName, dataset.PatientID = "Sample^Synthetic", "SYNTHETIC-1"
    dataset.PatientBirthDate, dataset.PatientSex = "19600101", "O"
    dataset.StudyDate = dataset.SeriesDate = dataset.ContentDate = "20240101"
    dataset.StudyTime = dataset.ContentTime = "120000"
    dataset.AccessionNumber = dataset.ReferringPhysicianName = ""
    dataset.StudyID, dataset.SeriesNumber, dataset.InstanceNumber = "1", 1, 1
    dataset.StudyDescription = "Both knees AP, synthetic sample"
    dataset.Modality, dataset.Manufacturer = "DX", "Synthetic"
    dataset.PresentationIntentType = "FOR PRESENTATION"
    dataset.ImageType = ["DERIVED", "PRIMARY"]
    dataset.BodyPartExamined, dataset.ViewPosition = "KNEE", "AP"
    dataset.ImageLaterality, dataset.PatientOrientation = "B", ["L", "F"]
    dataset.ImagerPixelSpacing = [SPACING_MM, SPACING_MM]
    dataset.BurnedInAnnotation, dataset.LossyImageCompression = "YES", "00"
    dataset.PixelIntensityRelationship, dataset.PixelIntensityRelationshipSign = "LOG", 1
    dataset.RescaleIntercept, dataset.RescaleSlope, dataset.RescaleType = 0, 1, "US"
    dataset.PresentationLUTShape = "IDENTITY"
    dataset.WindowCenter, dataset.WindowWidth = 2 ** (BITS - 1), 2**BITS
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.Rows, dataset.Columns = values.shape
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, BITS, BITS - 1
    dataset.PixelRepresentation = 0
    return dataset


def _lossless_jpeg(plain: bytes) -> bytes:
    """Return the picture of an uncompressed DICOM file as one JPEG Lossless stream."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "plain.dcm"
        path.write_bytes(plain)
        reader = gdcm.ImageReader()
        reader.SetFileName(str(path))
        readable = reader.Read()
    change = gdcm.ImageChangeTransferSyntax()
    change.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.JPEGLosslessProcess14_1))
    change.SetInput(reader.GetImage())
    if not readable or not change.Change():
        raise ValueError("the film could not be compressed")
    fragment = change.GetOutput().GetDataElement().GetSequenceOfFragments().GetFragment(0)
    # gdcm's Python binding hands bytes over as text with escaped surrogates.
    return bytes(fragment.GetByteValue().GetBuffer().encode("utf-8", "surrogateescape"))
