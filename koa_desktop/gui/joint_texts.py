"""The core's phrases on the joint space, in the reader's language."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from koa_desktop.gui.translation import QT_TRANSLATE_NOOP, core

TEXTS = (
    QT_TRANSLATE_NOOP("JointWords", "The margins were corrected by the reader."),
    QT_TRANSLATE_NOOP("JointWords", "Joint space can't be measured."),
    QT_TRANSLATE_NOOP("JointWords", "can't be measured"),
    QT_TRANSLATE_NOOP("JointWords", "{0} of the condyle width"),
    QT_TRANSLATE_NOOP("JointWords", "{0}: narrowed."),
    QT_TRANSLATE_NOOP("JointWords", "{0}: both narrowed."),
    QT_TRANSLATE_NOOP("JointWords", "{0} of the condyle width, here {1}"),
    QT_TRANSLATE_NOOP("JointWords", "{0} (unsure)"),
    QT_TRANSLATE_NOOP("JointWords", "at the detector"),
    QT_TRANSLATE_NOOP("JointWords", "calibrated"),
    QT_TRANSLATE_NOOP("JointWords", "Medial space {0}"),
    QT_TRANSLATE_NOOP("JointWords", "Lateral space {0}"),
    QT_TRANSLATE_NOOP("JointWords", "Viewer's left space {0}"),
    QT_TRANSLATE_NOOP("JointWords", "Viewer's right space {0}"),
    QT_TRANSLATE_NOOP("JointWords", "medial {0}"),
    QT_TRANSLATE_NOOP("JointWords", "lateral {0}"),
    QT_TRANSLATE_NOOP("JointWords", "viewer's left {0}"),
    QT_TRANSLATE_NOOP("JointWords", "viewer's right {0}"),
    QT_TRANSLATE_NOOP("JointWords", "Medial: {0}"),
    QT_TRANSLATE_NOOP("JointWords", "Lateral: {0}"),
    QT_TRANSLATE_NOOP("JointWords", "Viewer's left: {0}"),
    QT_TRANSLATE_NOOP("JointWords", "Viewer's right: {0}"),
    QT_TRANSLATE_NOOP("JointWords", "Both sides: {0}"),
)


def say(text: str) -> str:
    """Return a phrase of `joint_words`, or a sentence of the core, in the reader's language."""
    return QCoreApplication.translate("JointWords", text) if text in TEXTS else core(text)
