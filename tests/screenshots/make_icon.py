"""Render the program's icon for Windows from its SVG.

    python -m tests.screenshots.make_icon

Writes `resources/icons/koa-desktop.ico`.
"""

from __future__ import annotations

import io
import os

from PIL import Image

from koa_desktop.system.paths import RESOURCES

SIZES = (16, 24, 32, 48, 64, 128, 256)


def main() -> None:
    """Draw each size by itself: a reduced large one is blurred."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import QBuffer, QIODevice, Qt
    from PySide6.QtGui import QGuiApplication, QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    app = QGuiApplication([])
    renderer = QSvgRenderer(str(RESOURCES / "icons" / "koa-desktop.svg"))
    pictures = []
    for size in SIZES:
        image = QImage(size, size, QImage.Format.Format_ARGB32)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        renderer.render(painter)
        painter.end()
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        image.save(buffer, "PNG")
        pictures.append(Image.open(io.BytesIO(bytes(buffer.data().data()))))
    pictures[-1].save(
        RESOURCES / "icons" / "koa-desktop.ico",
        sizes=[(size, size) for size in SIZES],
        append_images=pictures[:-1],
    )
    app.quit()


if __name__ == "__main__":
    main()
