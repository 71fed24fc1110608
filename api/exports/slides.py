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
from typing import Any

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
from api.exports.slide_shapes import (
    ACCENT,
    BODY_TOP,
    EDGE,
    HEIGHT,
    INK,
    LONGEST_CELL,
    LONGEST_TITLE,
    SOFT,
    WIDTH,
    add_bullets,
    add_foot,
    add_notes,
    add_rule,
    add_slide,
    add_table,
    add_text,
    fitting_rows,
    styled,
    widths_of,
)
from insights import wording

MOST_LINES, MOST_COLUMNS = 10, 9
MOST_TABLE_SLIDES = 8
QUOTES_A_SLIDE = 3
QUOTES_TOGETHER, LETTERS_TOGETHER = 4, 640  # of several sections on one slide
LONGEST_QUOTE = 420
LONGEST_ABOUT = 200
MOST_BREAKS = 7
NOTES_A_SLIDE = 8
MOST_GROUNDS = 3  # in small print beneath quotes; all of them stand in the notes
_BESIDE = re.compile(r" \([^()]*\)")
_METHOD = re.compile(r" \([^()]*(?:Benjamini|Wilson|Newcombe|standardised)[^()]*\)")


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
    first = document.sections[0].finding if document.sections else ""
    if document.summary and tuple(document.summary) != (first,):  # the first slide of figures says it in its head
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
        add_bullets(deck, _fresh(deck, "How to read this"), plain, size=14, notes="\n".join(some))
    for n, slide in enumerate(deck.slides, 1):
        add_foot(slide, f"{one_line(document.title, 80)} · Parley · {n}")
    out = io.BytesIO()
    deck.save(out)
    return _without_clock(out.getvalue(), document.moment.date().isoformat())


def _opening(deck: Any, document: Document) -> None:
    slide = add_slide(deck, document.title, size=34, top=2.3, height=1.6)
    lines = [one_line(f"{name}: {value}", LONGEST_ABOUT) for name, value in document.about[:9]]
    add_rule(slide)
    add_text(slide, lines, left=EDGE, top=4.25, width=WIDTH - 2 * EDGE, height=2.6, size=15, colour=SOFT)


def _summary(deck: Any, said: Sequence[str], finding: str) -> None:
    """The whole deck on one slide, headed by its first sentence, or by the main finding where that is too long for a
    head."""
    headed = len(said) > 1 and len(said[0]) <= LONGEST_TITLE
    brief = _BESIDE.sub("", said[0]) == finding  # the first sentence without its asides
    led = 0 < len(finding) <= LONGEST_TITLE and finding not in said and not (brief and len(said) == 1)
    title = said[0] if headed else finding if led else "In short"
    add_bullets(deck, title, said[1:] if headed or (led and brief) else said, notes="\n".join(said))


def _section(deck: Any, section: Section) -> None:
    """Its chart gets a slide and its table as many as it needs; without both, its sentences do. One sentence heads its
    quotes."""
    if section.chart and section.chart.labels and section.chart.series:
        title, lead = _headed(deck, section)
        slide = add_slide(deck, title)
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
        if lead:
            add_text(slide, [lead], left=EDGE, top=1.15, width=WIDTH - 2 * EDGE, height=0.5, size=14, colour=SOFT)
        slide_charts.draw(slide, section.chart, left=EDGE, top=BODY_TOP + 0.1, width=WIDTH - 2 * EDGE, height=5.2)
        _notes(slide, section)
    if section.table and section.table.rows:
        _tables(deck, section)
    elif not section.chart and section.sentences and (len(section.sentences) > 1 or not section.quotes):
        title, _ = _headed(deck, section)
        rest = section.sentences[1:] if title == section.sentences[0] else section.sentences
        add_bullets(deck, title, rest or section.sentences, notes="\n".join((*section.sentences, *section.notes)))


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


def _tables(deck: Any, section: Section) -> None:
    """The table over as many slides as it needs, each with its columns' names."""
    assert section.table is not None
    paper = read(section.table)
    columns = paper.columns[:MOST_COLUMNS]
    widths = widths_of(columns, paper.rows[: MOST_LINES * MOST_TABLE_SLIDES])
    pages: list[Sequence[tuple[Cell, ...]]] = []
    left = paper.rows
    while left and len(pages) < MOST_TABLE_SLIDES:
        fitting = fitting_rows(columns, left[:MOST_LINES], widths)
        pages.append(left[:fitting])
        left = left[fitting:]
    if not left:
        pages = _evened(columns, paper.rows, widths, len(pages))
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
        slide = add_slide(deck, title)
        place = f"{n} of {len(pages)}" if len(pages) > 1 else ""
        missing = f"{' and '.join(said)} in the workbook" if said and (n == len(pages) or left_out) else ""
        text = " · ".join(filter(None, (lead, place, missing)))
        if text:
            add_text(slide, [text], left=EDGE, top=1.15, width=WIDTH - 2 * EDGE, height=0.5, size=13, colour=SOFT)
        add_table(slide, paper.title, columns, rows, widths)
        _notes(slide, section, rows)


def _evened(
    columns: Sequence[Column], rows: Sequence[tuple[Cell, ...]], widths: Sequence[float], slides: int
) -> list[Sequence[tuple[Cell, ...]]]:
    """As many rows on each of so many slides, as far as they fit: not one row alone on the last."""
    pages, left = [], rows
    for slide in range(slides, 0, -1):
        some = left[: -(-len(left) // slide)]
        fitting = fitting_rows(columns, some, widths)
        pages.append(left[:fitting])
        left = left[fitting:]
    return pages if not left else [*pages, left]


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

    slide = add_slide(deck, title)
    if lead:
        add_text(slide, [lead], left=EDGE, top=1.15, width=WIDTH - 2 * EDGE, height=0.5, size=14, colour=SOFT)
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
            styled(head, Pt(13), ACCENT, bold=True)
        for quote in section.quotes:
            said, source = next(paragraphs), next(paragraphs)
            whole = printable(quote.text)
            kept = "\n".join(whole[:LONGEST_QUOTE].split("\n")[:MOST_BREAKS])
            cut = kept != whole
            said.text = quote.within(text=f"{kept}{' […]' if cut else ''}")
            styled(said, Pt(size), INK)
            source.space_after = Pt(16)
            run = source.add_run()
            run.text = printable(quote.source) + (" · whole quote in the notes" if cut else "")
            if base:
                run.hyperlink.address = f"{base}{quote.path}"
            styled(source, Pt(12), SOFT)
    # A path without its server leads nowhere.
    said = ((quote.within(), quote.source, f"{base}{quote.path}" if base and quote.path else "") for quote in quotes)
    told = [printable(line) for section in sections for line in section.sentences] if grounds else []
    add_notes(slide, "\n\n".join([*told, *("\n".join(filter(None, lines)) for lines in said)]))
    if grounds:
        small = [one_line(line, LONGEST_CELL * 2) for line in grounds[:MOST_GROUNDS]]
        add_text(slide, small, left=EDGE, top=6.05, width=WIDTH - 2 * EDGE, height=0.9, size=11, colour=SOFT)


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
    add_notes(slide, "\n".join(lines))


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
