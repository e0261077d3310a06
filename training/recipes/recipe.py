"""The settings of a network and its training, as one flat list; run folders store it as JSON.

Each other file of this package defines one recipe; `registry.py` lists them by name. Every setting
can be changed on the command line (`training/grader/options.py`).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Recipe:
    """A network and its training. The defaults are a plain start that works."""

    # Input
    view: str = "whole"  # or "stretched band": see training/data/crop_views.py
    input_size: int = 224  # pixels across; the crop is resampled in the graph
    band: bool = False  # only the rows around the joint
    augmentation: str = "radiograph"  # or another of training/data/augment.py
    hidden_joints: float = 0.0  # share of the copies that hide the joint: hidden_joint.py
    mixing: str = ""  # "mixup" or "cutmix" pairs of crops

    # The network
    backbone: str = "mobilenetv2"  # or "efficientnetb3", "inceptionv3", "cnn"
    hidden: int = 0  # units of a layer between the pooled features and the logits
    dropout: float = 0.3
    head: str = "softmax"  # or "corn": each grade given that the one below is passed
    binary: bool = False  # osteoarthritis (KL >= 2) or not, instead of five grades

    # Labels and loss
    loss: str = "cross-entropy"  # or "distance": errors cost more the farther off they are
    neighbour_share: float = 0.1  # of the label, given to grades beside the true one
    neighbour_width: int = 1  # how many grades to each side share it, nearer ones more
    readings_weight: float = 0.0  # of the OARSI readings' loss beside the grade's; 0 for none
    readings_outside: float = 1.0  # weight in a reading's logits of a place outside its region
    readings_near: float = 1.0  # of a crop's height: an osteophyte's region from the joint line
    label_smoothing: float = 0.0  # of the label, spread over all grades
    teacher_share: float = 0.0  # of the label, predicted by earlier runs: grader/teachers.py
    class_weights: bool = False  # rare grades count more
    balanced: bool = False  # rare grades are drawn as often as common ones

    # Optimisation
    batch: int = 32
    head_epochs: int = 0  # first, with the backbone frozen
    head_learning_rate: float = 1e-3
    frozen_to: str = ""  # then, with backbone layers up to this one frozen
    frozen_norms: bool = False  # all BatchNorm in inference mode, too: twice as fast on a CPU
    epochs: int = 8
    learning_rate: float = 1e-3
    schedule: str = "cosine"  # or "plateau": divided by 5 when the held-out loss stops falling
    weight_decay: float = 0.01
    averaging: float = 0.99  # momentum of the weights' moving average; 0 for none
    patience: int = 0  # epochs without gain before it stops and takes its best; 0 for never

    def __post_init__(self) -> None:
        if self.readings_weight and self.mixing:
            raise ValueError("mixed crops have no readings: set mixing or readings_weight to none")
        if self.band and self.readings_outside != 1:
            raise ValueError("regions of readings are those of whole crops: set band to false")
        if self.teacher_share and self.binary:
            raise ValueError("teachers predict five grades: set binary to false")
        if self.patience and self.averaging:
            raise ValueError("the best epoch's weights are not averaged: set averaging to 0")

    @property
    def classes(self) -> int:
        """Number of classes."""
        return 2 if self.binary else 5

    @property
    def makes_maps(self) -> bool:
        """True where a bundle can be exported: whole crops, five grades, a plain head."""
        return (
            self.view == "whole" and self.head == "softmax" and not self.hidden and not self.binary
        )
