"""What stands on a slide: titles, bullets, tables that fit, notes; sizes in inches and points, one font, three colours."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from api.exports.document import (
    Cell,
    Column,
    one_line,
    printable,
    written,
)
from api.exports.slide_charts import FONT

if TYPE_CHECKING:
    from pptx.slide import Slide


WIDTH = 13.333
HEIGHT = 7.5
EDGE = 0.65
INK = "1D1F23"
SOFT = "62666D"
ACCENT = "3D5A98"
LONGEST_TITLE = 180
LONGEST_CELL = 110
# What a table may take of a slide: lines of text in all, at least so many a row; letters of 11 points, wide ones.
MOST_TEXT_LINES = 22
LINES_A_ROW = 2
LETTERS_AN_INCH = 10
LONGEST_NOTES = 20_000
BODY_TOP = 1.55


def add_slide(deck: Any, title: str, *, size: int = 24, top: float = 0.4, height: float = 0.75) -> "Slide":
    from pptx.enum.text import MSO_ANCHOR
    from pptx.util import Inches, Pt

    slide = deck.slides.add_slide(deck.slide_layouts[5])
    box = slide.shapes.title
    box.left, box.top, box.width, box.height = Inches(EDGE), Inches(top), Inches(WIDTH - 2 * EDGE), Inches(height)
    text = one_line(title, LONGEST_TITLE)
    frame = box.text_frame
    frame.word_wrap, frame.vertical_anchor = True, MSO_ANCHOR.BOTTOM
    frame.text = text
    styled(
        frame.paragraphs[0], Pt(size if len(text) < 70 else size - 5 if len(text) < 130 else size - 7), INK, bold=True
    )
    return slide


def add_bullets(deck: Any, title: str, lines: Sequence[str], *, size: int = 18, notes: str = "") -> None:
    slide = add_slide(deck, title)
    total = sum(map(len, lines))
    size = size if total < 900 else size - 3 if total < 1600 else 11
    texts = [one_line(line, max(160, 2600 // max(1, len(lines)))) for line in lines]
    add_text(slide, texts, left=EDGE, top=BODY_TOP, width=WIDTH - 2 * EDGE, height=5.3, size=size, colour=INK, gap=9)
    if notes:
        add_notes(slide, notes)


def add_text(
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
        styled(paragraph, Pt(size), colour)


def styled(paragraph: Any, size: Any, colour: str, *, bold: bool = False, italic: bool = False) -> None:
    from pptx.dml.color import RGBColor
    from pptx.enum.text import PP_ALIGN

    paragraph.alignment = PP_ALIGN.LEFT
    font = paragraph.font
    font.size, font.bold, font.italic, font.name = size, bold, italic, FONT
    font.color.rgb = RGBColor.from_string(colour)


def add_table(slide: Any, title: str, columns: Sequence[Column], rows: Sequence[tuple[Cell, ...]]) -> None:
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


def fitting_rows(columns: Sequence[Column], rows: Sequence[tuple[Cell, ...]]) -> int:
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
    styled(paragraph, size, SOFT if head else INK, bold=head)
    paragraph.alignment = PP_ALIGN.LEFT if column.kind == "text" else PP_ALIGN.RIGHT


def add_rule(slide: Any) -> None:
    """The accent of the opening slide."""
    from pptx.dml.color import RGBColor
    from pptx.enum.shapes import MSO_SHAPE
    from pptx.util import Inches

    bar = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, Inches(EDGE + 0.1), Inches(4.02), Inches(0.9), Inches(0.07))
    bar.fill.solid()
    bar.fill.fore_color.rgb = RGBColor.from_string(ACCENT)
    bar.line.fill.background()
    bar.name = "Rule"


def add_foot(slide: Any, text: str) -> None:
    add_text(slide, [text], left=EDGE, top=7.0, width=WIDTH - 2 * EDGE, height=0.3, size=10, colour=SOFT)


def add_notes(slide: Any, text: str) -> None:
    slide.notes_slide.notes_text_frame.text = printable(text)[:LONGEST_NOTES]
