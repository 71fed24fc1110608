"""Signals, and who raised a theme, as Documents: tables for a CRM or a lead-scoring tool. No customer's words are in
them."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from api.documents.outcomes import STANDINGS, odds
from api.documents.parts import filtered
from api.exports.document import Column, Document, Section, Table, rate_cells, rated
from api.wording import words
from insights.signals import Signal
from pipelines.sales.account_lists import Campaign
from pipelines.sales.signals import Definition, Signals
from pipelines.store.account_ids import KnownAs, crm_id
from pipelines.store.filters import Filters
from pipelines.store.themes import Theme

ENDS = {
    "answered": "answered", "not heard again": "not heard again", "past": "in the past", "won": "deal won",
    "lost": "deal lost", "gone": "its grounds are gone",
}  # fmt: skip
METHOD = (
    "Notes rarely say what was answered: a signal that only notes tell of says so, and may have been answered without being written down.",
    "What came last on a subject decides. Whether a deal is silent, and its days in files, are counted to the newest conversation that is known, so that a late upload makes no silence; pages and call lists count the days to today.",
    "A deal that was closed, and that a later conversation calls open, is open again; how it ended before stays among the closed deals.",
    "Odds of losing compare closed deals that showed a signal at some time with those that never did, among deals alike; all signals are "
    "tested together (Benjamini and Hochberg, at most one in ten expected to be false). What goes together is not shown to cause anything.",
    "Which account of the CRM it is, an upload’s column that names one alone tells, the newest first; else a CRM export, by the account’s name; else it "
    "stays empty.",
    "With fewer than ten closed deals on either side, or fewer than five won or lost, nothing is said of the outcome: do not score by it.",
)


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which of the open signals a file is about: a type, a state, an account by its id or by a part of its name; "" is
    any."""

    type: str = ""
    state: str = ""
    account_id: str = ""
    name: str = ""

    def fits(self, one: Signal) -> bool:
        named = self.name.casefold().strip() in one.account_name.casefold()
        pairs = ((self.type, one.type), (self.state, one.state), (self.account_id, one.account_id))
        return named and all(wanted in ("", there) for wanted, there in pairs)

    @property
    def told(self) -> tuple[tuple[str, str], ...]:
        sort = words.human(": ".join(part for part in (self.type, self.state) if part))
        found = (("What is open", sort), ("Account", self.account_id), ("Account with", self.name))
        return tuple((name, value) for name, value in found if value)


EVERYTHING = Chosen()


def document(report: Signals, filters: Filters, *, chosen: Chosen = EVERYTHING, base: str = "") -> Document:
    """The open signals that are chosen, then what the signals mean and go with. `base` is this server's address, with
    which what can be looked at is told in full."""
    kept = tuple(one for one in report.open if chosen.fits(one))
    open_ = Section("What is open", (), _signals(kept, report.known, base.rstrip("/")))
    meaning = Section("What the signals mean, and what they go with", (), _definitions(report))
    return Document(
        title="Signals of accounts and deals", stem=f"parley-signals-{report.as_of}", day=report.as_of,
        about=(
            ("As of", words.day(report.as_of)), ("Open signals", words.number(len(kept))),
            ("Closed deals", f"{report.won} won, {report.lost} lost"), ("Filters", filtered(filters)), *chosen.told,
        ),
        summary=tuple(sentences(report, kept)), sections=(open_, meaning), notes=(*METHOD, *left_out(report)),
    )  # fmt: skip


def sentences(report: Signals, shown: Sequence[Signal]) -> Iterator[str]:
    """What is open among those that are shown, and what goes with losing or winning beyond chance."""
    if not shown:
        yield "No open deal has an open signal." if not report.open else "No open signal matches what was chosen."
    else:
        # The first named are those that stand first among the definitions.
        titles = {one.title: 0 for one in report.definitions} | Counter(one.title for one in shown)
        most = sorted(((title, n) for title, n in titles.items() if n), key=lambda one: -one[1])[:3]
        deals = len({one.deal for one in shown})
        yield f"{words.plural(len(shown), 'signal')} {'is' if len(shown) == 1 else 'are'} open in {words.plural(deals, 'deal')}; most often {', '.join(f'“{title}” ({n})' for title, n in most)}."
        if unnamed := len({one.deal for one in shown if not one.account_name}):
            yield f"{words.number(unnamed)} of these deals {'names' if unnamed == 1 else 'name'} no account and {'is' if unnamed == 1 else 'are'} in no list of accounts and no call list."
    sure = [one for one in report.definitions if one.association.standing in ("lost more", "won more")]
    for one in sure:
        yield f"“{one.title}”: {goes_with(one)}."
    few = sum(one.association.standing == "too few" for one in report.definitions)
    if not report.won or not report.lost:
        yield "No deal is known to be won and none lost, so nothing can be said of how signals go with outcomes."
    elif not sure:
        yield f"None of the signals goes with losing or winning beyond chance; for {few} of {len(report.definitions)} the closed deals are too few to say."


def goes_with(one: Definition) -> str:
    """How a signal goes with the outcome, in words."""
    a = one.association
    if a.standing == "too few":
        return (
            f"too few closed deals to say ({words.number(a.needed)} more needed)"
            if a.needed
            else "too few closed deals to say"
        )
    told = {"lost more": "deals with it were lost more often", "won more": "deals with it were won more often"}
    ratio = f"odds of losing {odds(a.odds.ratio)} times ({odds(a.odds.low)} to {odds(a.odds.high)})"
    return f"{told.get(a.standing, 'no association seen')}, {ratio}"


def path(signal: Signal) -> str:
    """Where a signal can be looked at: the account's page, at the signal."""
    return f"/accounts/{signal.account_id}#s-{signal.id}"


def _signals(signals: tuple[Signal, ...], known: Mapping[str, KnownAs], base: str) -> Table:
    columns = (
        Column("Account"), Column("Signal"), Column("About"), Column("Since", "day"), Column("Heard last", "day"),
        Column("Conversations", "count"),
        Column("Days silent", "count"), Column("Only in notes"), Column("Usual pause", "count", detail=True),
        Column("Type", detail=True), Column("State", detail=True),
        Column("Signal id", detail=True), Column("Account id", detail=True), Column("Deal id", detail=True),
        Column("Address", detail=True),
        Column("Newest quote", detail=True), Column("CRM deal", detail=True), Column("CRM account id", detail=True),
    )  # fmt: skip
    rows = tuple(
        (
            one.account_name, one.title, about(one), one.since or None, one.last or None, one.heard or None, one.days,
            "yes" if one.noted else "",
            one.usual, one.type,
            one.state, one.id, one.account_id, one.deal_id, base + path(one),
            f"{base}/quotes/{one.evidence[0]}" if one.evidence else "",
            crm_deal(one.deal), crm_id(known, one.account),
        )
        for one in signals
    )  # fmt: skip
    return Table("signals", "What is open", columns, rows)


def crm_deal(key: str) -> str:
    """What a deal is called in the CRM that an upload came from; "" where no upload had that."""
    return key.removeprefix("id:").removeprefix("deal:") if key.startswith(("id:deal:", "id:006")) else ""


def about(signal: Signal) -> str:
    """What a signal is about, in words: a theme, a label, a rival."""
    return words.label(signal.name) if signal.subject.startswith("label:") else signal.name


def _definitions(report: Signals) -> Table:
    columns = (
        Column("Signal"), Column("What it means"), Column("Open", "count"), Column("With the outcome"),
        *rated("Lost with it", of="Deals with it"),
        *rated("Lost without", of="Deals without"), Column("Odds of losing", "ratio"),
        Column("Odds low", "ratio"), Column("Odds high", "ratio"), Column("q", "number", detail=True),
        Column("Deals still needed", "count", detail=True),
        Column("Type", detail=True), Column("State", detail=True),
    )  # fmt: skip
    rows = tuple(
        (
            one.title, one.meaning, one.open, STANDINGS[a.standing], *rate_cells(a.with_it), *rate_cells(a.without),
            a.odds.ratio if a.standing != "too few" else None, a.odds.low if a.standing != "too few" else None,
            a.odds.high if a.standing != "too few" else None, a.q, a.needed, one.type, one.state,
        )
        for one in report.definitions
        for a in (one.association,)
    )  # fmt: skip
    return Table("definitions", "What the signals mean", columns, rows)


def campaign(found: Campaign, theme: Theme, day: str, *, base: str = "") -> Document:
    """Who raised a theme and may be written to, as far as the uploads say. `base` is this server's address."""
    columns = (
        Column("Account"), Column("Contact"), Column("Job title"), Column("Persona"), Column("Stage"), Column("Deal"),
        Column("Conversations", "count"),
        Column("First heard", "day"), Column("Last heard", "day"), Column("Consent"), Column("Account id", detail=True),
        Column("Address", detail=True), Column("CRM account id", detail=True),
    )  # fmt: skip
    rows = tuple(
        (
            one.account, one.contact, one.job_title, words.value("persona", one.persona) if one.persona not in ("", "unknown") else "",
            one.stage, words.value("outcome", one.outcome or "open"), one.conversations, one.first or None, one.last or None,
            "yes" if one.consent else "not known", one.account_id,
            f"{base.rstrip('/')}/conversations/{one.conversation}", one.crm_account_id,
        )
        for one in found.people
    )  # fmt: skip
    table = Table("accounts", "Accounts", columns, rows)
    return Document(
        title=f"Who raised “{theme.name}”", stem=f"parley-raised-{theme.id}-{day}", day=day,
        about=(("Theme", theme.name), ("Accounts", words.number(found.accounts)), ("Left out", words.number(found.refused)), ("Filters", filtered(found.filters))),
        summary=tuple(campaign_sentences(found)), sections=(Section("Accounts", (), table),),
    )  # fmt: skip


def campaign_sentences(found: Campaign) -> Iterator[str]:
    """How many there are, who was left out, and what is not known."""
    if not found.people:
        yield "Nobody who may be written to has raised it."
    else:
        there = sum(bool(one.contact) for one in found.people)
        yield f"{words.plural(there, 'contact')} of {words.plural(found.accounts, 'account')} raised it."
        if nameless := len(found.people) - there:
            whose = f"{words.plural(nameless, 'account')} {'has' if nameless == 1 else 'have'}"
            yield f"{whose} conversations that name no contact: a row each."
    if found.columns:
        named = ", ".join(f"“{words.human(name)}”" for name in found.columns)
        left = f"{words.plural(found.refused, 'contact')} said no and {'is' if found.refused == 1 else 'are'} left out"
        whole = (
            f", {words.plural(found.refused_accounts, 'account')} with them entirely" if found.refused_accounts else ""
        )
        yield f"By {named} {left if found.refused else 'nobody said no'}{whole if found.refused else ''}. Of {found.unknown} nothing is known: ask before you write."
    else:
        yield "No upload has a column on consent (such as “Consent”, “Do not contact”, “Email opt out”), so whether anybody may be written to is not known here."
    if found.unnamed:
        yield f"{words.plural(found.unnamed, 'further conversation')} {'names' if found.unnamed == 1 else 'name'} no account."


def left_out(report: Signals) -> Iterator[str]:
    """How many objections are in no signal because the finder doubts them and nothing bears them out."""
    if report.left_out:
        yield (
            f"{words.plural(report.left_out, 'objection')} that came up in one conversation of a deal and {'was' if report.left_out == 1 else 'were'} "
            f"found with doubt {'is' if report.left_out == 1 else 'are'} in no signal, and {'stands' if report.left_out == 1 else 'stand'} among the quotes."
        )
