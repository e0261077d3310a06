"""The film itself: scaling, panning, windowing, rotation."""
