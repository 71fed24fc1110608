"""The outcomes report: which themes go with losing, how long until they are answered, and whether they come back."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlite_utils import Database

from insights import deals, outcomes, persistence, sampling
from insights.outcomes import Association, Deal
from insights.persistence import Answering, Spell
from insights.records import Kind
from insights.sampling import Rate
from pipelines.report import segment_field
from pipelines.store import competition_rows, outcome_rows, themes
from pipelines.store.filters import Filters
from pipelines.store.outcome_rows import Talk
from pipelines.store.remembered import key_of, per_state, remembered

MOST_SEGMENTS = 12


@dataclass(frozen=True, slots=True)
class Persistence:
    """Of deals that raised a theme and had a later conversation: in how many it came back, and the same for those in
    which it had been answered at first and those in which it had not."""

    came_back: Rate
    after_answer: Rate
    without_answer: Rate


@dataclass(frozen=True, slots=True)
class Row:
    """A theme with what became of the deals that carry it."""

    theme_id: int
    name: str
    label: str
    deals: int
    association: Association
    answering: Answering
    persistence: Persistence


@dataclass(frozen=True, slots=True)
class OutcomeReport:
    """Closed deals against themes of one kind. `unknown` deals have no outcome that says won or lost, `disputed` ones
    have conversations that say both on their newest day. `held` names the fields held constant."""

    kind: Kind
    won: int
    lost: int
    unknown: int
    disputed: int
    held: tuple[str, ...]
    rows: tuple[Row, ...]
    filters: Filters
    since: str
    until: str


@per_state
def outcome_report(db: Database, filters: Filters, *, kind: Kind, today: date) -> OutcomeReport:
    """Judge every theme of a kind; a filter on the outcome itself would leave nothing to compare and is left aside."""
    filters = replace(filters, outcome="", kind="")
    segment = segment_field(db, most_values=MOST_SEGMENTS)
    # The deals are the same for every kind of theme.
    key = ("deals", key_of((filters, segment, today)))
    talks, by_deal, dated, closed, disputed = remembered(
        db, key, lambda: _deals(db, filters, segment, today), large=True
    )
    carried: dict[str, dict[str, bool]] = defaultdict(dict)
    for one in outcome_rows.raised(db, replace(filters, kind=kind)):
        carried[one.theme][one.conversation] = one.answered
    listed = [theme for theme in themes.active(db, kind) if str(theme.id) in carried]
    of = {talk.id: talk.deal for talk in talks}
    keys = [{of[c] for c in carried[str(theme.id)] if c in of} for theme in listed]
    place = {talk.id: n for n, talk in enumerate(talks)}
    raised = [_raised(talks, place, carried[str(theme.id)]) for theme in listed]
    rows = [
        Row(
            theme.id, theme.name, theme.label, len(mine), association,
            persistence.answering(_spells(dated, said, carried[str(theme.id)]) if kind != "competitor" else []),
            _persistence(dated, said, carried[str(theme.id)]),
        )
        for theme, mine, said, association in zip(listed, keys, raised, outcomes.associations(closed, keys), strict=True)
    ]  # fmt: skip
    lost = sum(deal.lost for deal in closed)
    days = [talk.day for talk in talks if talk.day]
    return OutcomeReport(
        kind, len(closed) - lost, lost, len(by_deal) - len(closed), disputed,
        (*((segment,) if segment else ()), "conversations"), tuple(sorted(rows, key=_rank)), filters,
        min(days, default=""), max(days, default=""),
    )  # fmt: skip


@per_state
def closed_deals(db: Database, filters: Filters, *, today: date) -> tuple[list[Deal], tuple[str, ...]]:
    """The closed deals that `outcome_report` compares, for whatever else they may carry; and what is held constant."""
    filters = replace(filters, outcome="", kind="")
    segment = segment_field(db, most_values=MOST_SEGMENTS)
    return _deals(db, filters, segment, today)[3], (*((segment,) if segment else ()), "conversations")


def _deals(
    db: Database, filters: Filters, segment: str, today: date
) -> tuple[list[Talk], Mapping[str, list[Talk]], Mapping[str, list[Talk]], list[Deal], int]:
    """The conversations, those of each deal, of these the ones with a day, the deals that are won or lost, and how many
    are said to be both."""
    talks = [t for t in outcome_rows.talks(db, filters, segment=segment) if t.day <= today.isoformat()]
    by_deal: dict[str, list[Talk]] = defaultdict(list)
    for talk in talks:
        by_deal[talk.deal].append(talk)
    dated = {key: [talk for talk in mine if talk.day] for key, mine in by_deal.items()}
    return talks, dict(by_deal), dated, *_closed(by_deal, competition_rows.outcomes(db))


@dataclass(frozen=True, slots=True)
class LostWith:
    """The lost deals that carry a theme: how many, of how many closed ones, and the ids of their quotes of it."""

    lost: int
    closed: int
    quotes: tuple[str, ...]
    conversations: int


@per_state
def lost_with(db: Database, filters: Filters, theme: int, *, today: date) -> LostWith:
    """What the share of lost deals with a theme was counted from, by the same rules as `outcome_report`."""
    filters = replace(filters, outcome="", kind="")
    talks = [t for t in outcome_rows.talks(db, filters) if t.day <= today.isoformat()]
    by_deal: dict[str, list[Talk]] = defaultdict(list)
    for talk in talks:
        by_deal[talk.deal].append(talk)
    lost = {deal.key: deal.lost for deal in _closed(by_deal, competition_rows.outcomes(db))[0]}
    of = {talk.id: talk.deal for talk in talks}
    found = [(one, talk) for one, talk in outcome_rows.quoted(db, filters, theme) if of.get(talk) in lost]
    mine = [(one, talk) for one, talk in found if lost[of[talk]]]
    closed = {of[talk] for _, talk in found}
    return LostWith(
        len({of[talk] for _, talk in mine}), len(closed), tuple(one for one, _ in mine), len({talk for _, talk in mine})
    )


def _closed(by_deal: Mapping[str, Sequence[Talk]], told: Sequence[tuple[str, str, str]]) -> tuple[list[Deal], int]:
    """The deals that are won or lost, by all that was `told` of them (deal, day, outcome), whatever the filters; and
    how many are said to be both on their newest day."""
    said: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for key, day, outcome in told:
        said[key].append((day, outcome))
    found, disputed = [], 0
    for key, talks in by_deal.items():
        one = deals.of_deal(said[key])
        if one:
            found.append(Deal(key, one == "lost", talks[0].account, talks[0].segment, len(talks)))
        disputed += not one and len({deals.closed(words) for _, words in said[key]} - {""}) == 2
    return found, disputed


def _raised(
    talks: Sequence[Talk], place: Mapping[str, int], carried: Mapping[str, bool]
) -> dict[str, list[Talk]]:  # fmt: skip
    """Per deal, the conversations with a day in which a theme was raised, in the order of their days."""
    found: dict[str, list[Talk]] = defaultdict(list)
    for n in sorted(place[one] for one in carried if one in place):
        if talks[n].day:
            found[talks[n].deal].append(talks[n])
    return found


def _spells(
    dated: Mapping[str, Sequence[Talk]], raised: Mapping[str, Sequence[Talk]], carried: Mapping[str, bool]
) -> list[Spell]:
    """Per deal, from the day a theme was first raised to the first day on which it was answered."""
    found = []
    for key in sorted(raised):
        answered = next((talk for talk in raised[key] if carried[talk.id]), None)
        end = answered or dated[key][-1]
        found.append(Spell((_day(end) - _day(raised[key][0])).days, answered is not None))
    return found


def _persistence(
    dated: Mapping[str, Sequence[Talk]], raised: Mapping[str, Sequence[Talk]], carried: Mapping[str, bool]
) -> Persistence:
    rows: list[tuple[str, str, bool, bool]] = []
    for key in sorted(raised):
        first = raised[key][0]
        if dated[key][-1].day > first.day:
            rows.append((key, first.account, raised[key][-1].day > first.day, carried[first.id]))
    return Persistence(
        _share(rows), _share([row for row in rows if row[3]]), _share([row for row in rows if not row[3]])
    )


def _share(rows: Sequence[tuple[str, str, bool, bool]]) -> Rate:
    return sampling.rate(sampling.sample((key, account, back) for key, account, back, _ in rows))


def _day(talk: Talk) -> date:
    return date.fromisoformat(talk.day)


def _rank(row: Row) -> tuple[int, float, int, int]:
    """What is associated first, the surest on top; then what is carried most."""
    told = row.association.standing in ("lost more", "won more")
    return (not told, row.association.q if told and row.association.q is not None else 1.0, -row.deals, row.theme_id)
