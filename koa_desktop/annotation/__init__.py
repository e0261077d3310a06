"""Annotations of a radiograph as shapes: described once, painted on the screen and in exports."""
