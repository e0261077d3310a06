"""A radiograph on the screen, without its layers: zoom, place and window.

The scene's coordinates are the viewport's own pixels; the film carries scale and place as its
transform. So a zoom keeps the point under the pointer to a fraction of a pixel, which whole scroll
bar steps cannot.
"""

from __future__ import annotations

import math
from dataclasses import replace

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QResizeEvent, QTransform
from PySide6.QtWidgets import QFrame, QGraphicsScene, QGraphicsView, QWidget

from koa_desktop.gui.viewer.canvas.film_item import FilmItem
from koa_desktop.gui.viewer.canvas.orientation import UPRIGHT, Orientation
from koa_desktop.imaging.pyramid import Pyramid
from koa_desktop.knees.box import Box
from koa_desktop.knees.window_presets import Preset, window_of
from koa_desktop.radiograph import PixelSpacing, Radiograph, Window

LEAST_ZOOM, MOST_ZOOM = 0.02, 32.0
ZOOMED_BOX_SHARE = 0.8  # of the view's shorter side
LEAST_SEEN = 60.0  # view pixels of the film that no pan moves out of sight


class FilmView(QGraphicsView):
    """Shows a radiograph, black around it.

    Boxes and points of the film are in pixels of the radiograph. A zoom of 100 % shows one pixel of
    the radiograph on one of the screen.
    """

    window_changed = Signal(object)  # Window
    zoom_changed = Signal(float)  # per cent
    orientation_changed = Signal(object)  # Orientation
    negative_changed = Signal(bool)
    plain_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        scene = QGraphicsScene(self)
        scene.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        self.setScene(scene)
        # In every language: a mirrored film would show the other side.
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.FullViewportUpdate)
        self.setBackgroundBrush(QColor("black"))
        # Files dropped on the film are the window's business.
        self.setAcceptDrops(False)
        self.viewport().setAcceptDrops(False)
        self._film: FilmItem | None = None
        self._orientation = UPRIGHT
        self._negative = False
        self._plain = False
        self._fitted = True
        self._zoomed_box: Box | None = None
        self._preset: tuple[Preset, Window] | None = None  # the last one that was chosen

    def set_radiograph(
        self,
        radiograph: Radiograph | None,
        *,
        keep_view: bool = False,
        pyramid: Pyramid | None = None,
    ) -> None:
        """Show another radiograph, or none.

        `keep_view` keeps zoom, place and window where the size is the same. `pyramid` is what
        `levels(radiograph)` gave, for instance in a worker.
        """
        before, self._film = self._film, None
        self._preset = self._preset if keep_view else None
        if before is not None:
            self.scene().removeItem(before)
        if radiograph is not None:
            if before is not None and before.radiograph.values is radiograph.values:
                pyramid = pyramid or before.pyramid
            kept = before if keep_view and _same_size(before, radiograph) else None
            window = kept.grey_window if kept else radiograph.window
            self._film = FilmItem(radiograph, window, pyramid, negative=self._negative)
            self.scene().addItem(self._film)
            if kept:
                self._film.setTransform(kept.transform())
            else:
                self.fit()
            self.window_changed.emit(window)
        self.viewport().update()

    def set_spacing(self, spacing: PixelSpacing | None) -> None:
        """Measure in the millimetres of this pixel spacing; None is in pixels."""
        if self._film and self._film.radiograph.info.spacing != spacing:
            radiograph = self._film.radiograph
            self._film.radiograph = replace(
                radiograph, info=replace(radiograph.info, spacing=spacing)
            )

    def current_window(self) -> Window:
        """Return the window the film is shown through."""
        return self._film.grey_window if self._film else Window(0.5, 1)

    def set_window(self, window: Window) -> None:
        """Show the film through another window."""
        if self._film and window != self._film.grey_window:
            self._film.set_grey_window(window)
            self.window_changed.emit(window)

    def set_preset(self, preset: Preset, box: Box | None = None) -> None:
        """Show the film through a window by name; some of them look at a box."""
        if self._film:
            window = window_of(preset, self._film.radiograph, box)
            self._preset = preset, window
            self.set_window(window)

    @property
    def preset(self) -> Preset | None:
        """The name of the window through which the film is shown; None where it was set by hand."""
        window = self.current_window()
        if self._preset is not None and self._preset[1] == window:
            return self._preset[0]
        return Preset.FILE if self._film and self._film.radiograph.window == window else None

    def reset_window(self) -> None:
        """Show the film as its file asks."""
        self.set_preset(Preset.FILE)

    def set_draft(self, draft: bool) -> None:
        """Draw a very large film coarser during a drag."""
        if self._film:
            self._film.set_draft(draft)

    # Orientation

    @property
    def orientation(self) -> Orientation:
        """The film's rotation and mirroring."""
        return self._orientation

    def set_orientation(self, orientation: Orientation) -> None:
        """Rotate or mirror the film about the middle of the view."""
        if orientation == self._orientation:
            return
        middle, fitted = self.to_image(self._middle()), self._fitted
        self._orientation = orientation
        if fitted:
            self.fit()
        else:
            self._place(self.scale_factor(), middle, self._middle())
        self.orientation_changed.emit(orientation)

    def rotate_film(self, quarters: int) -> None:
        """Rotate the film clockwise by quarters of a full turn."""
        self.set_orientation(self._orientation.rotated(quarters))

    def mirror(self) -> None:
        """Exchange left and right of the screen."""
        self.set_orientation(self._orientation.flipped())

    @property
    def is_negative(self) -> bool:
        """True while dark and bright are exchanged on the screen."""
        return self._negative

    def set_negative(self, negative: bool) -> None:
        """Exchange dark and bright on the screen, or show the film as it is.

        This is a way of looking: the radiograph and all that is computed from it stay the same.
        """
        if negative == self._negative:
            return
        self._negative = negative
        if self._film:
            self._film.set_negative(negative)
        self.negative_changed.emit(negative)

    @property
    def is_plain(self) -> bool:
        """True while the film is shown without anything drawn over it."""
        return self._plain

    def set_plain(self, plain: bool) -> None:
        """Show the film without anything drawn over it, or with it."""
        self._plain = plain
        self.viewport().update()
        self.plain_changed.emit()

    def draw_plain(self, painter: QPainter) -> None:
        """Draw the film over all that lies on it, where it is to be shown without that."""
        if self._plain and self._film:
            painter.save()
            painter.setTransform(self._film.sceneTransform(), True)
            self._film.draw_piece(painter, self._film.boundingRect())
            painter.restore()

    def reset_view(self) -> None:
        """Show the whole film as its file asks: upright, unmirrored, in its own window."""
        self.set_orientation(UPRIGHT)
        self.set_negative(False)
        self.reset_window()
        self.fit()

    # Zoom and place

    def scale_factor(self) -> float:
        """Return view pixels per pixel of the radiograph."""
        if self._film is None:
            return 1.0
        shown = self._film.transform()
        return math.hypot(shown.m11(), shown.m12())

    def zoom_percent(self) -> float:
        """Return the zoom: 100 shows one pixel of the radiograph on one of the screen."""
        return 100 * self.scale_factor() * self.devicePixelRatioF()

    def to_image(self, point: QPointF) -> QPointF:
        """Return where a point of the view lies on the radiograph."""
        return self._film.transform().inverted()[0].map(point) if self._film else point

    def to_view(self, point: QPointF) -> QPointF:
        """Return where a point of the radiograph lies in the view."""
        return self._film.transform().map(point) if self._film else point

    def fit(self) -> None:
        """Show the whole film, as large as it goes, now and after a change of the view's size."""
        if self._film:
            self._show(self._film.boundingRect(), 1.0)
        self._fitted = True

    def one_to_one(self) -> None:
        """Show one pixel of the radiograph on one of the screen, the middle staying where it is."""
        self.zoom_by(1 / (self.scale_factor() * self.devicePixelRatioF()))

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom; the point of the film below `at` (the view's middle if None) stays in place."""
        if self._film is None:
            return
        fixed = self._middle() if at is None else at
        point = self.to_image(fixed)
        self._place(self.scale_factor() * factor, point, fixed)

    def zoom_to(self, box: Box) -> None:
        """Show one box large."""
        if self._film is None:
            return
        self._show(QRectF(box.left, box.top, box.size, box.size), ZOOMED_BOX_SHARE)
        self._zoomed_box = box

    def bring_into_view(self, box: Box) -> None:
        """Show a box of which hardly anything is seen: large if one was, else at this scale."""
        if self._film is None or self._fitted:
            return
        rect = QRectF(box.left, box.top, box.size, box.size)
        middle = self.to_view(rect.center())
        if self.viewport().rect().contains(middle.toPoint()):
            return
        if self._zoomed_box is not None:
            self.zoom_to(box)
        else:
            self._place(self.scale_factor(), rect.center(), self._middle())

    def move_origin(self, origin: QPointF) -> None:
        """Move the radiograph's first pixel to a point of the view; some film stays in view."""
        if self._film is None:
            return
        size = self.viewport().size()
        shown = self._film.transform().mapRect(self._film.boundingRect())
        corner = origin + shown.topLeft() - self.to_view(QPointF(0, 0))
        left = _kept_in_view(corner.x(), shown.width(), size.width())
        top = _kept_in_view(corner.y(), shown.height(), size.height())
        moved = QPointF(left, top) - corner
        self._place(self.scale_factor(), QPointF(0, 0), origin + moved)

    def _middle(self) -> QPointF:
        return QRectF(self.viewport().rect()).center()

    def _show(self, rect: QRectF, share: float) -> None:
        size = self.viewport().size()
        shown = self._orientation.transform().mapRect(rect)
        scale = share * min(
            max(size.width(), 1) / max(shown.width(), 1),
            max(size.height(), 1) / max(shown.height(), 1),
        )
        self._place(scale, rect.center(), self._middle())

    def _place(self, scale: float, point: QPointF, at: QPointF) -> None:
        """Put `point` of the film at `at` of the view, at `scale` within its limits."""
        if self._film is None:
            return
        before = self.scale_factor()
        ratio = self.devicePixelRatioF()
        scale = min(max(scale * ratio, LEAST_ZOOM), MOST_ZOOM) / ratio
        exact = abs(scale * ratio - 1) < 1e-6
        scale = 1 / ratio if exact else scale
        shown = self._orientation.transform(scale)
        origin = at - shown.map(point)
        if exact:
            # Pixel on pixel: grey values then reach the screen unchanged.
            origin = QPointF(round(origin.x() * ratio) / ratio, round(origin.y() * ratio) / ratio)
        self._film.setTransform(shown * QTransform.fromTranslate(origin.x(), origin.y()))
        self._fitted, self._zoomed_box = False, None
        if scale != before:
            self.zoom_changed.emit(self.zoom_percent())
        self.viewport().update()

    # Size

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit again, or keep the view's middle."""
        self.scene().setSceneRect(QRectF(self.viewport().rect()))
        super().resizeEvent(event)
        if self._fitted:
            self.fit()
        elif event.oldSize().isValid():
            change = event.size() - event.oldSize()
            zoomed_box = self._zoomed_box
            middle_moved = QPointF(change.width() / 2, change.height() / 2)
            self.move_origin(self.to_view(QPointF(0, 0)) + middle_moved)
            self._zoomed_box = zoomed_box


def _same_size(film: FilmItem | None, radiograph: Radiograph) -> bool:
    return film is not None and film.radiograph.values.shape == radiograph.values.shape


def _kept_in_view(start: float, length: float, view_length: float) -> float:
    """Return `start` such that a strip of the film stays in view, or all of a small one."""
    strip = min(LEAST_SEEN, length)
    return min(max(start, strip - length), view_length - strip)
