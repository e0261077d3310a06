"""The middle of the window: one film or two, and the commands that act on those shown."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from koa_desktop.grading.class_map import Explained
from koa_desktop.gui.film.compare_view import CompareView
from koa_desktop.gui.film.film_pane import FilmPane
from koa_desktop.gui.film.heat_map_blinker import HeatMapBlinker
from koa_desktop.gui.viewer.image_viewer import ImageViewer
from koa_desktop.imaging.colour_maps import ColourMap
from koa_desktop.knees.window_presets import Preset

_ZOOM_STEP = 1.25


class FilmArea(QStackedWidget):
    """Shows the film of the current case, or two that are compared.

    Zoom and window act on the film, or on the first of two that follow each other. Overlays are
    switched on all films alike.
    """

    preset_shown = Signal(object)  # the Preset that films are shown through, None if by hand

    def __init__(self, film: FilmPane, compare: CompareView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._film = film
        self._compare = compare
        self.addWidget(film)
        self.addWidget(compare)
        self.blinker = HeatMapBlinker(self)
        self.blinker.shown.connect(self._draw_heat_maps)
        self.blinker.ended.connect(self._end_blinking)
        for view in self._views:
            view.window_changed.connect(self._tell_preset)
        self._heat_visible = False
        self._draw_heat_maps(False)

    # One film or two

    @property
    def has_film(self) -> bool:
        """True while the current case's radiograph is shown."""
        return self._film.has_film

    @property
    def is_comparing(self) -> bool:
        """True while two films are shown."""
        return self.currentWidget() is self._compare

    def set_comparing(self, comparing: bool) -> None:
        """Show both films of the comparison, or the film of the current case alone."""
        self.setCurrentWidget(self._compare if comparing else self._film)
        if comparing:
            self._film.view.end_tool()
        else:
            self._compare.clear()
        self._view.setFocus()
        self._tell_preset()

    @property
    def is_leavable(self) -> bool:
        """True while Escape ends something: a tool, blinking or the comparison."""
        return self._film.view.has_tool or self.blinker.is_on or self.is_comparing

    def stop(self) -> bool:
        """End the tool, or else the blinking; false where there is neither."""
        if self._film.view.has_tool:
            self._film.view.end_tool()
        elif self.blinker.is_on:
            self.blinker.stop()
        else:
            return False
        return True

    def take_focus(self) -> None:
        """Give the focus to the film, where single keys are commands."""
        self._view.setFocus()

    # Zoom and window

    def fit(self) -> None:
        """Show the whole film, or the compared knees."""
        self._view.fit()

    def one_to_one(self) -> None:
        """Show one pixel of the radiograph on one of the screen."""
        self._view.one_to_one()

    def zoom_in(self) -> None:
        """Zoom in a step about the middle."""
        self._view.zoom_by(_ZOOM_STEP)

    def zoom_out(self) -> None:
        """Zoom out a step about the middle."""
        self._view.zoom_by(1 / _ZOOM_STEP)

    def show_preset(self, preset: Preset) -> None:
        """Show the film through a window by name."""
        self._view.show_preset(preset)
        self._tell_preset()

    def invert(self) -> None:
        """Exchange dark and bright on the screen, of the film or of both that are compared."""
        negative = not self._view.is_negative
        for view in self._compare.films if self.is_comparing else (self._view,):
            view.set_negative(negative)

    def mirror(self) -> None:
        """Exchange left and right of the film, or of the second one that is compared."""
        if self.is_comparing:
            self._compare.mirror.toggle()
        else:
            self._view.mirror()

    # Overlays

    def set_heat_visible(self, visible: bool) -> None:
        """Show the heat maps, or leave them out; this ends their blinking."""
        self._heat_visible = visible
        self._draw_heat_maps(visible)
        self.blinker.stop()

    def set_plain(self, plain: bool) -> None:
        """Show films without boxes, maps, widths and measurements, or with them."""
        if plain:
            self._film.view.end_tool()
        for view in self._views:
            view.set_plain(plain)

    def set_outline_visible(self, visible: bool) -> None:
        """Outline the area that supports the grade most, or leave the outline out."""
        for view in self._views:
            view.heat_maps.set_outlined(visible)

    def set_joint_visible(self, visible: bool) -> None:
        """Draw the joint spaces, or leave them out."""
        for view in self._views:
            view.joint_spaces.set_visible(visible)

    def set_colour_map(self, colour_map: ColourMap) -> None:
        """Draw the heat maps in other colours."""
        for view in self._views:
            view.heat_maps.set_colour_map(colour_map)

    def set_heat_opacity(self, opacity: float) -> None:
        """Set the heat maps' opacity, 0..1 at the hottest."""
        for view in self._views:
            view.heat_maps.set_opacity(opacity)

    def explain(self, explained: Explained | None) -> None:
        """Have every heat map explain this; None explains each knee's own grade."""
        self._film.explain(explained)
        self._compare.explain(explained)

    @property
    def _view(self) -> ImageViewer:
        return self._compare.films[0] if self.is_comparing else self._film.view

    @property
    def _views(self) -> tuple[ImageViewer, ...]:
        return (self._film.view, *self._compare.films)

    def _tell_preset(self) -> None:
        self.preset_shown.emit(self._view.preset)

    def _draw_heat_maps(self, visible: bool) -> None:
        for view in self._views:
            view.heat_maps.set_visible(visible)

    def _end_blinking(self) -> None:
        self._draw_heat_maps(self._heat_visible)
