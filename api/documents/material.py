"""The report on our own material as a Document."""

from collections.abc import Iterator

from api.documents.parts import filtered, quote_of, scoped
from api.exports.document import Column, Document, Quoted, Section, Table, rate_cells, rated
from api.wording import words
from pipelines.reports.material import Item, MaterialReport

MOST_QUOTES = 12
METHOD = (
    "Found by rules over single sentences, as far as rules can tell: a mention is counted where it is said to be ours, or is of a sort that "
    "only sellers have. A video or a web page with no owner is not counted.",
    "A gap is a sentence in which a buyer, or a note, shows that something had not been told, was told otherwise, or was not expected.",
    "Shares are of all conversations that match, with 95 % intervals widened by account.",
)


def document(report: MaterialReport, day: str) -> Document:
    """Sorts of material, named pieces, what was said, and gaps."""
    gaps = Section(
        "What they had not been told", tuple(gap_sentences(report)), _gaps(report), quotes=_gap_quotes(report)
    )
    said = [found for found in report.found if found.by_buyer][:MOST_QUOTES]
    items = Section(
        "Our material in conversations",
        (),
        _items("material", "By kind of material", report.items),
        quotes=tuple(map(quote_of, said)),
    )
    named = [Section("By name", (), _items("named", "By name or address", report.named))] if report.named else []
    return scoped(Document(
        title="Our material in conversations", stem=f"parley-material-{day}", day=day, about=tuple(about(report)),
        summary=tuple(sentences(report)), sections=(items, *named, gaps), notes=METHOD,
    ), report.filters)  # fmt: skip


def about(report: MaterialReport) -> list[tuple[str, str]]:
    """What was looked through."""
    return [("Conversations", words.number(report.conversations)), ("Filters", filtered(report.filters))]


def sentences(report: MaterialReport) -> Iterator[str]:
    """What comes up most, what is said of it, and how many show a gap."""
    if not report.items:
        yield f"None of {words.plural(report.conversations, 'conversation')} names our material."
    for item in report.items[:3]:
        several = item.kind.endswith("s")
        what, it = (f"{item.kind.capitalize()} come up", "them") if several else (f"A {item.kind} comes up", "it")
        who = f"buyers brought {it} up in {item.by_buyers} of them" if item.by_buyers else f"no buyer brought {it} up"
        said = f" What they said: {', '.join(f'{one} ({n})' for one, n in item.said[:3])}." if item.said else ""
        yield f"{what} in {item.rate.numerator} of {words.plural(item.rate.denominator, 'conversation')} ({words.percent(item.rate.share)}, {words.interval(item.rate)}); {who}.{said}"
    yield from gap_sentences(report)


def gap_sentences(report: MaterialReport) -> Iterator[str]:
    """How many conversations show a gap, and about what."""
    rate = report.gap_rate
    if not rate.numerator:
        yield "No buyer was heard to say that something had not been told, or wrongly."
        return
    yield f"In {rate.numerator} of {words.plural(rate.denominator, 'conversation')} a buyer seems not to have been told something, or wrongly ({words.percent(rate.share)}, {words.interval(rate)})."
    for group in report.gaps[:3]:
        if group.about:
            yield f"{group.kind.capitalize()}, about “{group.about}”: {words.plural(group.conversations, 'conversation')} of {words.plural(group.accounts, 'account')}."


def _items(key: str, title: str, items: tuple[Item, ...]) -> Table:
    columns = (
        Column("Material"), Column("Name"), *rated("Share", count="Conversations", of="Of"),
        Column("Brought up by buyers", "count"),
        Column("Accounts", "count"), Column("What buyers said"), Column("Stages", detail=True),
    )  # fmt: skip
    rows = tuple(
        (
            item.kind.capitalize(), item.name, *rate_cells(item.rate), item.by_buyers, item.accounts,
            "; ".join(f"{what} ({n})" for what, n in item.said),
            "; ".join(f"{stage} ({n})" for stage, n in item.stages),
        )
        for item in items
    )  # fmt: skip
    return Table(key, title, columns, rows)


def _gaps(report: MaterialReport) -> Table:
    columns = (Column("Gap"), Column("About"), Column("Conversations", "count"), Column("Accounts", "count"))
    rows = tuple((g.kind.capitalize(), g.about or "no theme", g.conversations, g.accounts) for g in report.gaps)
    return Table("gaps", "Gaps", columns, rows)


def _gap_quotes(report: MaterialReport) -> tuple[Quoted, ...]:
    return tuple(quote_of(group.found[0]) for group in report.gaps[:MOST_QUOTES])
