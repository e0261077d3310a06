"""Trained networks on the disk: their cards, checksums and the runtime that runs them."""
