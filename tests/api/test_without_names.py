"""What may be used without names alone leaves without them, by every door and in whatever style somebody asks for."""

import io
from itertools import product

import openpyxl
import pytest

from api.documents.parts import leaving, quoted
from api.exports.document import Document, Section
from insights.records import Insight, stable_id
from pipelines.privacy import originals
from pipelines.quotes import collections, quoting, usage
from pipelines.store import insights

TOLD = {"now": "2026-03-20T09:00:00+00:00", "actor": "Ann"}
FORMATS = ("md", "html", "csv", "xlsx", "json")
STYLES = ("role", "segment", "full", "none")
ACCOUNT = "Account "
LISTS = (
    "/collections/1/export?",
    "/api/v1/collections/1/export?",
    "/api/v1/quotes/export?usage=anonymised&",
)


@pytest.fixture
def ids(db, filled):
    """Quotes of a collection that names a customer wherever somebody typed, all of them "Without names"."""
    found = [
        row["id"] for row in db.query("SELECT id FROM shown_insights WHERE kind = 'objection' ORDER BY id LIMIT 3")
    ]
    number, _ = collections.create(db, title="What Account 03 said", note="Account 03 again", quotes=found, **TOLD)
    collections.annotate(db, number, found[0], "Account 03 wants to see it", **TOLD)
    usage.used(db, found[0], title="The Account 03 story", **TOLD)
    usage.say_all(db, number, "anonymised", **TOLD)
    return found


def written(answer):
    assert answer.status_code == 200
    if answer.content[:2] != b"PK":
        return answer.text
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    return "\n".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value)


@pytest.mark.parametrize("style", STYLES)
def test_a_file_of_them_names_nobody(client, ids, style):
    for address, format in product(LISTS, FORMATS):
        answer = client.get(f"{address}format={format}&style={style}")
        assert ACCOUNT not in written(answer), (address, format)
        assert "account-03" not in answer.headers.get("content-disposition", "")


@pytest.mark.parametrize("style", STYLES)
def test_what_is_copied_names_nobody(client, ids, style):
    whole = client.get(f"/api/v1/collections/1/copy?style={style}").json()["formats"]
    single = client.get(f"/api/v1/quotes/{ids[0]}/copy?style={style}").json()["formats"]
    page = client.get(f"/quotes/{ids[0]}/copy?style={style}").text
    assert len(whole) == len(single) == 3
    assert ACCOUNT not in f"{whole}{single}{page.partition('<section')[2]}"
    assert "“Without names” only" in page


def test_the_terminal_names_nobody(settings, ids, parley, tmp_path):
    (tmp_path / "home").symlink_to(settings.home)
    for command in (("show", "1"), ("show", "1", "--json"), *(("export", "1", "--format", f) for f in ("md", "csv"))):
        shown = parley("collections", *command, "--style", "full")
        assert shown.returncode == 0 and ACCOUNT not in shown.stdout.partition("\n")[2]


def test_those_that_are_approved_keep_their_names_beside_them(client, db, ids):
    usage.say(db, ids[0], "approved", **TOLD)
    rows = client.get("/collections/1/export?format=csv&style=full").text.splitlines()
    assert [ACCOUNT in row for row in rows[1:]] == [True, False, False]
    read = client.get("/collections/1/export?format=md&style=full").text
    assert "2 quotes may be used “Without names” only" in read
    assert read.startswith("# What \\[company\\] said")


def test_a_report_whose_quotes_leave_as_they_were_said_masks_them_too(db, ids):
    originals.choose(db, "original")
    (quote,) = quoted(db, ids[:1])
    stretch = insights.get(db, ids[0])
    (place,) = quoted(db, [f"said:{stretch.conversation_id}:{stretch.position}:{stretch.start}:{stretch.end}"])
    made = Document("Brief", "brief", "", (), (Section("Said", quotes=(quote,)),))
    told = f"{quote}{place}{leaving(db, made)}"
    assert ACCOUNT not in told
    usage.say(db, ids[0], "approved", **TOLD)
    assert ACCOUNT in str(quoted(db, ids[:1]))


def test_another_quote_of_the_same_words_leaves_without_names_too(db, filled):
    """A rival's name is quoted with its sentence, in which another find may have been cleared without names alone."""
    rival = next(iter(db.query("SELECT * FROM shown_insights WHERE kind = 'competitor' LIMIT 1")))
    text = insights.utterance_text(db, rival["utterance_id"])
    start, said = text.index("We have"), f"We have {rival['text']} today"
    here = db.query("SELECT * FROM insights WHERE conversation_id = ?", [rival["conversation_id"]])
    found = [
        (row["utterance_id"], insights.utterance_text(db, row["utterance_id"]),
         Insight(row["kind"], row["start"], row["end"], row["text"], row["label"], row["confidence"], row["name"]))
        for row in here
    ]  # fmt: skip
    with db.atomic():
        insights.replace(
            db, rival["conversation_id"],
            [*found, (rival["utterance_id"], text, Insight("objection", start, start + len(said), said, "status_quo", 0.9))],
        )  # fmt: skip
    assert quoting.take(db, insights.get(db, rival["id"]), "full").style == "full"

    usage.say(db, stable_id(rival["utterance_id"], "objection", start, start + len(said)), "anonymised", **TOLD)

    taken = quoting.take(db, insights.get(db, rival["id"]), "full")
    assert taken.style == "role" and ACCOUNT not in f"{taken.line}{taken.words.text}"
