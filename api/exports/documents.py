"""Documents to read: Markdown, one HTML file that needs nothing else, and PDF."""

import json
import re
from functools import cache
from importlib.resources import files

from api.exports import pictures
from api.exports.document import Document, Quoted, Section, Table, printable, read, written
from api.rendering import environment
from insights import wording

LONGEST_CELL = 300
# Of a column's width, in letters: what a cell gets before its text takes a further line.
WIDEST_FIRST, WIDEST_TEXT, WIDEST_FIGURE, NARROWEST = 34, 26, 16, 5
# An underscore within a word, a dollar before a number and an ampersand that begins no entity are none.
_MARKUP = re.compile(r"([\\`*\[\]<>|~]|(?<!\w)_|_(?!\w)|\$(?!\d)|&(?=#?\w+;))")
_LINE_START = re.compile(r"^(\d*)([-+.)](?=\s|$)|=|#|[-+]{2,})")


def markdown_bytes(document: Document) -> bytes:
    """Tables, lists and block quotes as every wiki takes them; nothing that a customer wrote is markup."""
    lines = [f"# {_escaped(document.title)}", ""]
    lines += [f"- {_escaped(name)}: {_escaped(value)}" for name, value in document.about]
    lines += [line for sentence in document.summary for line in ("", _escaped(sentence))]
    for section in document.sections:
        lines += ["", f"## {_escaped(section.title)}"]
        lines += [line for sentence in section.sentences for line in ("", _escaped(sentence))]
        if section.table:
            lines += ["", *_markdown_table(read(section.table))]
        lines += [line for quote in section.quotes for line in ("", *_markdown_quote(quote, document.base))]
        lines += ["", *(f"- {_escaped(note)}" for note in section.notes)] if section.notes else []
    lines += ["", *(f"- {_escaped(note)}" for note in document.notes), ""]
    return "\n".join(lines).encode("utf-8", "replace")


def html_bytes(document: Document) -> bytes:
    """A page with its style and charts inside: it can be sent by mail and opened anywhere."""
    sections = [
        {
            **_section(section),
            "svg": pictures.on_paper(section.chart) if section.chart else "",
            "quotes": [
                {"text": printable(q.within()), "source": printable(q.source), "link": _address(q, document.base)}
                for q in section.quotes
            ],
        }
        for section in document.sections
    ]
    page = environment().get_template("export.html")
    texts = {
        "title": printable(document.title), "about": [tuple(map(printable, line)) for line in document.about],
        "summary": list(map(printable, document.summary)), "notes": list(map(printable, document.notes)),
        "base": document.base,
    }  # fmt: skip
    return page.render(document=texts, sections=sections).encode("utf-8", "replace")


def pdf_bytes(document: Document) -> bytes:
    """Typst sets the page; the texts reach it as data, so nothing that a customer wrote is ever markup."""
    import typst

    content = {
        "title": _short(printable(document.title)), "day": f", as of {wording.day(document.day)}" if document.day else "",
        "about": [[printable(name), _short(printable(value))] for name, value in document.about],
        "summary": list(map(printable, document.summary)), "notes": list(map(printable, document.notes)),
        "sections": [
            {
                **_section(section, longest=LONGEST_CELL),
                "svg": pictures.on_paper(section.chart) if section.chart else "",
                "quotes": [
                    {"text": printable(q.within()), "source": printable(q.source), "link": _address(q, document.base)}
                    for q in section.quotes
                ],
            }
            for section in document.sections
        ],
    }  # fmt: skip
    return typst.compile(_template(), format="pdf", sys_inputs={"document": json.dumps(content)})


def _section(section: Section, *, longest: int | None = None) -> dict:
    table = read(section.table) if section.table else None
    return {
        "title": printable(section.title), "sentences": list(map(printable, section.sentences)),
        "chart": printable(section.chart.title) if section.chart else "", "notes": list(map(printable, section.notes)),
        "caption": printable(table.title) if table else "",
        "headers": [printable(column.name) for column in table.columns] if table else [],
        "texts": [column.kind == "text" for column in table.columns] if table else [],
        "widths": _widths(table) if table else [],
        "rows": [[_short(cell, longest) if longest else cell for cell in row] for row in cells(table)] if table else [],
    }  # fmt: skip


def _widths(table: Table) -> list[int]:
    """How much of the page's width each column gets, as parts: what its cells need, a header on several lines. A text
    takes more lines rather than all of the page."""
    written_cells = cells(table)
    found = []
    for n, column in enumerate(table.columns):
        longest = max((len(row[n]) for row in written_cells), default=0)
        head = max((len(word) for word in column.name.split()), default=1) + 2
        most = (WIDEST_FIRST if n == 0 else WIDEST_TEXT) if column.kind == "text" else WIDEST_FIGURE
        # Figures and intervals stay on one line; what is set in letters of their own width needs a little more than counted.
        found.append(max(head, min(longest, most) + 2 * (column.kind != "text"), NARROWEST))
    return found


def cells(table: Table) -> list[list[str]]:
    """The table's cells in words."""
    return [[written(cell, column.kind) for cell, column in zip(row, table.columns, strict=True)] for row in table.rows]


def _markdown_table(table: Table) -> list[str]:
    head = f"| {' | '.join(_escaped(column.name) for column in table.columns)} |"
    rule = f"|{'|'.join('---' if column.kind == 'text' else '---:' for column in table.columns)}|"
    return [head, rule, *(f"| {' | '.join(map(_escaped, row))} |" for row in cells(table))]


def _markdown_quote(quote: Quoted, base: str) -> list[str]:
    where = f" <{base}{quote.path}>" if base else ""
    lines = [_escaped(line) for line in printable(quote.text).strip().split("\n")]
    # A backslash at the end of a line keeps the customer's own break; a blank line is a new paragraph of the same quote.
    breaks = [bool(line and after) for line, after in zip(lines, [*lines[1:], ""], strict=True)]
    said = [f"> {line}{chr(92) * kept}".rstrip(" ") for line, kept in zip(lines, breaks, strict=True)]
    said[0] = f"> {'… ' * quote.cut[0]}“{said[0][2:]}"
    said[-1] += f"”{' …' * quote.cut[1]}"
    foot = (f"— {_escaped(quote.source)}" if quote.source else "") + where
    return [*said, *([">", f"> {foot.strip()}"] if foot else [])]


def _short(text: str, most: int = 400) -> str:
    """Text that a page has room for; the workbook holds all of it."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def _address(quote: Quoted, base: str) -> str:
    return f"{base}{quote.path}" if base and quote.path else ""


def _escaped(text: str) -> str:
    """Text that Markdown shows as it is, on one line: no list, no entity, no formula. Nothing is escaped that could not
    be markup where it stands: what a person pastes into a tool that knows no Markdown stays readable ("+22", "9.3 to 29
    %")."""
    line = re.sub(r"[ \t\r\n\v\f]+", " ", printable(text)).strip()
    return _LINE_START.sub(r"\1\\\2", _MARKUP.sub(r"\\\1", line))


@cache
def _template() -> bytes:
    return (files("api") / "exports" / "report.typ").read_bytes()
