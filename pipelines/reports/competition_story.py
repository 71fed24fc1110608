"""The competition report in plain sentences made from its numbers: what is there, what moved, what to look at."""

from collections.abc import Sequence
from urllib.parse import urlencode

from insights import wording
from insights.rivalry import FEWEST_CLOSED, STANDING
from pipelines.reports.competition import NO_DECISION, YOURSELF
from pipelines.reports.competition_figures import Competition, Stand, Voice, Wins

STATES = {
    "incumbent": "in use there today", "evaluating": "being evaluated", "past": "used in the past",
    "switching_from": "being left", "switching_to": "being moved to", "comparison": "only compared with",
    "mention": "only mentioned", "not named": "not named yet",
}  # fmt: skip
ASPECTS = {
    "price": "price", "ease": "ease of use", "speed": "speed", "reliability": "reliability", "security": "security",
    "features": "features", "support": "support", "": "in general",
}  # fmt: skip
SIDES = {
    "buyer": "The buyer", "seller": "Our rep", "reported": "In a rep's note", "unknown": "Not known who",
}  # fmt: skip
MOST_LISTED, MOST_NAMED = 3, 6


def summary(report: Competition) -> list[str]:
    """The story in order: who is there, what moved, how deals end beside them."""
    return [line for line in (*presence(report), *movement(report), *endings(report)) if line]


def presence(report: Competition) -> list[str]:
    if report.time is None:
        return ["No conversation has a usable date, so nothing can be said over time."]
    vendors = [v for v in report.voices if v.vendor]
    if not vendors:
        return ["No vendor of the catalogue is named in these conversations."]
    now = sorted(vendors, key=lambda v: -v.row.trend.current.numerator)
    top, total = now[0], report.named
    lines = []
    if total and top.row.trend.current.numerator:
        # With a competitor chosen the others are not there to be compared with, so nobody is "named most".
        chosen = bool(report.filters.competitor)
        lines += [_named(v, total, most=not chosen) for v in (now[:MOST_LISTED] if chosen else now[:1])]
    lines += [_voice(v) for v in now if v.row.trend.verdict in ("new", "rising", "falling", "gone")]
    steady = [v.name for v in now if v.row.trend.verdict == "steady"]
    if steady:
        verb = "is" if len(steady) == 1 else "are"
        lines.append(
            f"{_joined(steady)} {verb} named about as often as before: a change of 10 points or more is ruled out."
        )
    return lines


def _named(voice: Voice, total: int, *, most: bool) -> str:
    heard = voice.row.trend.current
    among = (
        f"{heard.numerator} of the {total:,} conversations that name"
        if heard.numerator < total
        else f"all {total:,} conversations that name"
        if total > 1
        else "the one conversation that names"
    )
    return f"{voice.name} is named {'most: ' if most else ''}in {among} any alternative, {wording.percent(heard.share)} of all {wording.number(heard.denominator)} ({wording.interval(heard)})."


def _joined(names: Sequence[str]) -> str:
    """ "A", "A and B", "A, B and C"; the first few of many."""
    shown = list(names[:MOST_NAMED])
    if len(names) > MOST_NAMED:
        return f"{', '.join(shown)} and {len(names) - MOST_NAMED} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else shown[0]


def _voice(voice: Voice) -> str:
    t = voice.row.trend
    shares = (
        f"{wording.percent(t.previous.share)} to {wording.percent(t.current.share)} of {wording.number(t.current.denominator)} conversations, "
        f"{wording.change(t.change)}"
    )
    match t.verdict:
        case "new":
            return (
                f"{voice.name} is new: first named on {wording.day(voice.first)}, since then in "
                f"{wording.plural(t.current.numerator, 'conversation')} of {wording.plural(t.accounts, 'account')}."
            )
        case "gone":
            return f"{voice.name} was not named any more: {shares}."
    return f"{voice.name} is named {'more' if t.verdict == 'rising' else 'less'} often: {shares}."


def movement(report: Competition) -> list[str]:
    moved = [s for s in report.stands if s.trend.verdict in ("rising", "falling", "new", "gone")]
    lines = []
    for rival in dict.fromkeys(s.rival for s in moved):
        mine = sorted((s for s in moved if s.rival == rival), key=lambda s: s.trend.change.difference or 0)
        lines.append(f"How {rival} stands has moved: {'; '.join(map(_stand, mine))}.")
    if report.time and not lines:
        lines.append("How the rivals stand in the deals that name them shows no change that is certain.")
    return lines


def _stand(s: Stand) -> str:
    t = s.trend
    text = (
        f"{STATES[s.state]} in {t.current.numerator} of {t.current.denominator} deals that name it, before in "
        f"{t.previous.numerator} of {t.previous.denominator}"
    )
    up = (t.change.difference or 0) > 0
    closed = s.won + s.lost
    if not (up and closed and s.lost):
        return text
    lost = f"{s.lost} of the {closed}" if s.lost < closed else wording.every(closed) if closed > 1 else "the only one"
    return f"{text} ({lost} that {'are' if closed > 1 else 'is'} closed {'are' if s.lost > 1 else 'is'} lost)"


def endings(report: Competition) -> list[str]:
    if report.filters.outcome:
        return [
            f"Only deals that are {report.filters.outcome.replace(',', ' or ')} are shown, so a win rate says nothing here: take the filter on the "
            "outcome off to see them."
        ]
    if not report.closed:
        return ["No deal says whether it was won or lost, so there is no win rate. Upload the CRM's outcome column."]
    lines = [win(w, report) for w in report.wins if w.vendor and w.rate.says in ("lower", "higher", "shared")]
    few = [w for w in report.wins if w.vendor and w.rate.says == "too few"]
    if few:
        names = ", ".join(f"{w.name} ({w.rate.more} more needed)" if w.rate.more else w.name for w in few[:MOST_LISTED])
        lines.append(f"Too few closed deals for a word on {names}.")
    if report.lost:
        lines.append(
            f"{report.lost_silent} of {wording.plural(report.lost, 'lost deal')} {'names' if report.lost == 1 else 'name'} no rival at all: "
            "lost to no decision, or to somebody nobody mentioned."
        )
    return [*lines, over(report)] if lines else []


def over(report: Competition) -> str:
    """Which deals the win rates are of, and of what time."""
    when = (
        f" from {wording.day(report.first)} to {wording.day(report.last)}"
        if report.first
        else ", none of which has a day"
    )
    return f"Won and lost is told of {wording.plural(report.closed, 'closed deal')} with conversations{when}, not of the two windows alone."


def win(w: Wins, report: Competition) -> str:
    """One rival's win rate and what may be said of it."""
    r = w.rate.rate
    base = report.without
    text = (
        f"Deals that name {w.name} were won in {r.numerator} of {r.denominator} ({wording.percent(r.share)}, {wording.interval(r)}), "
        f"those that name no rival in {base.numerator} of {base.denominator} ({wording.percent(base.share)}, {wording.interval(base)})"
    )
    if w.rate.says == "shared":
        a = w.rate.alone
        return f"{text}; but many of them name other rivals too. Where {w.name} is named alone it is {a.numerator} of {a.denominator}: too few to tie it to {w.name}."
    return f"{text}: they go together, which does not say that one causes the other."


def said_of_win(w: Wins) -> str:
    """A few words for the table's verdict column."""
    match w.rate.says:
        case "too few":
            return (
                f"Too few to say: {wording.plural(w.rate.more, 'more closed deal')}"
                if w.rate.more
                else "Too few to say"
            )
        case "lower":
            return "Lower than without a rival"
        case "higher":
            return "Higher than without a rival"
        case "shared":
            return "Lower, not certain alone" if (w.rate.against.difference or 0) < 0 else "Higher, not certain alone"
    return "No certain difference"


def to_do(report: Competition) -> list[tuple[str, str]]:
    """What to look at next: (sentence, what it opens): a key of the evidence, a rival's name, an address, or "" for
    nothing."""
    found: list[tuple[str, str]] = []
    for s in report.stands:
        if s.trend.verdict in ("rising", "new") and s.state in STANDING and s.lost:
            found.append((f"Read the deals in which {s.rival} is {STATES[s.state]}: {s.lost} of them are lost.", s.key))
    if report.filters.competitor:
        found.append((
            f"Read what is objected to in the conversations that name {report.filters.competitor}.",
            f"/reports/objections?{urlencode({'beside': report.filters.competitor})}",
        ))  # fmt: skip
    for v in report.voices:
        if v.vendor and v.row.trend.verdict == "new":
            found.append((f"Give the reps an answer to {v.name}: it is new, and this is how it is spoken of.", v.name))
    if report.lost_silent:
        found.append((
            f"Ask the reps who won the {wording.plural(report.lost_silent, 'lost deal')} that {'names' if report.lost_silent == 1 else 'name'} nobody.", "",
        ))  # fmt: skip
    if report.proposals:
        names = ", ".join(name for name, _, _ in report.proposed[:MOST_LISTED])
        found.append((
            f"Decide about {wording.plural(report.proposals, 'name')} that the catalogue lacks ({names}"
            f"{', …' if report.proposals > MOST_LISTED else ''}).", "/competitors#proposed",
        ))  # fmt: skip
    return found


NOTES = (
    "A deal is known by its number or name in the CRM; without either, an account's conversations are one deal. Its outcome is the "
    "newest that its conversations say, whatever filter is set.",
    "The state of a deal is the latest telling relation; a comparison or plain mention takes nothing back. Where one "
    "conversation tells two, the more telling is taken and the conflict is listed.",
    f"A win rate needs {FEWEST_CLOSED} closed deals on both sides. Open deals are in no rate.",
    "Intervals are 95 % (Wilson; Newcombe for differences), widened because an account's conversations are alike. Within "
    "a table of verdicts at most one in ten is expected to be false (Benjamini and Hochberg).",
    f"{YOURSELF} and {NO_DECISION.lower()} are no vendors. The first stands for spreadsheets, in-house tools, paper, agencies; "
    "the second for objections of the status quo, and has no share of the naming conversations.",
    "What goes together is not shown to be a cause.",
)
