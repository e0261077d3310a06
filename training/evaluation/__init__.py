"""Measuring trained networks and reporting what was measured."""
