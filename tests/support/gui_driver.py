"""Drive the window as a reader does, by drags, wheel, keys and dropped files; read its colours."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl, Signal
from PySide6.QtGui import QDropEvent, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QGraphicsItem,
    QLabel,
    QMessageBox,
    QWidget,
)

from koa_desktop.annotation.colours import Colour
from koa_desktop.gui.main_window import MainWindow
from koa_desktop.gui.viewer.image_viewer import ImageViewer
from koa_desktop.gui.viewer.layers.box_item import Grip
from koa_desktop.knees.box import Box
from koa_desktop.radiograph import Radiograph, Window

Item = TypeVar("Item", bound=QGraphicsItem)
# Two boxes on the film of `radiograph`.
FIRST, SECOND = Box(50, 120, 100), Box(230, 120, 100)
SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton


def radiograph(
    width: int = 400, height: int = 300, dtype: type = np.uint16, *, inverted: bool = False
) -> Radiograph:
    """Soft bands of every grey value with a little noise, in a window narrower than their range."""
    random = np.random.default_rng(5)
    share = np.linspace(0, 1, width)[None] * np.linspace(0.5, 1, height)[:, None]
    share = np.clip(share + random.normal(0, 0.02, (height, width)), 0, 1)
    if dtype is np.uint8:
        return Radiograph.of(
            Path("film"), (255 * share).astype(dtype), Window(120, 200), inverted=inverted
        )
    low = -1000 if dtype is not np.uint16 else 0
    values = (low + 4000 * share).astype(dtype)
    return Radiograph.of(Path("film"), values, Window(low + 1900, 3100), inverted=inverted)


class Heard:
    """Everything a view's signals have said, in order."""

    def __init__(self, view: ImageViewer) -> None:
        self.said: list[tuple[Any, ...]] = []
        for speaker, name in (
            (view.boxes, "changed"),
            (view.boxes, "picked"),
            (view.boxes, "drawn"),
            (view.boxes, "delete_requested"),
            (view, "window_changed"),
            (view, "zoom_changed"),
        ):
            signal: Signal = getattr(speaker, name)
            signal.connect(  # type: ignore[attr-defined]
                lambda *values, name=name: self.said.append((name, *values))
            )

    def of(self, name: str) -> list[tuple[Any, ...]]:
        return [said[1:] for said in self.said if said[0] == name]


def press(
    window: MainWindow,
    key: Qt.Key,
    modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    QTest.keyClick(window.focusWidget() or window, key, modifier)


def texts(part: QWidget) -> str:
    """All that the visible labels of a part of the window say, one a line."""
    return "\n".join(told_by(label) for label in part.findChildren(QLabel) if label.isVisible())


def told_by(label: QLabel) -> str:
    """What a label says, wherever its lines may end."""
    return label.text().replace("\N{NO-BREAK SPACE}", " ")


def button(part: QWidget, name: str) -> QAbstractButton:
    """The one visible button with this text, or accessible name."""
    buttons = [one for one in part.findChildren(QAbstractButton) if one.isVisible()]
    (found,) = [one for one in buttons if name in (one.text(), one.accessibleName())]
    return found


def click(part: QWidget) -> None:
    QTest.mouseClick(part, LEFT)


def answer(box: QMessageBox, role: QMessageBox.ButtonRole) -> None:
    """Press the button of this role below a question."""
    (pressed,) = [one for one in box.buttons() if box.buttonRole(one) == role]
    click(pressed)


def items(view: ImageViewer, kind: type[Item]) -> list[Item]:
    """Return the items of this kind that are drawn on the film."""
    return [item for item in view.scene().items() if isinstance(item, kind)]


def drop(window: MainWindow, paths: Sequence[Path]) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    event = QDropEvent(
        QPointF(400, 400),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    window.dropEvent(event)


def at(view: ImageViewer, x: float, y: float) -> QPoint:
    return view.to_view(QPointF(x, y)).toPoint()


def drag(
    view: ImageViewer,
    start: QPoint,
    by: tuple[int, int],
    button: Qt.MouseButton = LEFT,
    *,
    release: bool = True,
) -> None:
    port = view.viewport()
    end = start + QPoint(*by)
    QTest.mouseMove(port, start)
    QTest.mousePress(port, button, pos=start)
    QTest.mouseMove(port, start + QPoint(by[0] // 2, by[1] // 2))
    QTest.mouseMove(port, end)
    if release:
        QTest.mouseRelease(port, button, pos=end)


def wheel(app: QApplication, view: ImageViewer, place: QPointF, units: int) -> None:
    event = QWheelEvent(
        place,
        view.viewport().mapToGlobal(place),
        QPoint(),
        QPoint(0, units),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    app.sendEvent(view.viewport(), event)


def seen(view: ImageViewer) -> NDArray[np.uint8]:
    """Return the picture of the view, RGB (H, W, 3)."""
    image = view.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()


def share_of_colour(picture: NDArray[np.uint8], colour: Colour) -> float:
    return float(np.mean(np.abs(picture.astype(int) - colour.rgb).max(axis=2) < 12))


def grip_of(view: ImageViewer, box: Box, grip: Grip) -> QPoint:
    across, down = grip.value
    x, y = box.centre
    return at(view, x + across * box.size / 2, y + down * box.size / 2)
