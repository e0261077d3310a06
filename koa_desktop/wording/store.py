"""Sentences of the store: the reasons why readings cannot be saved."""

from __future__ import annotations

from koa_desktop.errors import StoreReason
from koa_desktop.message import Code

TEMPLATES: dict[Code, str] = {
    StoreReason.NEWER: "The case list was written by a newer KOA Desktop.",
    StoreReason.DAMAGED: "The case list is damaged or cannot be opened.",
    StoreReason.UNUSABLE: "The case list cannot be used.",
}
