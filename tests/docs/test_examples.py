"""The examples that pull reports ask a running Parley, as their readers will."""

import csv
import hashlib
import hmac
import io
import json
import re
import runpy
import threading
from collections.abc import Iterator
from datetime import date
from http.server import HTTPServer
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
import uvicorn

from api.app import create_app
from pipelines.settings import Settings

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


@pytest.fixture(scope="module")
def running(mined_sample: Path) -> Iterator[str]:
    """A server of the sample company on a free port; nobody writes."""
    settings = Settings(home=mined_sample.parent, database=mined_sample)
    app = create_app(settings, today=lambda: date(2026, 1, 15), worker=False)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        thread.join(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def run(running, monkeypatch, capsys):
    """A function that runs an example with arguments and gives back what it wrote."""

    def go(name: str, *arguments: str) -> str:
        monkeypatch.syspath_prepend(str(EXAMPLES))
        monkeypatch.setenv("PARLEY_URL", running)
        monkeypatch.setattr("sys.argv", [name, *arguments])
        runpy.run_path(str(EXAMPLES / name), run_name="__main__")
        return capsys.readouterr().out

    return go


def test_a_report_comes_as_rows_with_numerator_denominator_and_interval(run):
    rows = list(csv.DictReader(io.StringIO(run("report_rows.py", "questions"))))
    fallen = next(row for row in rows if row["verdict"] == "falling")
    assert float(fallen["low"]) < int(fallen["now"]) / int(fallen["of"]) < float(fallen["high"])


def test_the_slack_message_says_what_changed_and_how_sure_it_is(run):
    said = run("slack.py")
    assert "“Nimbrel” is new" in said and "accounts stand behind it" in said


def test_the_sheet_reads_only_fields_that_there_are(running, monkeypatch):
    script = (EXAMPLES / "sheets.gs").read_text("utf-8")
    fetch = runpy.run_path(str(EXAMPLES / "report_rows.py"))["fetch"]
    monkeypatch.setenv("PARLEY_URL", running)
    row = fetch("/api/v1/reports/trends", {"kind": "objection"})["rows"][0]
    asked = re.findall(r"\brow\.(\w+)(?:\.(\w+))?", script)
    assert asked and all((inner in row[outer]) if inner else (outer in row) for outer, inner in asked)


@pytest.mark.parametrize(("sent", "fits"), [(b'{"changes": []}', True), (b'{"changes": [1]}', False)])
def test_the_webhook_takes_only_what_parley_signed(sent, fits):
    is_parleys = runpy.run_path(str(EXAMPLES / "webhook.py"))["is_parleys"]
    signature = "sha256=" + hmac.new(b"secret", b'{"changes": []}', hashlib.sha256).hexdigest()
    assert is_parleys(sent, signature, "secret") is fits


def test_an_error_ends_an_example_with_what_to_do(run, monkeypatch):
    with pytest.raises(SystemExit, match=r"nonsense: is no filter here\. Known: "):
        run("report_rows.py", "questions", "--filter", "nonsense=1")

    fetch = runpy.run_path(str(EXAMPLES / "report_rows.py"))["fetch"]
    monkeypatch.setenv("PARLEY_URL", "http://127.0.0.1:9")
    with pytest.raises(SystemExit, match=r"Parley does not answer at http://127\.0\.0\.1:9 "):
        fetch("/api/v1/reports/trends", {"kind": "objection"})


@pytest.mark.parametrize(
    ("new", "says"), [(False, "1 told, 0 of them new.\n"), (True, "1 told, 1 of them new.\n7: Rose. /t\n")]
)
def test_the_webhook_says_what_came_also_where_nothing_is_new(monkeypatch, capsys, new, says):
    monkeypatch.setenv("PARLEY_SECRET", "secret")
    take = runpy.run_path(str(EXAMPLES / "webhook.py"))["Take"]
    body = json.dumps({"changes": [{"new": new, "key": "7", "sentence": "Rose.", "link": "/t"}]}).encode()
    signature = "sha256=" + hmac.new(b"secret", body, hashlib.sha256).hexdigest()
    with HTTPServer(("127.0.0.1", 0), take) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        headers = {"X-Parley-Signature-256": signature, "X-Parley-Delivery": "1"}
        urlopen(Request(f"http://127.0.0.1:{server.server_port}", body, headers)).close()
        thread.join()
    assert capsys.readouterr().out == f"Message 1: {says}"
