"""Errors meant for the person at the screen: one plain sentence each, what happened and what to do.

Everything else that goes wrong is a fault of the program and belongs in the log.
"""

from __future__ import annotations


class ReaderError(Exception):
    """Base of all errors whose text is shown to the reader."""


class ReadError(ReaderError):
    """A file that could not be read."""


class BundleError(ReaderError):
    """A model bundle that cannot be used."""


class ExportError(ReaderError):
    """An export that could not be written."""


class StoreError(ReaderError):
    """The store of readings cannot be used."""
