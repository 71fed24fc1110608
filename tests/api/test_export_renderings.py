"""What each rendering of a Document owes its readers: every word of a quote, every interval, names that are alike."""

import io
import re
import zipfile
from dataclasses import replace

import openpyxl
import pptx
import pypdf
import pytest

from api.exports import pictures, render
from api.exports.document import (
    Chart,
    Column,
    Document,
    Quoted,
    Section,
    Series,
    Table,
    printable,
    rate_cells,
    rate_series,
    rated,
    read,
    written,
)  # fmt: skip
from insights.sampling import Rate

TABLE = Table(
    "themes",
    "Themes",
    (Column("Theme"), Column("Now share", "share"), Column("Now low", "share"), Column("Now high", "share")),
    (("Price", 0.18, 0.13, 0.24), ("Timing", None, None, None)),
)
SAID = "Too dear.\r\n- really\r\n\r\n1. nor this & that, $5 <b>each</b>"


def of(*sections: Section) -> Document:
    return Document(
        "Objections", "stem", "2026-01-31", (("Counted", "deals"),), sections, base="https://parley.example"
    )


def quoting(text: str) -> Document:
    return of(Section("Price", quotes=(Quoted("1", text, "Ana, Northwind", "/conversations/1#q-1"),)))


def test_paper_shows_the_ends_of_an_interval_in_one_column():
    paper = read(TABLE)

    assert [column.name for column in paper.columns] == ["Theme", "Now share", "Now interval"]
    assert [written(row[2], "interval") for row in paper.rows] == ["13 to 24\u00a0%", "–"]


def test_columns_that_only_look_like_an_interval_stay_apart():
    columns = (Column("Now low", "share"), Column("Before high", "share"), Column("Below"), Column("High"))

    assert read(Table("t", "T", columns, ((0.1, 0.2, "a", "b"),))).columns == columns


RATED = Table(
    "by-segment",
    "By segment",
    (Column("Theme"), *rated("Enterprise"), *rated("Small")),
    (("Price", *rate_cells(Rate(8, 66, 0.054, 0.213)), *rate_cells(Rate(0, 0, None, None))),),
)


@pytest.mark.parametrize("format", ["md", "html", "pptx", "pdf"])
def test_no_share_stands_on_paper_without_what_it_is_of_and_its_interval(format):
    data = render(of(Section("By segment", table=RATED)), format)
    if format == "pdf":
        text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages)
    elif format == "pptx":
        text = " ".join(
            cell.text
            for slide in pptx.Presentation(io.BytesIO(data)).slides
            for shape in slide.shapes
            if shape.has_table
            for row in shape.table.rows
            for cell in row.cells
        )
    else:
        text = data.decode()

    assert "12 % (8 of 66), 5.4 to 21 %" in " ".join(text.split())


def test_a_workbook_has_each_figure_of_a_share_in_a_column_of_its_own():
    sheet = openpyxl.load_workbook(io.BytesIO(render(of(Section("By segment", table=RATED)), "xlsx")))["By segment"]

    assert [cell.value for cell in sheet[1]][1:6] == [
        "Enterprise", "Enterprise with", "Enterprise of", "Enterprise low", "Enterprise high",
    ]  # fmt: skip
    assert [cell.value for cell in sheet[2]][2:6] == [8, 66, 0.054, 0.213]


def test_a_picture_of_many_lines_has_their_intervals_in_the_notes_of_its_slide():
    rates = [Rate(8, 66, 0.054, 0.213), Rate(9, 70, 0.07, 0.22)]
    lines = tuple(rate_series(name, rates) for name in ("Price", "Timing"))
    deck = pptx.Presentation(
        io.BytesIO(render(of(Section("Over time", chart=Chart("Share", "line", ("May", "Jun"), lines))), "pptx"))
    )
    (slide,) = [slide for slide in deck.slides if any(shape.has_chart for shape in slide.shapes)]

    assert any("in the notes" in shape.text_frame.text for shape in slide.shapes if shape.has_text_frame)
    told = slide.notes_slide.notes_text_frame.text.replace("\u00a0", " ")
    assert "Price: May 12 % of 66 (5.4 to 21 %), Jun 13 % of 70 (7 to 22 %)" in told


@pytest.mark.parametrize("format", ["md", "html", "pptx", "pdf"])
def test_a_quote_that_is_cut_says_so_outside_its_marks(format):
    cut = Quoted("1", "far too dear", "Ana, Northwind", "/conversations/1#q-1", (True, False))
    data = render(of(Section("Price", quotes=(cut,))), format)
    if format == "pdf":
        text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages)
    elif format == "pptx":
        slides = pptx.Presentation(io.BytesIO(data)).slides
        text = " ".join(shape.text_frame.text for slide in slides for shape in slide.shapes if shape.has_text_frame)
    else:
        text = data.decode()

    assert "… “far too dear”" in text and "”…" not in text and "” …" not in text


def test_a_line_break_of_any_system_is_one_line_feed():
    assert printable("a\r\nb\rc\x00") == "a\nb\nc\ufffd"


def test_a_workbook_holds_a_quote_to_the_letter_and_leads_to_it():
    row = openpyxl.load_workbook(io.BytesIO(render(quoting(SAID), "xlsx")))["Quotes"][2]

    assert row[1].value == SAID.replace("\r\n", "\n")
    assert row[3].hyperlink.target.startswith("https://parley.example/conversations/1")


def test_a_workbook_without_an_address_has_no_column_that_leads_nowhere():
    book = openpyxl.load_workbook(io.BytesIO(render(replace(quoting(SAID), base=""), "xlsx")))
    assert [cell.value for cell in book["Quotes"][1]] == ["About", "Quote", "Source"]


def test_a_wide_table_has_its_details_on_a_sheet_of_their_own_and_no_empty_column():
    details = tuple(Column(f"2025-{n:02}", "share", detail=True) for n in range(1, 15))
    columns = (Column("Theme"), Column("Verdict"), Column("Now", "share"), Column("A year ago", "share"), *details)
    rows = (("Price", "rising", 0.2, None, *[0.1] * 13, None), ("Timing", "steady", 0.1, None, *[0.2] * 13, None))
    title = "Objections, 24 Jun to 22 Dec 2025"
    book = openpyxl.load_workbook(io.BytesIO(render(of(Section("S", table=Table("t", title, columns, rows))), "xlsx")))

    assert book.sheetnames == ["Summary", "Objections", "More on Objections"]
    (first, more) = ([[cell.value for cell in row] for row in book[name]] for name in book.sheetnames[1:])
    assert first[:2] == [["Theme", "Verdict", "Now"], ["Price", "rising", 0.2]]
    assert more[0] == ["Theme", "Verdict", *(column.name for column in details[:13])] and more[2][:3] == [
        "Timing",
        "steady",
        0.2,
    ]
    assert [sheet.freeze_panes for sheet in book][1:] == ["B2", "B2"]


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Notes against the buyers’ own words", "Notes against the buyers’ own"),
        ("Chart Share of conversations per month", "Chart Share of conversations"),
        ("Of what buyers said, what notes left out", "Of what buyers said"),
        ("Objections, 24 Jun", "Objections, 24 Jun"),
        ("x" * 40, "x" * 31),
    ],
)
def test_a_sheet_is_named_in_whole_words(title, name):
    made = of(Section("S", table=Table("t", title, (Column("A"),), (("a",),))))
    assert openpyxl.load_workbook(io.BytesIO(render(made, "xlsx"))).sheetnames == ["Summary", name]


def test_only_addresses_of_ours_are_links_in_a_table():
    base = "https://parley.example"
    cells = (
        f"{base}/quotes/0123456789abcdef",
        "https://evil.example/quotes/1",
        f"{base}.evil.example/quotes/1",
        "/quotes/1",
    )
    made = of(Section("S", table=Table("t", "All", (Column("Address"),), tuple((cell,) for cell in cells))))
    sheet = openpyxl.load_workbook(io.BytesIO(render(made, "xlsx")))["All"]
    assert [bool(row[0].hyperlink) for row in sheet][1:] == [True, False, False, False]
    assert [row[0].value for row in sheet][1:] == list(cells)


@pytest.mark.parametrize("text", [SAID, "word " * 400, "line\n" * 40])
def test_slides_hold_a_quote_to_the_letter_at_least_in_their_notes(text):
    deck = pptx.Presentation(io.BytesIO(render(quoting(text), "pptx")))
    notes = "".join(slide.notes_slide.notes_text_frame.text for slide in deck.slides if slide.has_notes_slide)

    assert text.replace("\r\n", "\n") in notes.replace("\v", "\n")


def test_markdown_keeps_the_lines_of_a_quote_and_makes_no_list_of_them():
    text = render(quoting(SAID), "md").decode()

    assert "> “Too dear.\\\n> \\- really\n>\n> 1\\. nor this & that, $5 \\<b\\>each\\</b\\>”\n" in text


@pytest.mark.parametrize("word", ["x" * 5_000, "م" * 500], ids=["long", "arabic"])
def test_no_word_leaves_the_page(word):
    reader = pypdf.PdfReader(io.BytesIO(render(quoting(word), "pdf")))

    lines = [line for page in reader.pages for line in page.extract_text().splitlines()]
    assert max(len(line.replace("\u200b", "")) for line in lines) < 200


def test_a_letter_with_hundreds_of_accents_is_set_too():
    assert render(quoting("e" + "\u0301" * 500), "pdf").startswith(b"%PDF")


def test_lines_stand_side_by_side_with_their_intervals_and_not_in_one_knot():
    many = tuple(Series(f"Theme {n}", (0.1, 0.2), (0.05, 0.1), (0.2, 0.3)) for n in range(6))
    drawn = pictures.specification(Chart("Shares", "line", ("Jan", "Feb"), many, marks=(("Feb", "1"),)))

    assert drawn["facet"]["field"] == "series" and drawn["columns"] == 2
    assert "area" in str(drawn["spec"]["layer"][0]["mark"])
    svg = pictures.svg(Chart("Shares", "line", ("Jan", "Feb"), many, marks=(("Feb", "1"),)))
    assert all(f"Theme {n}" in svg for n in range(6))


def test_names_that_are_alike_once_they_are_cut_stay_two_bars():
    names = tuple(f"{'long ' * 20}{n}" for n in (1, 2))
    drawn = pictures.specification(
        Chart("Rates", "bar", names, (Series("same", (0.1, 0.2)), Series("same", (0.3, 0.4))))
    )

    assert {(value["series"], value["at"]) for value in drawn["data"]["values"]} == {(0, 0), (0, 1), (1, 0), (1, 1)}
    assert drawn["encoding"]["color"]["scale"]["domain"] == [0, 1]


@pytest.mark.parametrize("name", ["xlsx", "pptx"])
@pytest.mark.parametrize("kind", ["line", "bar"])
def test_native_charts_draw_intervals_as_error_bars(name, kind):
    chart = Chart("Price", kind, ("a", "b"), (Series("Price", (0.2, None), (0.1, None), (0.35, None)),))
    archive = zipfile.ZipFile(io.BytesIO(render(of(Section("Price", chart=chart)), name)))
    drawn = next(
        archive.read(part).decode() for part in archive.namelist() if re.search(r"charts/chart[^/]*\.xml$", part)
    )

    plus = re.search(r"<c:plus>.*?</c:plus>", drawn)
    minus = re.search(r"<c:minus>.*?</c:minus>", drawn)
    assert plus and "<c:v>0.15</c:v>" in plus[0]
    assert minus and "<c:v>0.1</c:v>" in minus[0]
    assert drawn.index("<c:errBars>") < drawn.index("<c:cat>")


def test_the_way_to_an_unfinished_point_is_dashed_on_slides_and_in_workbooks():
    chart = Chart("Price", "line", ("a", "b"), (Series("Price", (0.2, 0.3)),), unfinished=True)

    for name in ("xlsx", "pptx"):
        archive = zipfile.ZipFile(io.BytesIO(render(of(Section("Price", chart=chart)), name)))
        drawn = next(
            archive.read(part).decode() for part in archive.namelist() if re.search(r"charts/chart[^/]*\.xml$", part)
        )
        assert re.search(r'<c:dPt><c:idx val="1"/>.*?(prstDash val="sysDash"|prstDash val="sysDot")', drawn), name


@pytest.mark.parametrize("kind", ["line", "bar"])
def test_letters_of_a_chart_have_seven_points_on_paper_and_more(kind):
    across = (210 - 32) / 25.4 * 72  # points of a page between its margins
    label = "A theme whose name is as long as names of themes become here"
    chart = Chart("Shares", kind, (label, "other"), (Series("Us", (0.1, 0.2)), Series("Others", (0.1, 0.3))))
    drawn = pictures.on_paper(chart)
    width = float(re.search(r'width="([\d.]+)"', drawn)[1])
    letters = [float(size) for size in re.findall(r'font-size="([\d.]+)px"', drawn)]
    assert (
        letters and min(letters) * across / width * 0.9 >= 7
    )  # a chart may stand a tenth smaller than the page is wide


def test_two_quotes_stand_on_one_page_with_what_leads_to_them():
    """Sections of one heading and a pair of quotes, whatever stands before them."""
    said = "It costs more than we have, and nobody here may sign for that before the board has met. " * 4
    pairs = [
        Section(
            f"Theme {n}.", quotes=(Quoted("1", f"{n} one {said}", "CFO", ""), Quoted("2", f"{n} two {said}", "CFO", ""))
        )
        for n in range(12)
    ]
    reader = pypdf.PdfReader(io.BytesIO(render(of(*pairs), "pdf")))
    pages = [" ".join(page.extract_text().split()) for page in reader.pages]
    assert len(pages) > 2
    for n in range(12):
        (page,) = [page for page in pages if f"Theme {n}." in page]
        assert f"{n} one" in page and f"{n} two" in page and page.count("has met.") % 8 == 0
