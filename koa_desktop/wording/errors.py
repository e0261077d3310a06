"""Sentences of the errors meant for the reader: what happened, and what to do."""

from __future__ import annotations

from koa_desktop.message import Code

TEMPLATES: dict[Code, str] = {}
