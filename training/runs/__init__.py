"""Folders of training runs and their predictions."""
