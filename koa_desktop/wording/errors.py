"""Sentences of the errors meant for the reader: what happened, and what to do."""

from __future__ import annotations

from koa_desktop.errors import BundleReason
from koa_desktop.message import Code

TEMPLATES: dict[Code, str] = {
    BundleReason.CARD_MISSING: "The model card {name} is missing from the models folder.",
    BundleReason.CARD_DAMAGED: "The model card {name} is damaged or incomplete.",
    BundleReason.MODEL_MISSING: "The model {name} is missing from the models folder.",
    BundleReason.WRONG_MODEL: (
        "The model {name} is not the one its card describes; install the bundle again."
    ),
    BundleReason.NOT_LOADABLE: "The model {name} cannot be loaded.",
}
