"""The heat maps of the shown film: each in its knee's box, all seen alike."""

from __future__ import annotations

from collections.abc import Sequence

from koa_desktop.gui.viewer.canvas.film_item import FilmItem
from koa_desktop.gui.viewer.canvas.film_view import FilmView
from koa_desktop.gui.viewer.canvas.layer import Layer
from koa_desktop.gui.viewer.layers.heat_map_item import HeatMapItem
from koa_desktop.imaging.colour_maps import ColourMap
from koa_desktop.knees.box import Box
from koa_desktop.knees.crop import Pixels


class HeatMaps(Layer):
    """The heat map of each box, visible only while the box is where the map was computed."""

    def __init__(self, view: FilmView) -> None:
        super().__init__(view)
        self.title = ""  # of the legend: what the maps explain, or why there is none
        self._items: dict[int, HeatMapItem] = {}
        self._boxes: list[Box] = []
        self._visible = True
        self._outlined = False
        self._opacity = 0.6
        self.colour_map = ColourMap.INFERNO

    @property
    def are_seen(self) -> bool:
        """True while a heat map is drawn, not its outline alone."""
        return self._visible and any(item.isVisible() for item in self._items.values())

    @property
    def legend(self) -> str | None:
        """The legend's title; None where nothing is to be said.

        While heat maps are switched on and there is none, the title says why.
        """
        is_missing = (self._visible or self._outlined) and not self._items and bool(self.title)
        return self.title if self.are_seen or is_missing else None

    def set_film(self, film: FilmItem | None) -> None:
        """Draw on another film, or on none; everything drawn on the last one is gone."""
        super().set_film(film)
        self._items.clear()
        self._boxes = []

    def show(self, index: int, heat: Pixels | None) -> None:
        """Show a heat map (n, n), 0..1, in box `index` at its current position, or remove it."""
        old = self._items.pop(index, None)
        if old is not None:
            self._view.scene().removeItem(old)
        if heat is not None and self._film is not None and index < len(self._boxes):
            item = HeatMapItem(heat, self._boxes[index], self._opacity, self._film)
            item.set_colour_map(self.colour_map)
            item.set_outlined(self._outlined)
            self._items[index] = item
        self._redraw()

    def keep_to(self, boxes: Sequence[Box]) -> None:
        """Hide the heat maps of boxes that have been moved."""
        self._boxes = list(boxes)
        self._redraw()

    def set_visible(self, visible: bool) -> None:
        """Show or hide all heat maps; outlines stay."""
        self._visible = visible
        self._redraw()

    def set_outlined(self, outlined: bool) -> None:
        """Outline the area that supports the grade most, with the heat map or alone."""
        self._outlined = outlined
        for item in self._items.values():
            item.set_outlined(outlined)
        self._redraw()

    def set_opacity(self, opacity: float) -> None:
        """Set the heat maps' opacity, 0..1 at the hottest."""
        self._opacity = opacity
        for item in self._items.values():
            item.set_heat_opacity(opacity)

    def set_colour_map(self, colour_map: ColourMap) -> None:
        """Draw the heat maps in other colours."""
        self.colour_map = colour_map
        for item in self._items.values():
            item.set_colour_map(colour_map)
        self._redraw()

    def _redraw(self) -> None:
        for index, item in self._items.items():
            in_place = index < len(self._boxes) and self._boxes[index] == item.box
            item.set_filled(self._visible)
            item.setVisible((self._visible or self._outlined) and in_place)
        # The legend comes and goes with them.
        self._view.viewport().update()
