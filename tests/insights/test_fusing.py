"""The tagger's joined layers against the plain ones that they replace."""

from importlib.resources import files
from pathlib import Path

import numpy as np
import onnx
import pytest

from insights.encoder import fusing


def run(model, tokens):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(None, {"tokens": np.array(tokens, np.int64)})[0]


@pytest.fixture(scope="module")
def plain():
    return onnx.load(str(Path(str(files("insights.encoder"))) / "encoder.onnx"))


def test_joined_layers_say_what_the_plain_ones_say(plain):
    tokens = [[101, 2009, 2003, 2205, 6450, 2005, 2149, 102], [101, 2079, 2017, 2031, 27084, 1016, 1029, 102]]
    before, after = run(plain, tokens).mean(axis=1), run(fusing.fuse(plain), tokens).mean(axis=1)
    cosines = (before * after).sum(axis=1) / np.linalg.norm(before, axis=1) / np.linalg.norm(after, axis=1)
    assert cosines.min() > 0.99


def test_a_model_without_quantised_layers_is_refused():
    graph = onnx.helper.make_graph([], "empty", [], [])
    with pytest.raises(ValueError, match="quantised"):
        fusing.fuse(onnx.helper.make_model(graph))
