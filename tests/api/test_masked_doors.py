"""Every door that lets a quote leave Parley masks every kind of personal data in it, with the rest to the letter."""

import html
import io
import json
from datetime import UTC, datetime

import openpyxl
import pptx
import pypdf
import pytest

from api.documents.parts import quoted, stretch
from api.exports import render
from api.exports.document import Document, Section
from api.views import plan as plan_views
from insights.records import Conversation, Insight, Participant, Utterance, stable_id
from pipelines.planning.brief import brief
from pipelines.privacy import originals
from pipelines.quotes import collections, quoting
from pipelines.store import conversations, insights
from pipelines.store.filters import Filters
from pipelines.teams import digests
from pipelines.teams.digest_plans import Plan
from pipelines.themes import ledger
from pipelines.uploads import settle

KINDS = {
    "name": "Ines Roy", "company": "Delta Works", "email": "ines.roy@delta.example", "phone": "+44 20 7946 0958", "card": "4111 1111 1111 1111",
    "iban": "GB82 WEST 1234 5698 7654 32", "account": "48213377", "address": "12 Baker Street", "url": "https://delta.example/me",
    "place": "Ormskirk",
}  # fmt: skip
SAID = (
    "Ask Ines Roy of Delta Works on +44 20 7946 0958 or ines.roy@delta.example, see https://delta.example/me – card 4111 1111 1111 1111, "
    "IBAN GB82 WEST 1234 5698 7654 32, customer number 48213377, 12 Baker Street, our depot in Ormskirk – but it is far too dear"
)
END = "but it is far too dear"
FORMATS = ("md", "html", "csv", "xlsx", "pptx", "pdf")


@pytest.fixture
def quote(db, filled) -> str:
    """The id of a quote that holds every kind, in a theme of its own."""
    c = Conversation(
        "telling", "call", "Call", "2026-03-10", (Utterance("Ines Roy", "buyer", "verbatim", f"{SAID}."),),
        (Participant("Ines Roy", role="buyer"),), account="Delta Works", contact="Ines Roy", job_title="CFO",
    )  # fmt: skip
    with db.atomic():
        settle.write(db, [c], settle.knowledge(db))
        (turn,) = conversations.utterances(db, "telling")
        insights.replace(db, "telling", [(turn.id, turn.text, Insight("objection", 0, len(SAID), SAID, "price", 0.95))])
        one = stable_id(turn.id, "objection", 0, len(SAID))
        theme = ledger.create(db, "objection", ledger.NewTheme("Far too dear", "price"), now="2026-03-11").theme
        ledger.join(db, {one: (theme, 0.9)}, now="2026-03-11")
    return one


def _read(data: bytes, format: str) -> str:
    match format:
        case "xlsx":
            book = openpyxl.load_workbook(io.BytesIO(data))
            return "\n".join(
                str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if cell
            )
        case "pptx":
            slides = pptx.Presentation(io.BytesIO(data)).slides
            return "\n".join(
                shape.text_frame.text for slide in slides for shape in slide.shapes if shape.has_text_frame
            )
        case "pdf":
            return " ".join("".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages).split())
    return data.decode()


def _document(db, ids) -> Document:
    return Document("Objections", "stem", "2026-03-20", (), (Section("Price", quotes=quoted(db, ids)),))


DOORS = {
    **{f"a report as {f}": lambda db, client, one, f=f: _read(render(_document(db, [one]), f), f) for f in FORMATS},
    "a stretch of a conversation": lambda db, client, one: _read(render(_document(db, [stretch("telling", 0, 0, len(SAID))]), "md"), "md"),
    **{f"a collection as {f}": lambda db, client, one, f=f: _collection(db, client, one, f) for f in ("md", "html", "csv", "xlsx", "json")},
    "a quote that is copied": lambda db, client, one: json.dumps(client.get(f"/api/v1/quotes/{one}/copy").json(), ensure_ascii=False),
    "a digest": lambda db, client, one: str(digests._quotes(db, Plan("x", quotes="role"), [one])),
    "a brief as text": lambda db, client, one: plan_views.copied(db, _brief(db, one)),
    "a brief as a file": lambda db, client, one: client.get(f"/api/v1/plan/{_theme(db, one)}?format=md").text,
}  # fmt: skip


def _collection(db, client, one, format) -> str:
    number, _ = collections.create(db, title="A", note="", quotes=[one], now="2026-03-20", actor="test")
    return _read(client.get(f"/api/v1/collections/{number}/export?format={format}").content, format)


def _theme(db, one) -> int:
    return db.execute("SELECT theme_id FROM theme_members WHERE insight_id = ?", [one]).fetchone()[0]


def _brief(db, one):
    return brief(
        db, Filters(), today=datetime(2026, 3, 20, tzinfo=UTC).date(), theme_id=_theme(db, one), persona="", step=""
    )


@pytest.mark.parametrize("door", DOORS)
def test_a_quote_leaves_without_anything_that_identifies(db, client, quote, door):
    told = html.unescape(DOORS[door](db, client, quote)).replace("\\", "")
    held = {kind for kind, words in KINDS.items() if words in told}
    assert held == set()
    if door not in ("a report as csv", "a report as xlsx"):
        assert END in " ".join(told.split())


@pytest.mark.parametrize("door", ["a report as md", "a digest", "a brief as text"])
def test_originals_leave_where_that_was_chosen(db, client, quote, door):
    originals.choose(db, "original")
    assert "Ask Ines Roy of Delta Works" in html.unescape(DOORS[door](db, client, quote)).replace("\\", "")


def test_offsets_of_what_is_masked_lead_back_to_the_words(db, quote):
    masked = quoting.take(db, insights.get(db, quote)).words
    assert SAID[masked.original(masked.text.index(END)) :] == END
    assert {piece.kind for piece in masked.pieces} >= set(KINDS)


@pytest.mark.parametrize(("chosen", "shown"), [("masked", False), ("original", True)])
def test_whether_originals_leave_is_one_question(db, chosen, shown):
    assert not originals.may_be_shown(db), "masked until somebody chose"
    originals.choose(db, chosen)
    assert originals.may_be_shown(db) is shown
