"""Boxes, heat maps, joint spaces and measurements drawn over the film."""
