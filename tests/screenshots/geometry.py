"""Faults of what a window shows: cut or overlapping parts, and texts of too little contrast."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QComboBox,
    QLabel,
    QLineEdit,
    QSplitter,
    QStackedWidget,
    QStyle,
    QStyleOptionComboBox,
    QToolBar,
    QToolButton,
    QWidget,
)

from koa_desktop.annotation.shapes import Label
from koa_desktop.gui.style.elided import ElidedLabel
from koa_desktop.gui.viewer.canvas.shape_painter import shape_rect, view_canvas
from koa_desktop.gui.viewer.image_viewer import ImageViewer
from koa_desktop.gui.viewer.layers.box_item import BoxItem
from koa_desktop.gui.viewer.layers.joint_space_item import JointSpaceItem

LEAST_CONTRAST = 4.5  # WCAG 2.1, 1.4.3
_SLIP = 1  # pixels that rounding at a scale may cost


def faults(window: QWidget) -> list[str]:
    """Return a line for each visible part of a window that is cut, or overlaps another."""
    shown = _shown(window)
    found = [
        fault for part in shown for fault in (*_cut(part), *_unexplained(part), *_overprinted(part))
    ]
    return found + [fault for part in (window, *shown) for fault in _overlapping(part)]


def off_screen(window: QWidget) -> list[str]:
    """Return a line where a window leaves its screen."""
    screen = window.screen().geometry().adjusted(-_SLIP, -_SLIP, _SLIP, _SLIP)
    if screen.contains(window.geometry()):
        return []
    return [f"off the screen: {_name(window)} {window.geometry().getRect()}"]


def contrasts(window: QWidget) -> list[tuple[float, str]]:
    """Return the contrast (1..21) of every visible text that can be used, and what has it."""
    return [(_contrast(part), _name(part)) for part in _shown(window) if _has_text(part)]


def _shown(window: QWidget) -> list[QWidget]:
    return [part for part in window.findChildren(QWidget) if part.isVisible()]


def _cut(part: QWidget) -> Iterator[str]:
    if isinstance(part, ElidedLabel):
        return
    if isinstance(part, QLabel) and part.text():
        room = part.contentsRect()
        if part.wordWrap():
            if part.heightForWidth(part.width()) > part.height() + _SLIP:
                yield f"cut below: {_name(part)}"
        elif part.sizeHint().width() > part.width() + _SLIP:
            yield f"cut: {_name(part)} has {room.width()} pixels"
    if isinstance(part, QAbstractButton) and part.text():
        least = part.minimumSizeHint()
        if least.width() > part.width() + _SLIP or least.height() > part.height() + _SLIP:
            yield f"cut: {_name(part)} {part.width()} of {least.width()} pixels"


def _unexplained(part: QWidget) -> Iterator[str]:
    if isinstance(part, ElidedLabel):
        is_cut = part.is_elided
    elif isinstance(part, QComboBox):
        option = QStyleOptionComboBox()
        part.initStyleOption(option)
        field = part.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox,
            option,
            QStyle.SubControl.SC_ComboBoxEditField,
            part,
        )
        is_cut = part.fontMetrics().horizontalAdvance(part.currentText()) > field.width() + _SLIP
    else:
        return
    if is_cut and not part.toolTip():
        yield f"no tooltip: {_name(part)}"


def _overlapping(parent: QWidget) -> Iterator[str]:
    """Yield the parts laid out in `parent` that overlap or leave it."""
    if parent.layout() is None or isinstance(parent, QStackedWidget | QSplitter | QToolBar):
        return
    found = parent.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
    parts = [part for part in found if part.isVisible() and not part.isWindow()]
    for one, other in combinations(parts, 2):
        both = one.geometry().intersected(other.geometry())
        if both.width() > _SLIP and both.height() > _SLIP:
            yield f"overlap: {_name(one)} and {_name(other)}"
    for part in parts:
        if not parent.rect().adjusted(-_SLIP, -_SLIP, _SLIP, _SLIP).contains(part.geometry()):
            yield f"outside: {_name(part)}"


def _overprinted(part: QWidget) -> Iterator[str]:
    """Yield the texts on a film that cover each other."""
    if not isinstance(part, ImageViewer):
        return
    drawn = [item for item in part.items() if item.isVisible()]
    joints = next((item for item in drawn if isinstance(item, JointSpaceItem)), None)
    values = joints.labels(view_canvas(joints)) if joints is not None else []
    texts = {
        "joint space": [shape.rect for shape in values if isinstance(shape, Label)],
        "measurement": part.measurements.labels(),
        "tag": [shape_rect(item.tag_rect()) for item in drawn if isinstance(item, BoxItem)],
        "corner text": part.corner_text.plates(),
    }
    named = [(name, rect.grown(-_SLIP)) for name, rects in texts.items() for rect in rects]
    view = shape_rect(QRectF(part.viewport().rect()))
    for (one, first), (other, second) in combinations(named, 2):
        if first.intersects(second) and (view.intersects(first) or view.intersects(second)):
            yield f"overprinted: {one} {first} and {other} {second}"


def _has_text(part: QWidget) -> bool:
    """Tell whether a part has a text of which nothing is scrolled out of sight."""
    shows = isinstance(part, QLabel | QAbstractButton | QLineEdit) and bool(part.text())
    shows = shows or (isinstance(part, QLineEdit) and bool(part.placeholderText()))
    shows = shows or (isinstance(part, QComboBox) and bool(part.currentText()))
    if isinstance(part, QToolButton) and not part.icon().isNull():
        shows = shows and part.toolButtonStyle() is not Qt.ToolButtonStyle.ToolButtonIconOnly
    if isinstance(part.parentWidget(), QAbstractScrollArea):
        return False
    return shows and part.isEnabled() and part.visibleRegion().boundingRect() == part.rect()


def _contrast(part: QWidget) -> float:
    # With what lies below it: a label has no ground of its own.
    window = part.window()
    place = QRect(part.mapTo(window, QPoint()), part.size())
    return contrast(_pixels(window.grab(place).toImage()))


def contrast(picture: NDArray[np.uint8]) -> float:
    """Return the contrast (1..21) of the ground of a picture (H, W, 3) and its strongest pixels."""
    # One number a colour: sorting rows of three takes ten times as long.
    packed = picture.reshape(-1, 3).astype(np.uint32) @ np.array((1 << 16, 1 << 8, 1), np.uint32)
    found, counts = np.unique(packed, return_counts=True)
    light = _luminance(np.stack([found >> 16, found >> 8 & 255, found & 255], axis=-1))
    ground = light[counts.argmax()]
    ratios = (np.maximum(light, ground) + 0.05) / (np.minimum(light, ground) + 0.05)
    return float(ratios.max())


def _luminance(colours: NDArray[np.uint32]) -> NDArray[np.float64]:
    share = colours / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear @ (0.2126, 0.7152, 0.0722), np.float64)


def _pixels(image: QImage) -> NDArray[np.uint8]:
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    # A copy: the pixels go with the image.
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()


def _name(part: QWidget) -> str:
    text = part.text() if isinstance(part, QLabel | QAbstractButton) else ""
    return f"{type(part).__name__} {part.objectName() or part.accessibleName()} {text!r}"[:110]
