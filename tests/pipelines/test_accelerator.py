"""The encoder on a GPU, by setting: said clearly where there is none; the original's vectors mean the same."""

import os
import subprocess
import sys

import numpy as np
import pytest

from insights import embedding

TEXTS = ["It is too expensive for us.", "Does it work offline?", ""]


def test_the_original_gives_like_vectors_under_another_name(encoder):
    """On a processor here; on a GPU the same code runs."""
    original = embedding.load_original("cpu")
    found = embedding.embed(original, TEXTS)
    assert (found * embedding.embed(encoder, TEXTS)).sum(axis=1).min() > 0.98
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    assert original.name != encoder.name
    assert embedding.embed(original, []).shape == (0, 384)


def test_without_a_gpu_every_command_says_what_to_do(tmp_path):
    environment = {
        **os.environ, "PARLEY_HOME": str(tmp_path), "PARLEY_ACCELERATOR": "cuda", "CUDA_VISIBLE_DEVICES": "",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "api.cli", "mine"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "PyTorch finds none" in done.stderr and "PARLEY_ACCELERATOR=cpu" in done.stderr


def test_where_pytorch_is_not_installed_it_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)  # importing it fails, as where the demo alone was installed
    with pytest.raises(embedding.NoGpu, match="it is not installed"):
        embedding.check_gpu()
