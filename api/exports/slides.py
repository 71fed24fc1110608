"""Documents as slides: native, editable charts and tables, quotes with their sources, figures in the speaker's notes.

A slide is headed by what it says, not by what it is about. A table goes on over several slides; what not even those
hold is counted ("140 more rows in the workbook"), and a quote is never shortened unseen.
"""

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any

from api.exports import slide_charts
from api.exports.document import (
    Cell,
    Chart,
    Column,
    Document,
    Section,
    Series,
    between,
    one_line,
    printable,
    read,
    written,
)
from api.exports.slide_charts import FONT
from insights import wording

if TYPE_CHECKING:
    from pptx.slide import Slide

WIDTH, HEIGHT, EDGE = 13.333, 7.5, 0.65
INK, SOFT, ACCENT = "1D1F23", "62666D", "3D5A98"
MOST_LINES, MOST_COLUMNS = 10, 9
MOST_TABLE_SLIDES = 8
QUOTES_A_SLIDE = 3
QUOTES_TOGETHER, LETTERS_TOGETHER = 4, 640  # of several sections on one slide
LONGEST_TITLE, LONGEST_CELL, LONGEST_QUOTE = 180, 110, 420
LONGEST_ABOUT = 200
MOST_BREAKS = 7
NOTES_A_SLIDE = 8
MOST_GROUNDS = 3  # in small print beneath quotes; all of them stand in the notes
# What a table may take of a slide: lines of text in all, at least so many a row; letters of 11 points, wide ones.
MOST_TEXT_LINES, LINES_A_ROW, LETTERS_AN_INCH = 22, 2, 10
LONGEST_NOTES = 20_000
_BESIDE = re.compile(r" \([^()]*\)")
_METHOD = re.compile(r" \([^()]*(?:Benjamini|Wilson|Newcombe|standardised)[^()]*\)")
BODY_TOP = 1.55


def pptx_bytes(document: Document) -> bytes:
    """A deck in 16:9: title, summary, one step of the story a slide, quotes, and how to read it."""
    from pptx import Presentation
    from pptx.util import Inches

    deck: Any = Presentation()
    deck.slide_width, deck.slide_height = Inches(WIDTH), Inches(HEIGHT)
    properties, day = deck.core_properties, document.moment
    properties.title, properties.author, properties.subject = printable(document.title)[:255], "Parley", "Report"
    properties.created = properties.modified = day
    properties.last_modified_by, properties.revision = "Parley", 1
    _opening(deck, document)
    if document.summary:
        _summary(deck, document.summary, "".join(section.finding for section in document.sections[:1]))
    about = ""
    for together in _together(document.sections):
        if len(together) > 1:
            _quotes(deck, _fresh(deck, f"{about or document.title}: quotes"), "", together, document.base)
            continue
        (section,) = together
        about = about if _is_quotes(section) else section.title
        if _is_story(section):
            title, lead = _headed(deck, section)
            grounds = section.sentences[title == one_line(section.sentences[0], LONGEST_TITLE) :]
            _quotes(deck, title, lead, [section], document.base, grounds)
            continue
        _section(deck, section)
        for n in range(0, len(section.quotes), QUOTES_A_SLIDE):
            title, lead = _headed(deck, section, "in their words")
            # A section of quotes alone says in its title whose they are.
            lead = lead or ("In their words" if section.table or section.chart else "")
            part = replace(section, quotes=section.quotes[n : n + QUOTES_A_SLIDE])
            _quotes(deck, title, lead, [part], document.base)
    # What a section's figures are of stands in the notes of its slides; methods are named for whoever is asked, not on the wall.
    pages = -(-len(document.notes) // NOTES_A_SLIDE)
    for page in range(pages):
        some = document.notes[page * len(document.notes) // pages : (page + 1) * len(document.notes) // pages]
        plain = [_METHOD.sub("", note) for note in some]
        _bullets(deck, _fresh(deck, "How to read this"), plain, size=14, notes="\n".join(some))
    for n, slide in enumerate(deck.slides, 1):
        _foot(slide, f"{one_line(document.title, 80)} · Parley · {n}")
    out = io.BytesIO()
    deck.save(out)
    return _without_clock(out.getvalue(), document.moment.date().isoformat())


def _opening(deck: Any, document: Document) -> None:
    slide = _slide(deck, document.title, size=34, top=2.3, height=1.6)
    lines = [one_line(f"{name}: {value}", LONGEST_ABOUT) for name, value in document.about[:9]]
    _rule(slide)
    _text(slide, lines, left=EDGE, top=4.25, width=WIDTH - 2 * EDGE, height=2.6, size=15, colour=SOFT)


def _summary(deck: Any, said: Sequence[str], finding: str) -> None:
    """The whole deck on one slide, headed by its first sentence, or by the main finding where that is too long for a
    head."""
    headed = len(said) > 1 and len(said[0]) <= LONGEST_TITLE
    brief = _BESIDE.sub("", said[0]) == finding  # the first sentence without its asides
    led = 0 < len(finding) <= LONGEST_TITLE and finding not in said and not (brief and len(said) == 1)
    title = said[0] if headed else finding if led else "In short"
    _bullets(deck, title, said[1:] if headed or (led and brief) else said, notes="\n".join(said))


def _section(deck: Any, section: Section) -> None:
    """Its chart gets a slide and its table as many as it needs; without both, its sentences do. One sentence heads its
    quotes."""
    if section.chart and section.chart.labels and section.chart.series:
        title, lead = _headed(deck, section)
        slide = _slide(deck, title)
        # Six bands over each other are read by nobody: they stand beneath the slide.
        bands = (
            section.chart.kind == "line"
            and len(section.chart.series) > 1
            and any(one.low for one in section.chart.series)
        )
        about = " ".join(section.sentences) if section.finding == title else ""
        lead = " · ".join(
            filter(None, (about or lead, "95 % intervals, and what each share is of: in the notes" * bands))
        )
        _text(slide, [lead], left=EDGE, top=1.15, width=WIDTH - 2 * EDGE, height=0.5, size=14, colour=SOFT)
        slide_charts.draw(slide, section.chart, left=EDGE, top=BODY_TOP + 0.1, width=WIDTH - 2 * EDGE, height=5.2)
        _notes(slide, section)
    if section.table and section.table.rows:
        _tables(deck, section)
    elif not section.chart and section.sentences and (len(section.sentences) > 1 or not section.quotes):
        title, _ = _headed(deck, section)
        rest = section.sentences[1:] if title == section.sentences[0] else section.sentences
        _bullets(deck, title, rest or section.sentences, notes="\n".join((*section.sentences, *section.notes)))


def _headed(deck: Any, section: Section, what: str = "") -> tuple[str, str]:
    """The slide's title and the line beneath it: the finding and then what it is about, else what it is about alone; on
    the further slides of a section `what` they hold."""
    finding = next((said for said in (section.finding, *section.sentences[:1]) if said), "")
    found = [finding] if 0 < len(finding) <= LONGEST_TITLE else []
    title = _fresh(deck, *found, section.title, *([f"{section.title}: {what}"] if what else []))
    return title, "" if title.startswith(section.title) else section.title


def _fresh(deck: Any, *titles: str) -> str:
    """The first of these that no slide bears yet, else the last with a number: people say "the slide called …"."""
    used = {slide.shapes.title.text_frame.text for slide in deck.slides}
    numbered = (f"{one_line(titles[-1], LONGEST_TITLE - 6)} ({n})" for n in range(2, len(used) + 3))
    return next(one for one in (*titles, *numbered) if one_line(one, LONGEST_TITLE) not in used)


def _slide(deck: Any, title: str, *, size: int = 24, top: float = 0.4, height: float = 0.75) -> "Slide":
    from pptx.enum.text import MSO_ANCHOR
    from pptx.util import Inches, Pt

    slide = deck.slides.add_slide(deck.slide_layouts[5])
    box = slide.shapes.title
    box.left, box.top, box.width, box.height = Inches(EDGE), Inches(top), Inches(WIDTH - 2 * EDGE), Inches(height)
    text = one_line(title, LONGEST_TITLE)
    frame = box.text_frame
    frame.word_wrap, frame.vertical_anchor = True, MSO_ANCHOR.BOTTOM
    frame.text = text
    _styled(
        frame.paragraphs[0], Pt(size if len(text) < 70 else size - 5 if len(text) < 130 else size - 7), INK, bold=True
    )
    return slide


def _bullets(deck: Any, title: str, lines: Sequence[str], *, size: int = 18, notes: str = "") -> None:
    slide = _slide(deck, title)
    total = sum(map(len, lines))
    size = size if total < 900 else size - 3 if total < 1600 else 11
    texts = [one_line(line, max(160, 2600 // max(1, len(lines)))) for line in lines]
    _text(slide, texts, left=EDGE, top=BODY_TOP, width=WIDTH - 2 * EDGE, height=5.3, size=size, colour=INK, gap=9)
    if notes:
        _say(slide, notes)


def _text(
    slide: Any, lines: Sequence[str], *, left: float, top: float, width: float, height: float, size: int, colour: str,
    gap: int = 2
) -> None:  # fmt: skip
    from pptx.util import Inches, Pt

    frame = slide.shapes.add_textbox(Inches(left), Inches(top), Inches(width), Inches(height)).text_frame
    frame.word_wrap = True
    for n, line in enumerate(lines):
        paragraph = frame.paragraphs[0] if n == 0 else frame.add_paragraph()
        paragraph.text = printable(line)
        paragraph.space_after = Pt(gap)
        _styled(paragraph, Pt(size), colour)


def _styled(paragraph: Any, size: Any, colour: str, *, bold: bool = False, italic: bool = False) -> None:
    from pptx.dml.color import RGBColor
    from pptx.enum.text import PP_ALIGN

    paragraph.alignment = PP_ALIGN.LEFT
    font = paragraph.font
    font.size, font.bold, font.italic, font.name = size, bold, italic, FONT
    font.color.rgb = RGBColor.from_string(colour)


def _tables(deck: Any, section: Section) -> None:
    """The table over as many slides as it needs, each with its columns' names."""
    assert section.table is not None
    paper = read(section.table)
    columns = paper.columns[:MOST_COLUMNS]
    pages: list[Sequence[tuple[Cell, ...]]] = []
    left = paper.rows
    while left and len(pages) < MOST_TABLE_SLIDES:
        fitting = _fitting(columns, left[:MOST_LINES])
        pages.append(left[:fitting])
        left = left[fitting:]
    more, left_out = len(left), len(paper.columns) - len(columns)
    said = [
        part
        for part in (
            wording.plural(more, "more row") * (more > 0),
            wording.plural(left_out, "more column") * (left_out > 0),
        )
        if part
    ]
    for n, rows in enumerate(pages, 1):
        title, lead = _headed(deck, section, "the figures")
        slide = _slide(deck, title)
        place = f"{n} of {len(pages)}" if len(pages) > 1 else ""
        missing = f"{' and '.join(said)} in the workbook" if said and (n == len(pages) or left_out) else ""
        text = " · ".join(filter(None, (lead, place, missing)))
        _text(slide, [text], left=EDGE, top=1.15, width=WIDTH - 2 * EDGE, height=0.5, size=13, colour=SOFT)
        _table(slide, paper.title, columns, rows)
        _notes(slide, section, rows)


def _table(slide: Any, title: str, columns: Sequence[Column], rows: Sequence[tuple[Cell, ...]]) -> None:
    from pptx.util import Inches, Pt

    lines = len(rows) + 1
    height, size = (0.38, 11) if len(columns) > 7 else (0.38, 12) if lines > 8 else (0.5, 15)
    frame = slide.shapes.add_table(
        lines, len(columns), Inches(EDGE), Inches(BODY_TOP + 0.1), Inches(WIDTH - 2 * EDGE), Inches(height * lines)
    )
    frame.name = one_line(title, 200)
    grid = frame.table
    for n, width in enumerate(_widths(columns)):
        grid.columns[n].width = Inches(width)
    for at, column in enumerate(columns):
        _cell(grid.cell(0, at), column.name, column, Pt(size - 1), head=True)
        for line, row in enumerate(rows, 1):
            _cell(grid.cell(line, at), written(row[at], column.kind), column, Pt(size))


def _fitting(columns: Sequence[Column], rows: Sequence[tuple[Cell, ...]]) -> int:
    """How many of the rows there is room for, by the lines that their longest cells take."""
    left = MOST_TEXT_LINES
    for n, row in enumerate(rows):
        cells = zip(row, columns, _widths(columns), strict=False)
        taken = max(
            -(-min(LONGEST_CELL, len(written(c, k.kind))) // max(1, int(w * LETTERS_AN_INCH))) for c, k, w in cells
        )
        left -= max(LINES_A_ROW, taken)
        if left < 0:
            return max(1, n)
    return len(rows)


def _widths(columns: Sequence[Column]) -> list[float]:
    """Texts get more room than figures, sentences most, or where there are none the first column."""
    room = {"text": 1.55, "interval": 1.7, "rate": 2.1, "day": 1.3}
    first = 1.9 if any(column.wide for column in columns) else 3.4
    weights = [
        4.2 if column.wide else first if n == 0 else room.get(column.kind, 1.15) for n, column in enumerate(columns)
    ]
    return [weight / sum(weights) * (WIDTH - 2 * EDGE) for weight in weights]


def _cell(cell: Any, text: str, column: Column, size: Any, *, head: bool = False) -> None:
    from pptx.dml.color import RGBColor
    from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
    from pptx.util import Inches

    cell.text = one_line(text, LONGEST_CELL)
    cell.vertical_anchor = MSO_ANCHOR.MIDDLE
    cell.margin_top = cell.margin_bottom = Inches(0.04)
    cell.fill.solid()
    cell.fill.fore_color.rgb = RGBColor.from_string("F3F5F9" if head else "FFFFFF")
    paragraph = cell.text_frame.paragraphs[0]
    _styled(paragraph, size, SOFT if head else INK, bold=head)
    paragraph.alignment = PP_ALIGN.LEFT if column.kind == "text" else PP_ALIGN.RIGHT


def _rule(slide: Any) -> None:
    """The accent of the opening slide."""
    from pptx.dml.color import RGBColor
    from pptx.enum.shapes import MSO_SHAPE
    from pptx.util import Inches

    bar = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, Inches(EDGE + 0.1), Inches(4.02), Inches(0.9), Inches(0.07))
    bar.fill.solid()
    bar.fill.fore_color.rgb = RGBColor.from_string(ACCENT)
    bar.line.fill.background()
    bar.name = "Rule"


def _foot(slide: Any, text: str) -> None:
    _text(slide, [text], left=EDGE, top=7.0, width=WIDTH - 2 * EDGE, height=0.3, size=10, colour=SOFT)


def _together(sections: Sequence[Section]) -> Iterator[list[Section]]:
    """The sections, with neighbours of few quotes and nothing else on one slide: a quote a slide is a long deck."""
    waiting: list[Section] = []
    for section in sections:
        if waiting and not (_is_quotes(section) and _fit([*waiting, section])):
            yield waiting
            waiting = []
        if _is_quotes(section):
            waiting.append(section)
        else:
            yield [section]
    if waiting:
        yield waiting


def _is_story(section: Section) -> bool:
    """What changed, in a sentence, with the quotes that go with it: one slide."""
    return (
        bool(section.sentences) and 0 < len(section.quotes) <= QUOTES_A_SLIDE and not (section.table or section.chart)
    )


def _fit(sections: Sequence[Section]) -> bool:
    quotes = [quote for section in sections for quote in section.quotes]
    return len(quotes) <= QUOTES_TOGETHER and sum(len(quote.text) for quote in quotes) <= LETTERS_TOGETHER


def _is_quotes(section: Section) -> bool:
    return bool(section.quotes) and not (section.table or section.chart or section.sentences or section.finding)


def _quotes(
    deck: Any, title: str, lead: str, sections: Sequence[Section], base: str, grounds: Sequence[str] = ()
) -> None:
    """Quotes with their sources, under the names of their sections where there are several; how sure what they show is
    stands beneath them in small print."""
    from pptx.util import Inches, Pt

    slide = _slide(deck, title)
    if lead:
        _text(slide, [lead], left=EDGE, top=1.15, width=WIDTH - 2 * EDGE, height=0.5, size=14, colour=SOFT)
    frame = slide.shapes.add_textbox(Inches(EDGE), Inches(BODY_TOP), Inches(WIDTH - 2 * EDGE), Inches(5.4)).text_frame
    frame.word_wrap = True
    quotes = [quote for section in sections for quote in section.quotes]
    longest = max(len(quote.text) for quote in quotes)
    size = 20 if longest < 160 else 16 if longest < 320 else 13
    paragraphs = chain(frame.paragraphs[:1], iter(frame.add_paragraph, None))
    for section in sections:
        if len(sections) > 1:
            head = next(paragraphs)
            head.text, head.space_after = one_line(section.title, LONGEST_TITLE), Pt(3)
            _styled(head, Pt(13), ACCENT, bold=True)
        for quote in section.quotes:
            said, source = next(paragraphs), next(paragraphs)
            whole = printable(quote.text)
            kept = "\n".join(whole[:LONGEST_QUOTE].split("\n")[:MOST_BREAKS])
            cut = kept != whole
            said.text = quote.within(text=f"{kept}{' […]' if cut else ''}")
            _styled(said, Pt(size), INK)
            source.space_after = Pt(16)
            run = source.add_run()
            run.text = printable(quote.source) + (" · whole quote in the notes" if cut else "")
            if base:
                run.hyperlink.address = f"{base}{quote.path}"
            _styled(source, Pt(12), SOFT)
    # A path without its server leads nowhere.
    said = ((quote.within(), quote.source, f"{base}{quote.path}" if base and quote.path else "") for quote in quotes)
    told = [printable(line) for section in sections for line in section.sentences] if grounds else []
    _say(slide, "\n\n".join([*told, *("\n".join(filter(None, lines)) for lines in said)]))
    if grounds:
        small = [one_line(line, LONGEST_CELL * 2) for line in grounds[:MOST_GROUNDS]]
        _text(slide, small, left=EDGE, top=6.05, width=WIDTH - 2 * EDGE, height=0.9, size=11, colour=SOFT)


def _notes(slide: Any, section: Section, rows: Sequence[tuple[Cell, ...]] = ()) -> None:
    """All figures of the slide's table with their numerators, for whoever is asked."""
    lines = [*section.sentences]
    if section.table:
        table = read(section.table)
        for row in rows or table.rows[: 4 * MOST_LINES]:
            cells = (f"{c.name}: {written(v, c.kind)}" for c, v in zip(table.columns[1:], row[1:], strict=True))
            lines.append(f"{written(row[0], table.columns[0].kind)}. {'; '.join(cells)}")
    elif section.chart:
        lines += _series(section.chart)
    lines += section.notes
    _say(slide, "\n".join(lines))


def _say(slide: Any, text: str) -> None:
    slide.notes_slide.notes_text_frame.text = printable(text)[:LONGEST_NOTES]


def _series(chart: Chart) -> Iterator[str]:
    for series in chart.series:
        yield f"{series.name}: {', '.join(_values(chart, series))}"


def _values(chart: Chart, series: Series) -> Iterator[str]:
    """Each value with what it is of and its interval: "Jan 2025 12 % of 26 (5 to 21 %)"."""
    for n, (label, value) in enumerate(zip(chart.labels, series.values, strict=True)):
        of = f" of {series.of[n]:,}" if series.of else ""
        known = value is not None and bool(series.low) and series.low[n] is not None
        yield f"{label} {written(value, chart.axis)}{of}{f' ({between(series.low[n], series.high[n])})' if known else ''}"


def _without_clock(data: bytes, day: str) -> bytes:
    """The same file whenever it is made: neither the archive nor the workbooks within the charts tell the time."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name.endswith(".xlsx"):
                content = _without_clock(content, day)
            elif name == "docProps/core.xml":
                content = re.sub(rb"(<dcterms:\w+[^>]*>)[^<]*", lambda m: m[1] + f"{day}T00:00:00Z".encode(), content)
            new.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()
