"""Rewrite a quantised transformer with ONNX Runtime's joined operators: the same weights, less work around the
products.

    python -m insights.encoder.fusing FOLDER    # a folder with one *.onnx and its manifest.json, converted before

What one would get wrong: the operators that quantise by themselves take one scale for a whole batch, so that a text's
vector would depend on its neighbours. Here every row is still quantised by itself; only the scaling by column, bias and
GELU, and the steps of attention are joined. Measured and left out: SkipLayerNormalization (slower than its three
parts), MatMulNBits with 8 bits (a third of the speed of integer products with one scale a row). The sentence encoder is
left as it is: a few per cent are not worth another vector for every text that is stored.
"""

import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

HEADS = 12
EPSILON = 1e-12
MICROSOFT = "com.microsoft"
FIRST = "/model/embeddings/LayerNorm/LayerNormalization_output_0"
GELU_FLOOR = 0.17  # GELU never goes below -0.16998
GELU_ZERO = 24  # steps of a byte kept for what is below zero after GELU; the other 231 are for what is above


class _Graph:
    """An ONNX graph being rewritten: its constants by name, and the new nodes."""

    def __init__(self, graph: Any):
        from onnx import numpy_helper

        self.values = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
        self.nodes: list[Any] = []

    def constant(self, name: str, value: np.ndarray) -> str:
        self.values[name] = value
        return name

    def node(self, op: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        from onnx import helper

        self.nodes.append(helper.make_node(op, list(inputs), [output], name=output, **attributes))
        return output


def fuse(model: Any) -> Any:
    """A model with conversion.py's products -> the same with joined layers; inputs and outputs stay as they are.

    Raises ValueError when the model is not such a one.
    """
    from onnx import helper, numpy_helper

    old, graph = model.graph, _Graph(model.graph)
    count = sum(f"{_layer_name(n)}output/dense/MatMul/weight" in graph.values for n in range(100))
    last = [
        node.output[0]
        for node in old.node
        if node.name == f"{_layer_name(count - 1)}output/LayerNorm/LayerNormalization"
    ]
    if not last or not any(FIRST in node.output for node in old.node):
        raise ValueError("The model has no layers that were quantised by insights/encoder/conversion.py.")
    _constants(graph)
    shape = graph.node("Shape", [FIRST], "joined/shape")
    states = graph.node("Reshape", [FIRST, "joined/flat"], "joined/first")
    for n in range(count):
        states = _layer(graph, _layer_name(n), f"model.encoder.layer.{n}.", states, shape)
    graph.node("Reshape", [states, shape], last[0])
    outside = [node for node in old.node if not node.name.startswith(("/model/encoder/layer.", FIRST + "/"))]
    nodes = _needed([*outside, *graph.nodes], [output.name for output in old.output])
    used = {name for node in nodes for name in node.input}
    constants = [numpy_helper.from_array(value, name) for name, value in graph.values.items() if name in used]
    made = helper.make_graph(nodes, old.name, list(old.input), list(old.output), constants)
    opsets = [*model.opset_import, helper.make_opsetid(MICROSOFT, 1)]
    return helper.make_model(made, opset_imports=opsets, ir_version=model.ir_version)


def _layer_name(n: int) -> str:
    return f"/model/encoder/layer.{n}/"


def _constants(graph: _Graph) -> None:
    for name, value in (
        ("flat", np.array([-1, graph.values["/model/encoder/layer.0/attention/self/query/MatMul/weight"].shape[0]])),
        ("all", np.array([-1])),
        ("one", np.array(1, np.float32)),
        ("even/step", np.array(1 / 127, np.float32)),
        ("even/least", np.array(1e-12, np.float32)),
        ("even/zero", np.array(128, np.uint8)),
        ("even/zeros", np.array([128], np.uint8)),
        ("gelu/step", np.array(1 / (255 - GELU_ZERO), np.float32)),
        ("gelu/least", np.array(GELU_FLOOR / GELU_ZERO, np.float32)),
        ("gelu/zero", np.array(GELU_ZERO, np.uint8)),
        ("gelu/zeros", np.array([GELU_ZERO], np.uint8)),
    ):
        graph.constant(f"joined/{name}", value)


def _layer(graph: _Graph, name: str, stored: str, states: str, shape: str) -> str:
    """One layer over states (n·t, width)."""
    read = _rows(graph, states, f"{name}joined/read")
    parts = ("query", "key", "value")
    three = [
        graph.node(
            "Reshape", [_product(graph, read, f"{name}attention/self/{part}/MatMul"), shape], f"{name}joined/{part}"
        )
        for part in parts
    ]
    bias = np.concatenate([graph.values[f"{stored}attention.self.{part}.bias"] for part in parts])
    three.append(graph.constant(f"{name}joined/bias", bias))
    seen = graph.node("MultiHeadAttention", three, f"{name}joined/seen", domain=MICROSOFT, num_heads=HEADS)
    seen = graph.node("Reshape", [seen, "joined/flat"], f"{name}joined/seen/flat")
    told = _product(graph, _rows(graph, seen, f"{name}joined/told"), f"{name}attention/output/dense/MatMul")
    middle = _normal(graph, told, states, f"{stored}attention.output.", f"{name}joined/middle")
    wide = _product(graph, _rows(graph, middle, f"{name}joined/wide"), f"{name}intermediate/dense/MatMul")
    wide = graph.node("BiasGelu", [wide, f"{stored}intermediate.dense.bias"], f"{name}joined/gelu", domain=MICROSOFT)
    after = _product(graph, _rows(graph, wide, f"{name}joined/after", gelu=True), f"{name}output/dense/MatMul")
    return _normal(graph, after, middle, f"{stored}output.", f"{name}joined/states")


def _rows(graph: _Graph, states: str, name: str, *, gelu: bool = False) -> tuple[str, str, str]:
    """States (rows, width) -> (bytes, a scale a row, the byte that means zero)."""
    of = "joined/gelu" if gelu else "joined/even"
    magnitude = states if gelu else graph.node("Abs", [states], f"{name}/magnitude")
    largest = graph.node("ReduceMax", [magnitude], f"{name}/largest", axes=[1], keepdims=1)
    step = graph.node("Mul", [largest, f"{of}/step"], f"{name}/step")
    scale = graph.node("Max", [step, f"{of}/least"], f"{name}/scale")
    scales = graph.node("Reshape", [scale, "joined/all"], f"{name}/scales")
    zeros = graph.node("Expand", [f"{of}/zeros", graph.node("Shape", [scales], f"{name}/count")], f"{name}/zeros")
    return graph.node("QuantizeLinear", [states, scales, zeros], f"{name}/bytes", axis=0), scale, f"{of}/zero"


def _product(graph: _Graph, rows: tuple[str, str, str], name: str) -> str:
    """Bytes times the stored integers, scaled by column within the product and by row after it; without the bias."""
    integers, scale, zero = rows
    inputs = [integers, f"{name}/weight", "joined/one", f"{name}/column", zero]
    value = graph.node("MatMulIntegerToFloat", inputs, f"{name}/joined", domain=MICROSOFT)
    return graph.node("Mul", [value, scale], f"{name}/scaled")


def _normal(graph: _Graph, value: str, beside: str, stored: str, name: str) -> str:
    value = graph.node("Add", [value, f"{stored}dense.bias"], f"{name}/biased")
    value = graph.node("Add", [value, beside], f"{name}/beside")
    learnt = [f"{stored}LayerNorm.weight", f"{stored}LayerNorm.bias"]
    return graph.node("LayerNormalization", [value, *learnt], name, axis=-1, epsilon=EPSILON)


def _needed(nodes: Sequence[Any], outputs: Sequence[str]) -> list[Any]:
    """The nodes that the outputs need, each after those that it reads."""
    makers = {output: n for n, node in enumerate(nodes) for output in node.output}
    order: list[int] = []
    done: set[int] = set()
    waiting = [(makers[name], False) for name in reversed(outputs)]
    while waiting:
        n, read = waiting.pop()
        if read:
            order.append(n)
        elif n not in done:
            done.add(n)
            waiting.append((n, True))
            waiting += [(makers[name], False) for name in nodes[n].input if name in makers]
    return [nodes[n] for n in order]


def fuse_file(path: Path) -> None:
    """Rewrite one model file, as conversion.py's `_quantise` wrote it, in place."""
    import onnx

    onnx.save(fuse(onnx.load(str(path))), str(path))


def fuse_folder(folder: Path) -> None:
    """Rewrite the model file of a folder, and its hash in the manifest."""
    (path,) = folder.glob("*.onnx")
    fuse_file(path)
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    manifest["files"][path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    fuse_folder(Path(sys.argv[1]))
