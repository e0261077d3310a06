"""Boxes, margins and measurements as a Grayscale Softcopy Presentation State over the film.

The film in the archive stays as it is: a viewer shows it in the usual pose and polarity, and draws
the layers over it. All places are pixels of the film's file, in which (0, 0) is the upper left
corner of the first pixel (PS3.3 C.10.5.1.2).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from highdicom import PresentationLUTTransformation
from highdicom.color import CIELabColor
from highdicom.pr import (
    GraphicAnnotation,
    GraphicLayer,
    GraphicObject,
    GrayscaleSoftcopyPresentationState,
    TextObject,
)
from pydicom import Dataset

from koa_desktop.annotation.colours import AMBER, MINT, PINK, Colour
from koa_desktop.examination.examiner import Examination
from koa_desktop.loading.source_elements import LookupTable, SourceElements
from koa_desktop.radiograph import RadiographInfo, StoredGrid, Window
from koa_desktop.report import words
from koa_desktop.report.dicom_objects.source import Source
from koa_desktop.wording.joint_space.lines import width_text
from koa_desktop.wording.measurement_lines import value_text

MODALITY, SERIES_NUMBER = "PR", 9904
SERIES_DESCRIPTION = "KOA Desktop: boxes and margins"
_MOST_ENTRY = 65535
_ASPECT = 1000  # whole numbers that stand for a share

Place = tuple[float, float]


@dataclass(slots=True)
class _Layer:
    """Lines and texts of one colour, in pixels of the radiograph."""

    name: str
    description: str
    colour: Colour
    lines: list[Sequence[Place]] = field(default_factory=list)
    texts: list[tuple[str, Place]] = field(default_factory=list)


def presentation_state(
    examination: Examination, window: Window, source: Source, *, reader: str = ""
) -> Dataset:
    """Return how a film is to be shown, with what is drawn on it (PS3.3 A.33.1).

    `window` is the one of the film, `reader` the one who made it, as DICOM writes names. The film
    has to be in the archive. What lies beyond its border is cut off.
    """
    film, radiograph = source.study, examination.radiograph
    layers = [layer for layer in _layers(examination) if layer.lines or layer.texts]
    made = [
        GraphicLayer(
            layer.name,
            order=number,
            description=layer.description,
            display_color=CIELabColor.from_rgb(*layer.colour.rgb),
        )
        for number, layer in enumerate(layers, 1)
    ]
    annotations = [
        _annotation(layer, graphic, film, radiograph)
        for layer, graphic in zip(layers, made, strict=True)
    ]
    state: Dataset = GrayscaleSoftcopyPresentationState(
        referenced_images=[film],
        device_serial_number="none",
        content_label="KOA",
        content_description=SERIES_DESCRIPTION,
        content_creator_name=reader or None,
        graphic_layers=made or None,
        graphic_annotations=annotations or None,
        presentation_lut_transformation=PresentationLUTTransformation(
            "INVERSE" if radiograph.inverted else "IDENTITY"
        ),
        **source.identification(MODALITY, SERIES_NUMBER, SERIES_DESCRIPTION),
    )
    # The series has the states of all films of its study.
    state.Laterality = ""
    _show_grey_values(state, source.elements, window)
    _show_in_pose(state, radiograph.grid)
    return state


def _layers(examination: Examination) -> tuple[_Layer, ...]:
    knees = _Layer("KNEES", "Boxes, sides and grades", AMBER)
    spaces = _Layer("JOINT SPACE", "Bone margins and minimal widths", PINK)
    rulers = _Layer("MEASUREMENTS", "Lengths and angles", MINT)
    for examined in examination.knees:
        box = examined.knee.box
        right, bottom = box.left + box.size, box.top + box.size
        corners = [(box.left, box.top), (right, box.top), (right, bottom), (box.left, bottom)]
        knees.lines.append([*corners, corners[0]])
        knees.texts.append((words.tag(examined, grades=True), corners[0]))
        space = examined.joint_space
        for part in (space.left, space.right) if space is not None else ():
            if part is None or part.reason or part.narrowest is None or part.minimal is None:
                continue
            half = len(part.outline) // 2
            for line in (part.outline[:half], part.outline[half:], part.narrowest):
                spaces.lines.append([(float(x), float(y)) for x, y in line])
            x, y = part.outline.mean(axis=0)
            spaces.texts.append((width_text(part.minimal), (float(x), float(y))))
    spacing = examination.radiograph.spacing
    for one in examination.measurements:
        rulers.lines.append(list(one.points))
        rulers.texts.append((value_text(one, spacing), one.points[-1]))
    return knees, spaces, rulers


def _annotation(
    layer: _Layer, graphic: GraphicLayer, film: Dataset, radiograph: RadiographInfo
) -> GraphicAnnotation:
    grid = radiograph.grid

    def stored(place: Place) -> Place:
        # Beyond the film no place can be named.
        x = min(max(place[0], 0.0), float(radiograph.width))
        y = min(max(place[1], 0.0), float(radiograph.height))
        return grid.stored_point(x, y)

    lines = [
        GraphicObject("POLYLINE", np.array([stored(place) for place in line]), units="PIXEL")
        for line in layer.lines
    ]
    texts = [
        TextObject(text, units="PIXEL", anchor_point=stored(place), anchor_point_visible=False)
        for text, place in layer.texts
        if text
    ]
    return GraphicAnnotation(
        [film],
        graphic,
        referenced_frame_number=1 if film.get("NumberOfFrames") else None,
        graphic_objects=lines or None,
        text_objects=texts or None,
    )


def _show_grey_values(state: Dataset, elements: SourceElements, window: Window) -> None:
    """Add the lookup tables and the window by which the film is shown (PS3.3 C.11.1, C.11.8)."""
    modality, voi = elements.modality_table, elements.voi_table
    factor = 1.0
    if modality is not None:
        # The window counts in the entries, and grows with them; the first value of a table cannot.
        factor = _to_all_bits(modality) if voi is None else 1.0
        item = _table(modality, factor)
        item.ModalityLUTType = "US"
        state.ModalityLUTSequence = [item]
    elif elements.slope is not None or elements.intercept is not None:
        state.RescaleSlope = _decimal(1.0 if elements.slope is None else elements.slope)
        state.RescaleIntercept = _decimal(elements.intercept or 0.0)
        state.RescaleType = "US"
    centre, width = factor * window.centre, factor * window.width
    shown = Dataset()
    if voi is not None:
        shown.VOILUTSequence = [_table(voi, _to_all_bits(voi))]
    elif window.sigmoid:
        shown.WindowCenter, shown.WindowWidth = _decimal(centre), _decimal(width)
        shown.VOILUTFunction = "SIGMOID"
    else:
        # LINEAR, which every viewer knows, is half a grey value higher and one wider.
        shown.WindowCenter, shown.WindowWidth = _decimal(centre + 0.5), _decimal(width + 1)
    state.SoftcopyVOILUTSequence = [shown]


def _show_in_pose(state: Dataset, grid: StoredGrid) -> None:
    """Add the turn that brings the film into its usual pose, and all of it as what is shown.

    DICOM turns before it mirrors (PS3.3 C.10.6), the grid mirrors before it turns.
    """
    if grid.mirrored or grid.quarters:
        turned = -grid.quarters if grid.mirrored else grid.quarters
        state.ImageRotation = 90 * turned % 360
        state.ImageHorizontalFlip = "Y" if grid.mirrored else "N"
    (area,) = state.DisplayedAreaSelectionSequence
    if "PixelOriginInterpretation" in area:
        del area.PixelOriginInterpretation
    width, height = grid.width * grid.stretch_x, grid.height * grid.stretch_y
    if grid.quarters % 2:
        width, height = height, width
    # The pixels that lie in these corners once the film is turned (PS3.3 C.10.4).
    area.DisplayedAreaTopLeftHandCorner = _pixel(grid, (0.0, 0.0))
    area.DisplayedAreaBottomRightHandCorner = _pixel(grid, (width, height))
    area.PresentationPixelAspectRatio = [
        round(_ASPECT * grid.stretch_y),
        round(_ASPECT * grid.stretch_x),
    ]


def _pixel(grid: StoredGrid, corner: Place) -> list[int]:
    """Return the column and row, from 1 on, of the stored pixel at a corner of the radiograph."""
    x, y = grid.stored_point(*corner)
    return [_whole(x, grid.width), _whole(y, grid.height)]


def _whole(place: float, size: int) -> int:
    return 1 if place < size / 2 else size


def _to_all_bits(table: LookupTable) -> float:
    """Return the factor that makes a table's entries fill 16 bits."""
    return _MOST_ENTRY / float(2**table.bits - 1)


def _table(table: LookupTable, factor: float) -> Dataset:
    """Return a lookup table whose entries have 16 bits: 8 and 16 are allowed (PS3.3 C.11.1.1)."""
    item = Dataset()
    entries = np.minimum(np.round(table.entries * factor), _MOST_ENTRY)
    # 65536 entries are written as 0, and a first value below 0 as its two's complement.
    descriptor = [len(entries) % 65536, table.first % 65536, 16]
    item.add_new("LUTDescriptor", "US", descriptor)
    item.add_new("LUTData", "OW", entries.astype("<u2").tobytes())
    return item


def _decimal(value: float) -> str:
    """Return a number in the sixteen characters that a decimal string has."""
    return f"{value:.10g}"


def is_drawn_over(source: Source) -> bool:
    """Tell whether a film can have such a state: it is in the archive, and grey."""
    return source.is_in_archive and source.elements.samples == 1
