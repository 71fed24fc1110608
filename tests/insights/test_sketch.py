import json
import random
import shutil
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from insights import sketch
from insights.errors import DamagedModel

SHIPPED = Path(str(files("insights"))) / "sketch_model"
TEXTS = [
    "It is too expensive for us.",
    "Do you have SOC 2?",
    "",
    "价格太高了",
    "half a \ud83d character",
    "go on " * 900,
]


@pytest.fixture(scope="module")
def model():
    return sketch.load()


@pytest.fixture
def copied(tmp_path):
    for name in ("sketch.npz", "manifest.json"):
        shutil.copy(SHIPPED / name, tmp_path)
    return tmp_path


def test_sketches_have_length_one_and_256_dimensions(model):
    vectors = sketch.sketch(model, TEXTS)
    assert vectors.shape == (len(TEXTS), 256)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_no_texts_give_no_sketches(model):
    assert sketch.sketch(model, []).shape == (0, 256)


def test_a_sketch_does_not_depend_on_its_neighbours_bit_for_bit(model):
    texts = [f"{text} {n}" for n in range(40) for text in TEXTS]
    random.Random(3).shuffle(texts)
    alone = np.concatenate([sketch.sketch(model, [text]) for text in texts])
    assert np.array_equal(sketch.sketch(model, texts), alone)


def test_similar_meanings_are_nearer_than_different_ones(model):
    price, cost, security = sketch.sketch(model, ["The price is too high", "It costs too much", "Do you have SOC 2?"])
    assert price @ cost > 0.5 > 0.3 > price @ security


@pytest.mark.parametrize("name", ["sketch.npz", "manifest.json"])
def test_a_missing_file_is_named(copied, name):
    (copied / name).unlink()
    with pytest.raises(DamagedModel, match=name):
        sketch.load(copied)


def test_changed_vectors_are_refused(copied):
    with (copied / "sketch.npz").open("ab") as file:
        file.write(b" ")
    with pytest.raises(DamagedModel, match=r"sketch\.npz"):
        sketch.load(copied)


def test_vectors_of_another_tokenizer_are_refused(copied):
    manifest = json.loads((copied / "manifest.json").read_text("utf-8"))
    manifest["files"]["tokenizer.json"] = "0" * 64
    (copied / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    with pytest.raises(DamagedModel, match=r"tokenizer\.json"):
        sketch.load(copied)


def test_an_unreadable_manifest_is_refused(copied):
    (copied / "manifest.json").write_text("[]")
    with pytest.raises(DamagedModel, match=r"manifest\.json"):
        sketch.load(copied)
