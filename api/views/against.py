"""What a report shows of two groups side by side: what can be chosen, what was, and what differs."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlite_utils import Database

from api.views.bars import Bar
from api.wording import words
from api.wording.words import link
from pipelines.report import TrendReport
from pipelines.reports import groups
from pipelines.reports.groups import Against

NOTE = (
    "{scope}, filters held but for the field compared. A difference is told where it is unlikely to be chance over "
    "all themes together and three accounts stand behind it. These two groups alone are compared here: a table by the same "
    "field holds each group against all the others, which is another question with another answer. "
    "The groups differ in other things too: it is no cause."
)
SCOPES = {"": "The current window", "all": "All conversations"}
SAYS = {"alike": "No difference of 10 points", "too few": "Too few to say"}


@dataclass(frozen=True, slots=True)
class AgainstPart:
    """`offers` are fields with their values, as (address value, words). `this` and `that` are chosen values, "" for
    none, `over` a key of SCOPES; `problem` says why they cannot be compared."""

    offers: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    this: str
    that: str
    over: str
    found: Against | None
    problem: str = ""


def part(db: Database, report: TrendReport | None, bar: Bar, this: str, that: str, over: str = "") -> AgainstPart:
    """`this`, `that` ("field:value") and `over` (a key of SCOPES, else the current window) are as the address has
    them."""
    over = over if over in SCOPES else ""
    fields = [choice for choice in bar.choices if groups.comparable(choice.name) and len(choice.options) > 1]
    offers = tuple(
        (choice.label, tuple((f"{choice.name}:{value}", text) for value, text in choice.options)) for choice in fields
    )
    if report is None or not (this and that):
        return AgainstPart(offers, this, that, over, None, "Choose what to compare it with." if this or that else "")
    known = {value for _, options in offers for value, _ in options}
    by, _, one = this.partition(":")
    other_by, _, other = that.partition(":")
    problem = ""
    if not {this, that} <= known:
        problem = "One of the two is not known here. Choose both from the lists."
    elif by != other_by:
        problem = f"Choose two values of one field: {words.field(by)} and {words.field(other_by)} cannot be held side by side."
    elif one == other:
        problem = "These are the same. Choose two that differ."
    if problem:
        return AgainstPart(offers, this, that, over, None, problem)
    return AgainstPart(offers, this, that, over, groups.against(db, report, by, one, other, whole=over == "all"))


def note(found: Against) -> str:
    """How to read the comparison."""
    return NOTE.format(scope=SCOPES["all" if found.whole else ""])


def said(found: Against, says: str) -> str:
    """What can be said of a line, in words."""
    names = words.value(found.by, found.one), words.value(found.by, found.other)
    return {"more": f"More in {names[0]}", "less": f"More in {names[1]}"}.get(says) or SAYS[says]


def silence(found: Against) -> str:
    """What to say where a group has no conversation; "" where both have some."""
    names = [words.value(found.by, value) for value in found.silent]
    among = "" if found.whole else " in the current window"
    if len(names) == 2:
        return f"Neither {names[0]} nor {names[1]} has a conversation{among}."
    return f"{names[0]} has no conversation{among}, so there is nothing to hold against it." if names else ""


def quotes(found: Against, theme_id: int, value: str) -> str:
    """The address of the quotes that a figure counts."""
    mine: Mapping[str, object] = {"kind": None, "theme": theme_id, found.by: value}
    return link("/quotes", found.filters.active, **mine)
