"""The trend report as documents: Markdown, one HTML file that needs nothing else, and PDF."""

import json
import re
from functools import cache
from importlib.resources import files

from api import charts, words
from api.exports import tables
from api.rendering import environment
from pipelines.report import Row, TrendReport

MOST_CHARTED = 6
HEADERS = ("Theme", "Share", "Of", "95 % interval", "Change in points", "Verdict", "Accounts")


def markdown_bytes(report: TrendReport) -> bytes:
    headers = _headers(report)
    lines = [f"# {_escaped(tables.title(report))}", ""]
    lines += [f"- {name}: {_escaped(value)}" for name, value in tables.about(report)]
    lines += ["", f"| {' | '.join(headers)} |", f"|{'|'.join('---' if h in TEXTS else '---:' for h in headers)}|"]
    lines += [f"| {' | '.join(map(_escaped, cells(report, row)))} |" for row in report.rows]
    return "\n".join([*lines, "", *(f"- {note}" for note in tables.NOTES), ""]).encode()


def html_bytes(report: TrendReport) -> bytes:
    """A page with its style and chart inside: it can be sent by mail and opened anywhere."""
    template = environment().get_template("export.html")
    return template.render(**_content(report), chart=charts.svg(_chart(report)) if report.rows else "").encode()


def pdf_bytes(report: TrendReport) -> bytes:
    """Typst sets the page; the texts reach it as data, so nothing that a customer wrote is ever markup."""
    import typst

    inputs = {"report": json.dumps(_content(report)), "chart": charts.svg(_chart(report)) if report.rows else ""}
    return typst.compile(_template(), format="pdf", sys_inputs=inputs)


TEXTS = frozenset({"Theme", "Verdict"})


def cells(report: TrendReport, row: Row) -> list[str]:
    """One row of the table in words, parallel to the headers."""
    trend = row.trend
    verdict = f"{words.VERDICTS[trend.verdict]} ({trend.reason})" if trend.reason else words.VERDICTS[trend.verdict]
    return [
        row.name, *([row.split or "unknown"] if report.by else []), words.percent(trend.current.share),
        f"{trend.current.numerator:,} of {trend.current.denominator:,}", words.interval(trend.current),
        words.change(trend.change).replace(" points", ""), verdict, str(trend.accounts),
    ]  # fmt: skip


def _headers(report: TrendReport) -> list[str]:
    return [HEADERS[0], *([words.field(report.by)] if report.by else []), *HEADERS[1:]]


def _content(report: TrendReport) -> dict:
    return {
        "title": tables.title(report), "about": tables.about(report), "headers": _headers(report),
        "rows": [cells(report, row) for row in report.rows], "notes": list(tables.NOTES),
        "date": report.as_of.isoformat(),
    }  # fmt: skip


def _chart(report: TrendReport) -> dict:
    return charts.themes(report, report.rows[:MOST_CHARTED], width=720)


def _escaped(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    return re.sub(r"([\\`*_{}\[\]<>|#~!])", r"\\\1", " ".join(text.split()))


@cache
def _template() -> bytes:
    return (files("api") / "exports" / "report.typ").read_bytes()
