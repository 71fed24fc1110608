"""What the notebooks share: the database, opened so that nothing can be written to it, and one way to draw a share.

Blue and orange are told apart with every common kind of colour blindness (Okabe and Ito 2008), and no figure rests on
colour alone: what a mark means is written beside it. An interval is always drawn with its share.
"""

import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from sqlite_utils import Database

from insights import wording
from insights.sampling import Rate
from insights.trends import Change
from pipelines.settings import Settings
from pipelines.store import connect_to_read

BLUE, ORANGE, INK, SOFT, LINE = "#0072b2", "#d55e00", "#1d1f23", "#62666d", "#dcddda"
WIDTH = 8.0  # inches; at 90 dots an inch a figure fits beside text

mpl.rcParams.update(
    {
        "figure.dpi": 90, "savefig.dpi": 90, "savefig.bbox": "tight", "figure.facecolor": "white", "font.family": "DejaVu Sans",
        "font.size": 9.5, "text.color": INK, "axes.labelcolor": SOFT, "axes.edgecolor": LINE, "axes.spines.top": False,
        "axes.spines.right": False, "axes.titlesize": 11, "axes.titleweight": "bold", "axes.titlelocation": "left",
        "axes.titlepad": 12, "xtick.color": SOFT, "ytick.color": INK, "xtick.bottom": False, "ytick.left": False,
        "grid.color": LINE, "grid.linewidth": 0.7, "axes.axisbelow": True,
    }
)  # fmt: skip


def open_database(file: Path | str = "") -> Database:
    """The database of your settings (PARLEY_HOME, PARLEY_DATABASE), or `file`; SQLite refuses every write to it."""
    return connect_to_read(file or Settings().database_file)


def rows_of(title: str, count: int) -> Axes:
    """Axes for `count` rows from top to bottom, with shares from left to right."""
    _, ax = plt.subplots(figsize=(WIDTH, 0.9 + 0.36 * count))
    ax.set_title(title, x=0)
    ax.set_ylim(count - 0.4, -0.6)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x")
    return ax


def short(name: str, width: int = 40) -> str:
    return textwrap.shorten(name, width, placeholder=" …")


def shares(
    title: str, rates: Sequence[tuple[str, Rate]], *, marked: Sequence[str] = (), of: str = "conversations"
) -> Axes:
    """A dot for each share with its 95 % interval, and its count beside it; names in `marked` are drawn in orange."""
    ax = rows_of(title, len(rates))
    for n, (name, rate) in enumerate(rates):
        if rate.share is None or rate.low is None or rate.high is None:
            continue
        colour = ORANGE if name in marked else BLUE
        ax.hlines(n, 100 * rate.low, 100 * rate.high, color=colour, lw=2.2, alpha=0.55)
        ax.plot(100 * rate.share, n, "o", color=colour, ms=6)
        ax.annotate(f"{rate.numerator} of {rate.denominator}", (100 * rate.high, n), (6, 0), textcoords="offset points",
                    va="center", fontsize=8, color=SOFT)  # fmt: skip
    ax.set_yticks(range(len(rates)), [short(name) for name, _ in rates])
    ax.set_xlim(left=0)
    ax.set_xlabel(f"% of {of}, with 95 % interval")
    return ax


def differences(title: str, found: Sequence[tuple[str, Change, str]]) -> Axes:
    """Changes in percentage points with their intervals, their verdict beside each; grey where nothing is claimed."""
    ax = rows_of(title, len(found))
    ax.axvline(0, color=SOFT, lw=1)
    for n, (_, change, verdict) in enumerate(found):
        if change.difference is None or change.low is None or change.high is None:
            continue
        colour = {"rising": ORANGE, "new": ORANGE, "falling": BLUE, "gone": BLUE}.get(verdict, "#8d9097")
        ax.hlines(n, 100 * change.low, 100 * change.high, color=colour, lw=2.2, alpha=0.55)
        ax.plot(100 * change.difference, n, "o", color=colour, ms=6)
        ax.annotate(
            verdict, (100 * change.high, n), (6, 0), textcoords="offset points", va="center", fontsize=8, color=colour
        )
    ax.set_yticks(range(len(found)), [short(name) for name, _, _ in found])
    ax.set_xlabel("change in percentage points, with 95 % interval")
    return ax


def over_time(ax: Axes, labels: Sequence[str], series: Sequence[Rate], *, name: str, colour: str = BLUE) -> None:
    """A share by period with its interval as a band, named at its end. `labels` runs parallel to `series`."""
    at = [n for n, rate in enumerate(series) if rate.share is not None]
    middle = [100 * (series[n].share or 0.0) for n in at]
    ax.fill_between(
        at,
        [100 * (series[n].low or 0) for n in at],
        [100 * (series[n].high or 0) for n in at],
        color=colour,
        alpha=0.16,
        lw=0,
    )
    ax.plot(at, middle, "o-", color=colour, lw=1.8, ms=4)
    if at:
        ax.annotate(
            short(name, 28),
            (at[-1], middle[-1]),
            (8, 0),
            textcoords="offset points",
            va="center",
            color=colour,
            fontsize=8.5,
        )
    ax.set_xticks(
        range(len(labels)), labels, rotation=0 if len(labels) < 8 else 45, ha="center" if len(labels) < 8 else "right"
    )
    ax.set_ylim(bottom=0)
    ax.grid(axis="y")
    ax.set_ylabel("% of conversations")


def told(rate: Rate) -> str:
    """ "12 of 66 (18 %, 11 % to 29 %)"."""
    return f"{rate.numerator} of {rate.denominator} ({wording.percent(rate.share)}, {wording.interval(rate)})"


def quoted(words: str, source: str) -> None:
    """Print a quote, wrapped, with where it is from."""
    said = textwrap.fill(f"“{words}”", 100, subsequent_indent=" ")
    sys.stdout.write(f"{said}\n    – {source}\n\n")
