"""Dialogs and help windows."""
