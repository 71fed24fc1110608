"""Whatever stands in a table or workbook: no crash, no hang, and every row is accounted for."""

import csv
import io
import json
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights import formats
from insights.formats import ColumnMapping, Limits, Preview, mail
from insights.formats.mail import Mail
from insights.records import Conversation, CrmRecord, Problem
from tests.spending import at_most

DATA = Path(__file__).parents[2] / "data"
FILES = sorted((DATA / "crm").glob("*[vlxs]")) + sorted((DATA / "formats").iterdir())
HEADERS = (
    "Id", "Date", "Activity Date", "Type", "Notes", "Description", "Account", "Contact", "Email", "Rep", "Stage", "Amount",
    "Close Date", "Deal Name", "First Name", "Last Name", "Phone", "Speaker", "Role", "Thread Identifier", "Incoming",
    "From Address", "ReplyToEmailMessageId", "Time", "Region", "parley_problem", "", "Notes",
)  # fmt: skip
# Control characters make a file a binary one; the tests on bytes below have them.
PRINTED = st.characters(exclude_categories=("Cs", "Cc"))
CELLS = st.one_of(
    st.text(PRINTED, max_size=30),
    st.sampled_from(
        (
            "", " ", "-", "a", "t1", "2025-03-04", "03/04/2025", "31/31/2025", "Q3", "Call", "Email", "true", "Rep: Hi\nBuyer: No", "a\rb", "a\r\nb",
            'say "no"', "a;b", "a,b", "a\tb", "<p>Too dear</p>", "dana@acme.example", "0065g00000Op3cDAAV", "é–ü", "9" * 20,
        )
    ),
)  # fmt: skip
TABLES = st.integers(1, 8).flatmap(
    lambda width: st.tuples(
        st.lists(st.sampled_from(HEADERS), min_size=width, max_size=width),
        st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=12),
    )
)


def read(name: str, data: bytes, **options):
    return list(formats.read(name, io.BytesIO(data), **options))


def accounted(items) -> int:
    """Pieces in conversations, records, and problems that kept something out."""
    return sum(
        item.pieces if isinstance(item, Conversation) else isinstance(item, Mail | CrmRecord) or not item.kept
        for item in items
    )


@settings(max_examples=300, deadline=None)
@given(
    TABLES,
    st.sampled_from(",;\t|"),
    st.sampled_from(("utf-8", "utf-8-sig", "utf-16", "cp1252")),
    st.sampled_from(("\r\n", "\n")),
)
def test_the_rows_of_any_valid_table_are_all_accounted_for(table, delimiter, encoding, line_end):
    headers, rows = ["Id", "Notes", *table[0]], [["7", "Too dear", *row] for row in table[1]]
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=delimiter, lineterminator=line_end)
    writer.writerows([headers, *rows])
    text = stream.getvalue().replace("\x00", "")
    items = read("n.tsv" if delimiter == "\t" else "n.csv", text.encode(encoding, "replace"))
    assert accounted(items) == len(rows)
    mails = [item for item in items if isinstance(item, Mail)]
    assert sum(thread.pieces for thread in mail.threads(mails)) == len(mails)


@settings(max_examples=200, deadline=None)
@given(TABLES)
def test_the_objects_of_any_valid_json_are_all_accounted_for(table):
    headers, rows = table
    objects = [dict(zip(headers, row, strict=True)) for row in rows]
    if objects:
        assert accounted(read("n.jsonl", "\n".join(map(json.dumps, objects)).encode())) == len(objects)
        assert accounted(read("n.json", json.dumps(objects).encode())) == len(objects)


@settings(max_examples=200, deadline=None)
@given(
    TABLES,
    st.dictionaries(
        st.sampled_from(HEADERS), st.sampled_from(("text", "date", "id", "speaker", "", "nonsense")), max_size=4
    ),
)
def test_any_mapping_is_read_and_previewed(table, columns):
    stream = io.StringIO()
    csv.writer(stream).writerows([table[0], *table[1]])
    data, mapping = stream.getvalue().encode("utf-8", "replace"), ColumnMapping(columns, "dmy", "Europe/Berlin")
    assert all(
        isinstance(item, Conversation | Mail | CrmRecord | Problem) for item in read("n.csv", data, mapping=mapping)
    )
    assert isinstance(formats.preview("n.csv", io.BytesIO(data), mapping=mapping), Preview | Problem)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=400), st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))))
def test_any_bytes_are_read_under_any_name(data):
    for name in ("n.csv", "n.tsv", "n.xlsx", "n.xls", "n.ods", "n.json", "n.jsonl"):
        assert all(isinstance(item, Conversation | Mail | CrmRecord | Problem) for item in read(name, data))
        assert isinstance(formats.preview(name, io.BytesIO(data)), Preview | Problem)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_flipped_and_cut_bytes_of_a_sample_never_raise_and_never_hang(path):
    whole, dice, limits = path.read_bytes(), random.Random(path.name), Limits(cells=200_000)
    with at_most(seconds=20):
        for _ in range(12):
            data = bytearray(whole)
            for _ in range(dice.randint(1, 6)):
                data[dice.randrange(len(data))] = dice.randrange(256)
            cut = dice.choice((len(data), len(data), dice.randrange(len(data))))
            for item in read(path.name, bytes(data[:cut]), limits=limits):
                assert isinstance(item, Conversation | Mail | CrmRecord | Problem)
            assert isinstance(
                formats.preview(path.name, io.BytesIO(bytes(data[:cut])), limits=limits), Preview | Problem
            )
