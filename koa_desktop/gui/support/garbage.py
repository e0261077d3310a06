"""Collects garbage in the window's thread alone.

Python collects in whichever thread happens to make the next object. Objects of Qt that a background
thread collects are destroyed in that thread, which Qt does not survive.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

_EVERY_MS = 1000


def collect_in_this_thread(parent: QObject) -> None:
    """Have this thread alone collect garbage, from now on and as long as `parent` lives.

    No collection looks at the objects that exist now, because the program needs them to its end.
    """
    gc.disable()
    gc.freeze()
    timer = QTimer(parent)
    timer.timeout.connect(collect_where_due)
    timer.start(_EVERY_MS)


def collect_where_due() -> None:
    """Collect the oldest generation that Python itself would collect by now."""
    due = zip(gc.get_count(), gc.get_threshold(), strict=True)
    generations = [number for number, (count, limit) in enumerate(due) if count > limit]
    if generations:
        gc.collect(generations[-1])
