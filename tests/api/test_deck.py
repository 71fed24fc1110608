"""A deck for a meeting: no row is cut silently, and titles say what was found."""

import io
import re
from dataclasses import replace

import pptx

from api.exports.document import Chart, Column, Document, Quoted, Section, Series, Table
from api.exports.slide_shapes import BODY_TOP, EDGE, WIDTH, fitting_rows, widths_of
from api.exports.slides import MOST_TABLE_SLIDES, pptx_bytes


def slides(*sections: Section, summary: tuple[str, ...] = ()) -> list:
    made = Document("Objections", "deck", "2026-03-31", (), sections, summary)
    return list(pptx.Presentation(io.BytesIO(pptx_bytes(made))).slides)


def words(slide) -> str:
    return "\n".join(shape.text_frame.text for shape in slide.shapes if shape.has_text_frame)


def names(shown: list) -> list[str]:
    """The first cells of all tables, without their heads."""
    tables = [shape.table for slide in shown for shape in slide.shapes if shape.has_table]
    return [row.cells[0].text for table in tables for row in list(table.rows)[1:]]


def shares() -> Chart:
    return Chart("Course", "line", ("Jan", "Feb", "Mar"), (Series("Price", (0.1234, None, 0.045)),))


def table(rows: int) -> Table:
    said = "neither surely differs nor surely does not, because too few conversations carry it"
    columns = (Column("Theme"), Column("What can be said"))
    return Table("groups", "Groups", columns, tuple((f"Theme {n}", said) for n in range(rows)))


def test_a_table_goes_on_until_every_row_was_shown():
    shown = slides(Section("mid-market against smb", table=table(19)))

    assert names(shown) == [f"Theme {n}" for n in range(19)]
    assert re.search(r"\b2 of \d", "\n".join(map(words, shown)))


def test_what_even_several_slides_do_not_hold_is_counted():
    shown = slides(Section("All themes", table=table(400)))

    left = 400 - len(names(shown))
    assert sum(shape.has_table for slide in shown for shape in slide.shapes) == MOST_TABLE_SLIDES
    assert f"{left} more rows in the workbook" in "\n".join(map(words, shown))


def test_a_slide_is_titled_by_what_was_found():
    found = "2 of 19 themes differ beyond chance. 71 conversations of mid-market, 60 of smb."
    (_, slide, *_) = slides(Section("mid-market against smb", (found,), table=table(2)))

    assert slide.shapes.title.text == found
    assert "mid-market against smb" in words(slide)


def test_a_section_without_sentences_is_titled_by_its_finding():
    (_, slide, *_) = slides(Section("All objection themes", table=table(2), finding="1 theme rose, 12 held steady."))

    assert slide.shapes.title.text == "1 theme rose, 12 held steady."


def test_the_summary_is_titled_by_its_first_sentence_and_does_not_repeat_it():
    (_, slide) = slides(summary=("1 theme rose.", "“Price” rose from 3 of 61 to 17 of 71."))

    assert slide.shapes.title.text == "1 theme rose."
    assert words(slide).count("1 theme rose.") == 1


def titles(shown: list) -> list[str]:
    return [slide.shapes.title.text for slide in shown]


def test_no_two_slides_bear_the_same_title():
    said = ("1 theme rose, 12 held steady.",)
    quotes = tuple(Quoted(f"{n}", f"It costs too much, {n}.", "CFO", "/q") for n in range(7))
    section = Section("All themes", said, table=table(19), chart=shares(), quotes=quotes)
    shown = titles(slides(section, Section("All themes", said, table=table(2)), summary=(*said, "More.")))

    assert len(set(shown)) == len(shown)
    assert shown[1:4] == ["1 theme rose, 12 held steady.", "All themes", "All themes: the figures"]
    assert "All themes: in their words" in shown and "All themes: in their words (2)" in shown


def test_a_long_title_that_comes_again_keeps_its_number():
    long = "What buyers of the mid-market asked about " + "security and " * 20
    shown = titles(slides(Section(long, table=table(19))))

    assert len(set(shown)) == len(shown) and shown[-1].endswith(")")


def test_the_speaker_reads_shares_as_per_cent():
    (_, slide, *_) = slides(Section("Course", chart=shares()))

    assert slide.notes_slide.notes_text_frame.text == "Price: Jan 12\u00a0%, Feb –, Mar 4.5\u00a0%"


def quoted(n: int, *, length: int = 60) -> tuple[Quoted, ...]:
    return tuple(Quoted(f"q{i}", f"Quote {i} ".ljust(length, "x"), f"Role {i}", f"/quotes/q{i}") for i in range(n))


def test_neighbours_of_few_quotes_share_a_slide_under_their_names():
    sections = [Section(f"Theme {n}", quotes=quoted(2)) for n in range(3)]
    _, table_slide, shared, alone, *_ = slides(Section("What they ask", table=table(2)), *sections)

    assert any(shape.has_table for shape in table_slide.shapes) and shared.shapes.title.text == "What they ask: quotes"
    assert words(shared).index("Theme 0") < words(shared).index("Theme 1") and words(shared).count("Role") == 4
    assert alone.shapes.title.text == "Theme 2" and words(alone).count("Role") == 2


def test_one_sentence_that_heads_the_first_figures_gets_no_slide_of_its_own():
    said = "None of 17 objection themes changed for sure."
    shown = slides(Section("All objection themes", table=table(2), finding=said), summary=(said,))

    assert [slide.shapes.title.text for slide in shown][1:] == [said]
    assert "\n".join(map(words, shown)).count(said) == 1


def test_the_notes_hold_the_whole_address_of_a_quote_or_none():
    section = Section("Price", quotes=quoted(1))
    path = section.quotes[0].path
    made = Document("Objections", "deck", "2026-03-31", (), (section,))
    notes = {}
    for base in ("", "https://parley.example"):
        shown = pptx.Presentation(io.BytesIO(pptx_bytes(replace(made, base=base)))).slides
        notes[base] = [slide.notes_slide.notes_text_frame.text for slide in shown if slide.has_notes_slide]
    assert path and not any(path in text for text in notes[""])
    assert any(f"https://parley.example{path}" in text for text in notes["https://parley.example"])


def test_long_quotes_keep_a_slide_of_their_own():
    shown = slides(*(Section(f"Theme {n}", quotes=quoted(2, length=200)) for n in range(2)))

    assert [slide.shapes.title.text for slide in shown[1:]] == ["Theme 0", "Theme 1"]


def test_a_change_its_quotes_and_how_sure_it_is_stand_on_one_slide():
    what, sure = (
        "“Price” rose from 2 of 159 (1.3 %) to 14 of 171 (8.2 %).",
        "How sure: 13 accounts stand behind it now.",
    )
    shown = slides(Section("Price", (what, sure), quotes=quoted(2)))

    (slide,) = [slide for slide in shown if slide.shapes.title.text == what]
    assert len(shown) == 2 and sure in words(slide) and words(slide).count(what) == 1
    assert all(quote.text in words(slide) for quote in quoted(2))
    assert what in slide.notes_slide.notes_text_frame.text and sure in slide.notes_slide.notes_text_frame.text


def test_the_summary_does_not_say_its_title_again_with_dates():
    said = f"2 of 17 objection themes changed (24 Jun to 22 Dec 2025); 10 held steady (a change of 10 points or more is ruled out{' surely' * 15})."
    brief = "2 of 17 objection themes changed; 10 held steady."
    _, summary, *_ = slides(Section("All", table=table(2), finding=brief), summary=(said, "“Price” rose."))

    assert summary.shapes.title.text == brief and "17 objection themes" not in words(summary).replace(brief, "")
    assert "“Price” rose." in words(summary) and said in summary.notes_slide.notes_text_frame.text


def test_methods_are_named_in_the_notes_and_not_on_the_wall():
    note = "At most one in ten is expected to be false (Benjamini and Hochberg), and three accounts stand behind it (or more)."
    made = Document(
        "Objections", "deck", "2026-03-31", (), (Section("Price", ("It rose.",), notes=("Of 5 calls.",)),), (), (note,)
    )
    shown = list(pptx.Presentation(io.BytesIO(pptx_bytes(made))).slides)

    assert "to be false, and three accounts stand behind it (or more)." in words(shown[-1])
    assert not any("Benjamini" in words(slide) for slide in shown)
    assert note in shown[-1].notes_slide.notes_text_frame.text
    assert "Of 5 calls." in shown[1].notes_slide.notes_text_frame.text


STEPS = (
    "Consideration 4, decision 2, customer 2",
    "Decision-maker, e.g. it's the finance director who decides",
    "−10 to +12",
)
SHEET = Table(
    "sheet", "Sheet",
    (*(Column(name) for name in ("Theme", "Against others", "Difference interval", "Accounts heard", "Conversations", "Where in the deal")), Column("Share", "rate")),
    tuple((STEPS[1], "Too few to say", STEPS[2], str(n), str(n), STEPS[0], 0.145) for n in range(23)),
)  # fmt: skip


def test_no_word_of_a_table_is_broken_and_no_row_runs_into_the_foot():
    """Widths in letters of 12 points, of which 12.5 of the widest stand on an inch."""
    widths = widths_of(SHEET.columns, SHEET.rows)
    longest = [max(len(word) for text in (c.name, *(str(r[n]) for r in SHEET.rows)) for word in text.split()) for n, c in enumerate(SHEET.columns)]  # fmt: skip
    assert all(width >= 0.2 + letters / 12.5 for width, letters in zip(widths, longest, strict=True))
    assert abs(sum(widths) - (WIDTH - 2 * EDGE)) < 0.01
    assert fitting_rows(SHEET.columns, SHEET.rows, widths) * 0.38 <= 7.0 - BODY_TOP


def test_rows_are_spread_over_the_slides_in_the_same_letters():
    shown = slides(Section("Sheet", table=SHEET))
    tables = [shape.table for slide in shown for shape in slide.shapes if shape.has_table]
    sizes = {run.font.size or p.font.size for t in tables for c in list(t.iter_cells())[7:] for p in c.text_frame.paragraphs for run in p.runs}  # fmt: skip
    counts = [len(t.rows) - 1 for t in tables]
    assert sum(counts) == 23 and max(counts) - min(counts) <= 1
    assert len(sizes) == 1


def test_an_axis_holds_the_whole_interval():
    """Programs end it at the longest bar, and its interval looked as if it ended there too."""
    chart = Chart(
        "Shares", "bar", ("Price", "Timing"), (Series("Finance", (0.145, 0.09), low=(0.07, 0.04), high=(0.27, 0.2)),)
    )
    (_, slide) = slides(Section("Shares", chart=chart))
    (drawn,) = [shape.chart for shape in slide.shapes if shape.has_chart]
    assert (drawn.value_axis.maximum_scale, drawn.value_axis.major_unit) == (0.3, 0.05)
