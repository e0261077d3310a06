"""What a network is and how it is trained, in one flat list; run folders keep it as JSON."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Recipe:
    """A network and its training. The defaults are a plain start that works."""

    input_size: int = 224  # pixels the network sees across; the crop is resampled in the graph
    band: bool = False  # see only the rows around the joint
    frozen_to: str = ""  # backbone layers up to this one keep ImageNet's weights
    epochs: int = 8
