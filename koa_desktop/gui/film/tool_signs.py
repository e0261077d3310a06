"""The signs that a tool is on over the film: its command is ticked, and a line says what to do."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from koa_desktop.examination.measurements import Kind
from koa_desktop.gui.actions.actions import Actions
from koa_desktop.gui.actions.status_bar import StatusBar
from koa_desktop.gui.viewer.image_viewer import ImageViewer

_COMMANDS = {
    Kind.LENGTH: "ruler",
    Kind.ANGLE: "angle",
    Kind.OBJECT: "calibrate",
    Kind.MASK: "mask",
    None: "draw",  # a box, which is no measurement
}


class ToolSigns(QObject):
    """Shows which tool of a film's view is on; the shape of the pointer is the view's own."""

    changed = Signal()

    def __init__(self, view: ImageViewer, actions: Actions, status: StatusBar) -> None:
        super().__init__(status)
        self._view = view
        self._actions = actions
        self._status = status
        view.measurements.tool_changed.connect(self._show)
        view.measurements.point_placed.connect(self._show)
        view.boxes.drawing_changed.connect(self._show)
        for name in _COMMANDS.values():
            # Qt ticks a command that is chosen, also where no tool comes of it.
            actions[name].triggered.connect(self._show)

    def _show(self) -> None:
        tool = self._view.measurements.tool
        for kind, name in _COMMANDS.items():
            self._actions[name].setChecked(self._view.has_tool and kind is tool)
        self._status.set_hint(self._hint(tool) if self._view.has_tool else "")
        self.changed.emit()

    def _hint(self, tool: Kind | None) -> str:
        """Return what the next click does, and how the tool is ended."""
        steps = {
            None: (self.tr("Drag around the knee to draw its box · cancel: Esc"),),
            Kind.LENGTH: (
                self.tr("Click one end of the length, or drag along it · cancel: Esc"),
                self.tr("Click the other end of the length · cancel: Esc"),
            ),
            Kind.ANGLE: (
                self.tr("Click a point on one arm of the angle · cancel: Esc"),
                self.tr("Click the vertex of the angle · cancel: Esc"),
                self.tr("Click a point on the other arm · cancel: Esc"),
            ),
            Kind.OBJECT: (
                self.tr("Click one edge of the object, or drag across it · cancel: Esc"),
                self.tr("Click the opposite edge of the object · cancel: Esc"),
            ),
            Kind.MASK: (
                self.tr("Click one corner of the area, or drag over it · cancel: Esc"),
                self.tr("Click the opposite corner of the area · cancel: Esc"),
            ),
        }[tool]
        return steps[self._view.measurements.placed_count]
