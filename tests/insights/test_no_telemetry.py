"""What finds insights and embeds quotes keeps nothing outside our own home, and reports to nobody."""

import os
import subprocess
import sys

CODE = """
from insights import embedding
from insights.language import tagger
tagger.load()
embedding.embed(embedding.load(), ["It costs too much."])
"""


def test_models_leave_no_id_of_the_machine_and_no_log_of_events_behind(tmp_path):
    plain = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    home = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    subprocess.run([sys.executable, "-c", CODE], env={**plain, **home}, check=True, timeout=120)
    assert [file.name for file in tmp_path.rglob("*") if file.is_file()] == []
