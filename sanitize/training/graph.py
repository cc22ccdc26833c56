"""A thin builder for ONNX graphs: constants, nodes, a model at the end."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

#: Operators of onnxruntime's own domain, version 1: attention, 4-bit word vectors, n-bit products.
MICROSOFT = "com.microsoft"
#: Opset 21 (onnxruntime 1.18 and later) is the first whose QuantizeLinear names its output type.
OPSET = 21


class Graph:
    """Collects nodes and constants; methods that add a node return its output's name."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, onnx.TensorProto] = {}

    def constant(self, name: str, value: NDArray[Any]) -> str:
        """A named constant; the same name twice is the same constant."""
        if name not in self._constants:
            self._constants[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def nibbles(self, name: str, values: NDArray[Any]) -> str:
        """A named constant of 4-bit integers from -8 to 7, two in a byte, the first one low."""
        pairs = np.ascontiguousarray(values).astype(np.uint8).reshape(-1, 2) & 15
        packed = (pairs[:, 0] | pairs[:, 1] << 4).tobytes()
        tensor = helper.make_tensor(name, TensorProto.INT4, values.shape, packed, raw=True)
        self._constants[name] = tensor
        return name

    def node(self, op: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """A node with one output."""
        return self.nodes(op, *inputs, outputs=1, domain=domain, **attributes)[0]

    def nodes(
        self, op: str, *inputs: str, outputs: int, domain: str = "", **attributes: Any
    ) -> list[str]:
        """A node with several outputs."""
        names = [f"{op}_{len(self._nodes)}_{i}" for i in range(outputs)]
        self._nodes.append(helper.make_node(op, inputs, names, domain=domain, **attributes))
        return names

    def model(self, output: str, labels: int) -> onnx.ModelProto:
        """The checked model: `input_ids` and `attention_mask` in, `logits` out."""
        self._nodes.append(helper.make_node("Identity", [output], ["logits"]))
        tokens = ["batch", "tokens"]
        inputs = [
            helper.make_tensor_value_info(n, TensorProto.INT64, tokens)
            for n in ("input_ids", "attention_mask")
        ]
        logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", labels])
        graph = helper.make_graph(
            self._nodes, "detector", inputs, [logits], list(self._constants.values())
        )
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(MICROSOFT, 1)]
        model = helper.make_model(
            graph, opset_imports=opsets, ir_version=10, producer_name="keras-sanitize"
        )
        onnx.checker.check_model(model)
        return model
