"""The members' weights in a flatbuffer written by `training.grader.export`; see `unpack.py`.

The converter chooses order and names of its own, so members are identified by the data flow: a
member's convolutions are those that its class maps depend on, and its number is its place in the
final concatenation of the features.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from koa_desktop.grading.kellgren_lawrence import GRADES
from training.network.readings import READING_LOGITS

Weights = tuple[NDArray[np.float32], NDArray[np.float32]]  # a kernel and a bias


@dataclass(frozen=True)
class MemberWeights:
    """A member's kernels and biases, from the first convolution to the head of the grade.

    Kernels are (to, h, w, from), depthwise (1, h, w, channels), the head's (5, 1, 1, from).
    `readings` is the head of the readings (18, 1, 1, from), None where the graph has none.
    """

    layers: list[Weights]
    readings: Weights | None = None


class _Graph:
    """A flatbuffer's operations, each known by its number in the order they are run."""

    def __init__(self, flatbuffer: bytes) -> None:
        from ai_edge_litert import schema_py_generated as schema

        model = schema.ModelT.InitFromPackedBuf(flatbuffer)
        self._half = schema.TensorType.FLOAT16
        self._tensors, self._buffers = model.subgraphs[0].tensors, model.buffers
        kinds = {value: name for name, value in vars(schema.BuiltinOperator).items()}
        operators = model.subgraphs[0].operators
        self.kinds = [kinds[model.operatorCodes[op.opcodeIndex].builtinCode] for op in operators]
        self.inputs = [[] if op.inputs is None else op.inputs.tolist() for op in operators]
        self.outputs = [op.outputs.tolist() for op in operators]
        self._made_by = {made: op for op, outputs in enumerate(self.outputs) for made in outputs}

    def constant(self, tensor: int) -> NDArray[np.float32]:
        """Return a constant's values. Raises ValueError where the tensor is none."""
        maker = self._made_by.get(tensor)
        if maker is not None and self.kinds[maker] == "DEQUANTIZE":
            tensor = self.inputs[maker][0]
        data = self._buffers[self._tensors[tensor].buffer].data
        if data is None:
            raise ValueError("the bundle's graph is not one that training.grader.export made")
        half = self._tensors[tensor].type == self._half
        values = np.frombuffer(bytes(data), np.float16 if half else np.float32)
        return np.asarray(values, np.float32).reshape(self._tensors[tensor].shape)

    def behind(self, op: int) -> list[int]:
        """Return the operations that an operation's first input was made by, in order."""
        found: set[int] = set()
        waiting = [self.inputs[op][0]]
        while waiting:
            maker = self._made_by.get(waiting.pop())
            if maker is not None and maker not in found:
                found.add(maker)
                waiting += self.inputs[maker]
        return sorted(found)

    def reached(self, tensor: int) -> set[int]:
        """Return the tensors that something of a tensor flows into."""
        found = {tensor}
        for inputs, outputs in zip(self.inputs, self.outputs, strict=True):
            if found.intersection(inputs):
                found.update(outputs)
        return found

    def takers(self, op: int) -> dict[str, int]:
        """Return by kind the first operation of each kind that takes another's output."""
        (made,) = self.outputs[op]
        taking = [other for other, inputs in enumerate(self.inputs) if made in inputs]
        return {self.kinds[other]: other for other in reversed(taking)}


def members_in(flatbuffer: bytes) -> list[MemberWeights]:
    """Return each member's weights, in the members' order."""
    graph = _Graph(flatbuffer)
    convolutions = [op for op, kind in enumerate(graph.kinds) if kind.endswith("CONV_2D")]
    readings = {
        _number(graph, graph.inputs[op][0]): _head(graph, op)
        for op in _heads(graph, convolutions, READING_LOGITS)
    }
    members: dict[int, MemberWeights] = {}
    for op in _heads(graph, convolutions, GRADES):
        chain = [other for other in graph.behind(op) if other in convolutions]
        kernels = [
            (graph.constant(graph.inputs[one][1]), graph.constant(graph.inputs[one][2]))
            for one in chain
        ]
        number = _number(graph, graph.inputs[op][0])
        members[number] = MemberWeights([*kernels, _head(graph, op)], readings.get(number))
    return [members[number] for number in sorted(members)]


def _heads(graph: _Graph, convolutions: list[int], outputs: int) -> list[int]:
    """Return the convolutions to so many maps, one for each kernel: both looks share it."""
    found: dict[int, int] = {}
    for op in convolutions:
        if len(graph.constant(graph.inputs[op][1])) == outputs:
            found.setdefault(graph.inputs[op][1], op)
    return list(found.values())


def _head(graph: _Graph, op: int) -> Weights:
    """Return a head's kernel, and its bias, which is added to the mean of its maps.

    Maps of readings may be weighted by their regions first.
    """
    maps = graph.takers(op).get("MUL", op)
    bias = graph.inputs[graph.takers(graph.takers(maps)["MEAN"])["ADD"]][1]
    return graph.constant(graph.inputs[op][1]), graph.constant(bias)


def _number(graph: _Graph, activation: int) -> int:
    """Return which member an activation is of: its place in the concatenation of the features."""
    reached = graph.reached(activation)
    for op, kind in enumerate(graph.kinds):
        own = [place for place, one in enumerate(graph.inputs[op]) if one in reached]
        if kind == "CONCATENATION" and len(own) == 1:
            return own[0]
    return 0
