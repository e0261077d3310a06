"""The windows: the only place that may import Qt."""
