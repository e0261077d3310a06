"""Network architectures and their conversion to LiteRT."""
