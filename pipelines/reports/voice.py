"""The voice report: what reps write against what buyers say, over conversations, within deals and meetings, by rep."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlite_utils import Database

from insights import sampling, trends, voices
from insights.records import Kind
from insights.sampling import LEVEL, Rate, Sample
from insights.trends import FALSE_DISCOVERY_RATE
from insights.voices import Contrast, Paired
from pipelines.store import outcome_rows, themes
from pipelines.store.filters import Filters
from pipelines.store.outcome_rows import Raised, Talk
from pipelines.store.remembered import per_state

FEWEST_OF_A_REP = 10


@dataclass(frozen=True, slots=True)
class Row:
    """A theme, or a label, in notes and in the buyers' own words; `meetings` are single meetings told both ways."""

    key: str
    name: str
    contrast: Contrast
    meetings: Paired


@dataclass(frozen=True, slots=True)
class Rep:
    """Of what buyers said in a rep's deals that also have notes, the share that the notes leave out; `apart` says that
    it is beyond what chance allows, over all reps."""

    name: str
    left_out: Rate
    others: Rate
    apart: str


@dataclass(frozen=True, slots=True)
class VoiceReport:
    """One kind, by theme or label. `notes` and `buyers` are counted conversations of each sort, `deals` and `meetings`
    how many were heard both ways."""

    kind: Kind
    by: str
    notes: int
    buyers: int
    deals: int
    meetings: int
    rows: tuple[Row, ...]
    reps: tuple[Rep, ...]
    few_reps: int
    filters: Filters


@per_state
def voice_report(db: Database, filters: Filters, *, kind: Kind, by: str, today: date) -> VoiceReport:
    """Compare notes with calls, mails and chats; a filter on the voice itself is left aside."""
    filters = replace(filters, voice="", kind="")
    talks = [talk for talk in outcome_rows.talks(db, filters) if talk.day <= today.isoformat()]
    found = outcome_rows.raised(db, replace(filters, kind=kind), by=by)
    by_key: dict[str, list[Raised]] = defaultdict(list)
    for one in found:
        by_key[one.theme].append(one)
    names = {str(t.id): t.name for t in themes.active(db, kind)} if by == "theme" else {key: key for key in by_key}
    keys = sorted(key for key in by_key if key in names)
    notes, buyers = [t for t in talks if t.reported], [t for t in talks if t.verbatim]
    sorts = [
        ({r.conversation for r in by_key[key] if r.reported}, {r.conversation for r in by_key[key] if r.verbatim})
        for key in keys
    ]
    deals = _both([(talk.deal, talk) for talk in talks])
    meetings = _both([(talk.id, talk) for talk in talks])
    wholes = _Whole(notes), _Whole(buyers)
    of_deal, of_meeting = ({talk.id: key for key, mine in one.items() for talk in mine} for one in (deals, meetings))
    samples = [(wholes[0].sample(written), wholes[1].sample(said)) for written, said in sorts]
    within = [_paired(len(deals), of_deal, written, said) for written, said in sorts]
    rows = [
        Row(key, names[key], contrast, _paired(len(meetings), of_meeting, *pair))
        for key, contrast, pair in zip(keys, voices.contrasts(samples, within), sorts, strict=True)
    ]
    reps, few = _reps(deals, sorts)
    return VoiceReport(
        kind, by, len(notes), len(buyers), len(deals), len(meetings), tuple(sorted(rows, key=_rank)), reps, few, filters
    )


def _both(keyed: Sequence[tuple[str, Talk]]) -> dict[str, list[Talk]]:
    """The deals, or meetings, that were heard both ways."""
    found: dict[str, list[Talk]] = defaultdict(list)
    for key, talk in keyed:
        found[key].append(talk)
    return {
        key: talks for key, talks in found.items() if any(t.reported for t in talks) and any(t.verbatim for t in talks)
    }


class _Whole:
    """The conversations of one sort, counted once for all keys."""

    def __init__(self, talks: Sequence[Talk]):
        self.places = {talk.id: (n, talk.account or f"\0{talk.id}") for n, talk in enumerate(talks)}
        self.sizes = dict(Counter(account for _, account in self.places.values()))
        self.sums = sampling.summed(self.sizes)

    def sample(self, carrying: set[str]) -> Sample:
        found = sorted(self.places[one] for one in carrying if one in self.places)
        return Sample(dict(Counter(account for _, account in found)), self.sizes, self.sums)


def _paired(pairs: int, group: Mapping[str, str], written: set[str], said: set[str]) -> Paired:
    """Compare within the groups, deals or meetings, that conversations belong to."""
    notes, buyers = ({group[one] for one in found if one in group} for found in (written, said))
    return voices.paired(pairs, len(notes - buyers), len(buyers - notes), len(notes & buyers))


def _reps(
    deals: Mapping[str, Sequence[Talk]], sorts: Sequence[tuple[set[str], set[str]]]
) -> tuple[tuple[Rep, ...], int]:
    """Per rep, what the notes leave out of what buyers said; reps with too little to tell are only counted."""
    cases: dict[str, list[tuple[str, str, bool]]] = defaultdict(list)
    for key, talks in deals.items():
        writers = {talk.rep for talk in talks if talk.reported and talk.rep}
        if len(writers) != 1:
            continue
        ids = {talk.id for talk in talks}
        rep = writers.pop()
        for n, (written, said) in enumerate(sorts):
            if said & ids:
                cases[rep].append((f"{key} {n}", talks[0].account, not (written & ids)))
    samples = {rep: sampling.sample(rows) for rep, rows in cases.items()}
    others = {
        rep: sampling.sample(row for name, rows in cases.items() if name != rep for row in rows) for rep in samples
    }
    told = sorted(rep for rep, sample in samples.items() if sample.denominator >= FEWEST_OF_A_REP)
    changes = [trends.change(others[rep], samples[rep]) for rep in told]
    reps = []
    for rep, change, q in zip(told, changes, trends.adjusted([c.p for c in changes]), strict=True):
        sure = q is not None and q <= FALSE_DISCOVERY_RATE and change.p is not None and change.p <= 1 - LEVEL
        apart = ("more" if (change.difference or 0) > 0 else "less") if sure else ""
        reps.append(Rep(rep, sampling.rate(samples[rep]), sampling.rate(others[rep]), apart))
    return tuple(reps), len(samples) - len(told)


def _rank(row: Row) -> tuple[bool, float, int, str]:
    contrast = row.contrast
    told = contrast.standing not in ("no difference", "too few")
    p = contrast.change.p if told and contrast.change.p is not None else 1.0
    return (not told, p, -(contrast.notes.numerator + contrast.buyers.numerator), row.name)
