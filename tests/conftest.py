"""What tests of several packages share: the sample company, mined once for all of them."""

from contextlib import closing
from pathlib import Path

import pytest

from pipelines import sample
from pipelines.mine import mine
from pipelines.store import connect, prepare


@pytest.fixture(scope="session")
def mined_sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample company's database as `parley demo` makes it. It is shared: copy it before you write to it."""
    file = tmp_path_factory.mktemp("sample") / "sample.db"
    prepare(file)
    with closing(connect(file)) as db:
        sample.load(db, now=lambda: "2026-01-15T12:00:00+00:00")
        mine(db, now=lambda: "2026-01-15T12:00:00+00:00")
    return file
