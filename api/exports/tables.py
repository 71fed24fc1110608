"""A trend report as flat rows and sentences that every file format shares."""

from api import words
from insights.trends import Rate
from pipelines.report import Row, TrendReport

Cell = str | int | float | None

NOTES = (
    "A share is the number of conversations that carry a theme, divided by all conversations that match the filters.",
    "Intervals are 95 % intervals (Wilson), widened because conversations of one account are alike.",
    "A verdict needs a change that is unlikely to be chance (5 %), with at most one in ten verdicts expected to be false "
    "over all themes tested (Benjamini and Hochberg), and at least three accounts behind it.",
    "Too few to say: there are not enough conversations to see a change of 10 points.",
)


def title(report: TrendReport) -> str:
    by = f" by {words.field(report.by).lower()}" if report.by else ""
    return f"{words.PLURALS[report.kind].capitalize()}{by}, {words.span(report.current)}"


def about(report: TrendReport) -> list[tuple[str, str]]:
    """What the figures are about: name and value, in reading order."""
    lines = [("Compared", words.windows(report)), ("Conversations with a date", words.number(report.conversations))]
    if report.undated:
        lines.append(("Without a date, in no period", words.number(report.undated)))
    if report.rows and not report.by:
        trend = report.rows[0].trend
        lines.append(
            ("In the two windows", f"{trend.current.denominator:,} and {trend.previous.denominator:,} conversations")
        )
    filters = "; ".join(f"{words.field(name)}: {value}" for name, value in report.filters.active.items())
    return [*lines, ("Filters", filters or "none"), ("As of", report.as_of.isoformat())]


def columns(report: TrendReport) -> list[str]:
    """Headers of `row`: shares are in [0, 1], changes too."""
    fixed = ["theme_id", "theme", "label", *([report.by] if report.by else []), "verdict", "reason"]
    for window in ("current", "previous", "year_ago"):
        fixed += [f"{window}_share", f"{window}_with", f"{window}_of", f"{window}_low", f"{window}_high"]
    fixed += ["change", "change_low", "change_high", "q_value", "accounts", "quotes", "conversations_needed"]
    return fixed + [f"{period.label} {part}" for period in report.periods for part in ("share", "with", "of")]


def row(report: TrendReport, row: Row) -> list[Cell]:
    trend, change = row.trend, row.trend.change
    cells: list[Cell] = [
        row.theme_id,
        row.name,
        row.label,
        *([row.split] if report.by else []),
        trend.verdict,
        trend.reason,
    ]
    for rate in (trend.current, trend.previous, row.year_ago):
        cells += [*_counts(rate), *(_short(v) for v in ((rate.low, rate.high) if rate else (None, None)))]
    cells += [_short(v) for v in (change.difference, change.low, change.high, change.q)]
    cells += [trend.accounts, row.insights, trend.needed]
    return cells + [cell for rate in row.series for cell in _counts(rate)]


def _counts(rate: Rate | None) -> list[Cell]:
    return [_short(rate.share), rate.numerator, rate.denominator] if rate else [None, None, None]


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
