"""Files of shipped models, each held against its manifest's digest before anything is made of it."""

import hashlib
import json
import os
from collections.abc import Mapping
from importlib.resources.abc import Traversable
from pathlib import Path

from insights.errors import DamagedModel


def read(root: Traversable | Path, name: str) -> bytes:
    """A file as it lies there. Raises DamagedModel where it is missing."""
    try:
        return root.joinpath(name).read_bytes()
    except OSError as error:
        raise DamagedModel(name) from error


def verified(root: Traversable | Path, name: str, expected: Mapping[str, str]) -> bytes:
    """A file whose SHA-256 is the expected one of its name. Raises DamagedModel."""
    content = read(root, name)
    if hashlib.sha256(content).hexdigest() != expected.get(name):
        raise DamagedModel(name)
    return content


def expected_files(root: Traversable | Path) -> dict[str, str]:
    """The digest of each file by its name, as the manifest has them. Raises DamagedModel."""
    try:
        return dict(json.loads(read(root, "manifest.json"))["files"])
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedModel("manifest.json") from error


def name_of(expected: Mapping[str, str]) -> str:
    """What a model is called after its files: 16 hex digits, another where any of them is another."""
    return hashlib.sha256(json.dumps(expected, sort_keys=True).encode()).hexdigest()[:16]


def report_nothing() -> None:
    """Say to ONNX Runtime that nothing is reported: from 1.32 on it keeps an id of the machine and a log of events in the
    home, to send them to its maker, unless this is said before it is first imported
    (`tests/insights/test_no_telemetry.py`)."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
