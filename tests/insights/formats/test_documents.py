"""Word and PDF files: their words, facts and tables; and what is locked, scanned, old or a bomb."""

import io
import zipfile

import pytest

from insights import formats
from insights.formats import Limits, documents
from insights.records import Conversation, Problem

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def docx(body: str, head: str = "") -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", f"{head}<w:document {W}><w:body>{body}</w:body></w:document>")
    return data.getvalue()


def paragraphs(*texts: str) -> str:
    return "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in texts)


def table(*rows: tuple[str, ...]) -> str:
    cells = ("".join(f"<w:tc>{paragraphs(cell)}</w:tc>" for cell in row) for row in rows)
    return f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in cells)}</w:tbl>"


def pdf(*pages: str) -> bytes:
    """A PDF with each page's lines, as small as one can be."""
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(len(pages)))
    parts = [
        "<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Count {len(pages)}/Kids[{kids}]>>",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    for n, page in enumerate(pages):
        words = "BT /F1 12 Tf 14 TL 50 700 Td " + " ".join(f"({line}) Tj T*" for line in page.split("\n")) + " ET"
        parts.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Resources<</Font<</F1 3 0 R>>>>/Contents {5 + 2 * n} 0 R>>"
        )
        parts.append(
            f"<</Length {len(words)}>>stream\n{words}\nendstream" if page else "<</Length 0>>stream\n\nendstream"
        )
    text, places = "%PDF-1.4\n", []
    for number, part in enumerate(parts, start=1):
        places.append(len(text))
        text += f"{number} 0 obj{part}endobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    return (
        f"{text}xref\n0 {len(parts) + 1}\n0000000000 65535 f \n{table}"
        f"trailer<</Size {len(parts) + 1}/Root 1 0 R>>\nstartxref\n{len(text)}\n%%EOF\n"
    ).encode()


def read(name: str, data: bytes, **options):
    return list(formats.read(name, io.BytesIO(data), **options))


def said(conversation):
    return [(turn.speaker, turn.text, turn.started_at) for turn in conversation.utterances]


def test_a_word_note_has_its_heading_facts_and_paragraphs():
    heading = '<w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr><w:r><w:t>Call with Acme</w:t></w:r></w:p>'
    body = heading + paragraphs("Account: Acme", "Date: 2024-03-12", "They find it too dear.", "we wait.")
    (note,) = read("n.docx", docx(body))
    assert (note.kind, note.title, note.account, note.occurred_at) == ("note", "Call with Acme", "Acme", "2024-03-12")
    assert [part.text for part in note.utterances] == ["They find it too dear.", "we wait."]


def test_a_teams_document_is_a_call_with_its_date():
    turns = "".join(
        f"<w:p><w:r><w:t>{who}</w:t></w:r><w:r><w:t xml:space='preserve'>   {at}</w:t><w:br/><w:t>{words}</w:t></w:r></w:p>"
        for who, at, words in (("Ann Lee", "0:03", "Too dear."), ("Bob Ray", "1:02", "I see."))
    )
    top = paragraphs("Acme demo-20240312_100122-Meeting Recording", "March 12, 2024, 10:01AM", "23m 11s")
    (call,) = read("demo.docx", docx(top + paragraphs("Ann Lee started transcription") + turns))
    assert (call.kind, call.occurred_at) == ("call", "2024-03-12T10:01:00")
    assert said(call) == [("Ann Lee", "Too dear.", 3.0), ("Bob Ray", "I see.", 62.0)]


def test_facts_in_a_table_are_facts_and_a_transcript_in_a_table_is_one():
    (note,) = read("n.docx", docx(table(("Account", "Acme"), ("Stage", "Demo")) + paragraphs("", "Too dear.")))
    assert (note.account, note.stage) == ("Acme", "Demo")
    rows = (("Start", "Speaker", "Text"), ("0:01", "Ann", "Too dear."), ("0:09", "Bob", "I see."))
    (call,) = read("c.docx", docx(table(*rows)))
    assert said(call) == [("Ann", "Too dear.", 1.0), ("Bob", "I see.", 9.0)]


def test_deleted_text_stays_deleted_and_inserted_text_counts():
    body = (
        "<w:p><w:r><w:t>Too </w:t></w:r><w:del><w:r><w:delText>cheap</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>dear</w:t></w:r></w:ins><w:sdt><w:sdtContent><w:r><w:t> for us.</w:t></w:r></w:sdtContent></w:sdt></w:p>"
    )
    (note,) = read("n.docx", docx(body))
    assert note.utterances[0].text == "Too dear for us."


def test_a_text_box_does_not_tear_the_paragraph_around_it():
    box = "<w:r><w:pict><w:txbxContent><w:p><w:r><w:t>Aside.</w:t></w:r></w:p></w:txbxContent></w:pict></w:r>"
    (note,) = read("n.docx", docx(f"<w:p><w:r><w:t>Too </w:t></w:r>{box}<w:r><w:t>dear.</w:t></w:r></w:p>"))
    assert sorted(part.text for part in note.utterances) == ["Aside.", "Too dear."]


def test_a_document_that_breaks_off_keeps_what_is_whole():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("word/document.xml", f"<w:document {W}><w:body>{paragraphs('Too dear.')}<w:p><w:r><w:t>We")
    note, problem = read("n.docx", data.getvalue())
    assert note.utterances[0].text == "Too dear."
    assert problem.kept


def test_entities_are_neither_fetched_nor_unfolded():
    head = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
    items = read("n.docx", docx(paragraphs("Too dear.", "&b;", "&f;"), head))
    text = " ".join(part.text for item in items if isinstance(item, Conversation) for part in item.utterances)
    assert "root:" not in text
    assert "aaaa" not in text


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.docx", docx(paragraphs("a" * 5_000_000)), "bomb"),
        ("a.docx", b"PK\x03\x04 broken", "damaged"),
        ("a.docx", docx(""), "no text"),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old Word file"),
        ("a.docx", b"some text", "not a Word document"),
        ("a.doc", b"\xd0\xcf\x11\xe0", "not read"),
        ("a.rtf", b"{\\rtf1 hello}", "not read"),
        ("a.pdf", b"some text", "not a PDF"),
        ("a.pdf", b"%PDF-1.4\nbroken", "damaged"),
        ("a.pdf", pdf("", ""), "pictures"),
    ],
)
def test_what_cannot_be_read_says_why_and_what_to_do(name, data, reason):
    (problem,) = read(name, data)
    assert isinstance(problem, Problem)
    assert reason in problem.reason
    assert problem.advice
    assert not problem.kept


def test_a_document_past_the_limit_is_cut_there_and_says_so():
    items = read("n.docx", docx(paragraphs(*(f"line {n} " + "x" * 90 for n in range(30)))), limits=Limits(record=2000))
    note, problem = items
    assert len(note.utterances) == 20
    assert "more than" in problem.reason


def test_a_document_of_too_many_parts_is_cut_and_says_so(monkeypatch):
    monkeypatch.setattr(documents, "ELEMENTS", 2000)
    note, problem = read("n.docx", docx(paragraphs(*(f"line {n}" for n in range(3000)))))
    assert 500 < len(note.utterances) < 2500
    assert "too many parts" in problem.reason


def test_a_pdf_note_has_its_facts_and_no_page_numbers():
    pages = pdf("Call with Acme\nAccount: Acme\nDate: 2024-03-12\nToo dear.\nPage 1 of 2", "They wait.\n2")
    (note,) = read("n.pdf", pages)
    assert (note.title, note.account, note.occurred_at) == ("Call with Acme", "Acme", "2024-03-12")
    assert [part.text for part in note.utterances] == ["Too dear.", "They wait."]


def test_a_pdf_transcript_is_a_call():
    (call,) = read("c.pdf", pdf("Ann Lee 0:01\nToo dear.\nBob Ray 0:09\nI see."))
    assert said(call) == [("Ann Lee", "Too dear.", 1.0), ("Bob Ray", "I see.", 9.0)]


def test_a_locked_pdf_says_so():
    import pypdf

    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf("Too dear.")))
    writer.encrypt("secret", algorithm="RC4-128")
    data = io.BytesIO()
    writer.write(data)
    (problem,) = read("n.pdf", data.getvalue())
    assert "password" in problem.reason


def test_a_page_of_endless_drawing_is_too_large():
    (problem,) = read("n.pdf", pdf("x" * 3000), limits=Limits(record=2000))
    assert "too large" in problem.reason


def test_a_pdf_of_too_much_work_is_cut_and_says_so(monkeypatch):
    monkeypatch.setattr(documents, "OPERATIONS", 30)
    note, problem = read("n.pdf", pdf("One.", "Two.", *("More." for _ in range(20))))
    assert note.utterances[0].text == "One."
    assert "too large" in problem.reason
    monkeypatch.setattr(documents, "OPERATIONS", 1000)
    monkeypatch.setattr(documents, "PAGES", 2)
    note, problem = read("n.pdf", pdf("One.", "Two.", "Three."))
    assert len(note.utterances) == 2
    assert "more than 2 pages" in problem.reason
