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
# Of a table: letters of one point that stand on an inch, and what a cell and a row take beside their letters, in inches.
LETTERS = 150
ASIDE, ABOVE, LINE = 0.22, 0.08, 1.2
LEAST_ROW, MOST_HEIGHT = 0.38, 5.25
WIDEST = 60  # letters that a cell may ask for before its text is broken
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
    texts = [one_line(line, max(160, 3600 // max(1, len(lines)))) for line in lines]
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


def add_table(
    slide: Any, title: str, columns: Sequence[Column], rows: Sequence[tuple[Cell, ...]], widths: Sequence[float]
) -> None:
    """The rows in columns of these `widths` (inches); of each slide that a table goes on over in the same letters."""
    from pptx.util import Inches, Pt

    lines, size = len(rows) + 1, _size(columns)
    frame = slide.shapes.add_table(
        lines, len(columns), Inches(EDGE), Inches(BODY_TOP + 0.1), Inches(WIDTH - 2 * EDGE), Inches(LEAST_ROW * lines)
    )
    frame.name = one_line(title, 200)
    grid = frame.table
    for n, width in enumerate(widths):
        grid.columns[n].width = Inches(width)
    for at, column in enumerate(columns):
        _cell(grid.cell(0, at), column.name, column, Pt(size - 1), head=True)
        for line, row in enumerate(rows, 1):
            _cell(grid.cell(line, at), written(row[at], column.kind), column, Pt(size))


def fitting_rows(columns: Sequence[Column], rows: Sequence[tuple[Cell, ...]], widths: Sequence[float]) -> int:
    """How many of the rows a slide has room for beneath the heads; one at least."""
    left = MOST_HEIGHT - _height(columns, [column.name for column in columns], widths)
    for n, row in enumerate(rows):
        left -= _height(columns, _texts(columns, row), widths)
        if left < 0:
            return max(1, n)
    return len(rows)


def widths_of(columns: Sequence[Column], rows: Sequence[tuple[Cell, ...]]) -> list[float]:
    """Inches: no word is broken, and what is left goes where texts are long, as browsers lay tables out (CSS 2.1,
    17.5.2.2)."""
    cells = [[column.name for column in columns], *(_texts(columns, row) for row in rows)]
    texts = list(zip(*cells, strict=True))
    least = [_inches(columns, max((len(word) for text in own for word in text.split()), default=1)) for own in texts]
    wanted = [max(a, _inches(columns, min(WIDEST, max(map(len, own))))) for a, own in zip(least, texts, strict=True)]
    room, more = WIDTH - 2 * EDGE - sum(least), [b - a for a, b in zip(least, wanted, strict=True)]
    if room <= 0 or not sum(more):
        return [one / sum(least) * (WIDTH - 2 * EDGE) for one in least]
    found = [a + min(1.0, room / sum(more)) * b for a, b in zip(least, more, strict=True)]
    spare = WIDTH - 2 * EDGE - sum(found)
    return [one + spare / len(found) for one in found]


def _size(columns: Sequence[Column]) -> int:
    return 11 if len(columns) > 7 else 12


def _inches(columns: Sequence[Column], letters: int) -> float:
    return letters * _size(columns) / LETTERS + ASIDE


def _texts(columns: Sequence[Column], row: tuple[Cell, ...]) -> list[str]:
    return [one_line(written(cell, column.kind), LONGEST_CELL) for cell, column in zip(row, columns, strict=False)]


def _height(columns: Sequence[Column], texts: Sequence[str], widths: Sequence[float]) -> float:
    """Inches that a row takes, by the lines of its longest cell."""
    size = _size(columns)
    lines = (_lines(text, int((width - ASIDE) * LETTERS / size)) for text, width in zip(texts, widths, strict=False))
    return max(LEAST_ROW, max(lines, default=1) * size * LINE / 72 + ABOVE)


def _lines(text: str, letters: int) -> int:
    """How many lines of so many letters its words fill."""
    lines, left = 1, letters
    for word in text.split():
        if len(word) > left and left < letters:
            lines, left = lines + 1, letters
        lines += max(0, len(word) - 1) // max(1, letters)
        left -= len(word) + 1
    return lines


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
