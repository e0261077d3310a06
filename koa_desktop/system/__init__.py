"""Paths, files and libraries of the operating system."""
