"""How good the finder is on this company's own words: precision, label agreement and what was missed, with intervals.

All of it comes from items in their random order (`store.review_items`), whoever asked about them and why; what a round
picks for learning tells nothing about how often the finder is right.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from insights import estimates
from insights.estimates import Estimate, Stratum
from insights.records import KINDS, Kind
from insights.review import SCORES, score_band
from pipelines.reviews.review import heard
from pipelines.store import review_items
from pipelines.store.remembered import per_state
from pipelines.store.reviews import Review

FEWEST_SHOWN = 10  # reviews below which a theme shows no precision


@dataclass(frozen=True, slots=True)
class Precision:
    """How often the finder is right about a kind, how often its label is then the person's, and what it missed.

    `labels` is (agreed, of). `missed` is the share of what there is that was not found, None while nothing was
    reviewed. `answered` is how many were, also those that were picked for learning, of which no share is told.
    """

    kind: Kind
    precision: Estimate | None
    labels: tuple[int, int]
    missed: Estimate | None
    answered: int = 0


@per_state
def precision(db: Database) -> list[Precision]:
    """Per kind: precision, label agreement and what was missed."""
    looked = review_items.reviewed(db)
    sample = _in_order(db, looked)
    whole = {key: size for key, (size, _) in review_items.strata(db).items()}
    known = heard(db)
    answered = Counter(row["kind"] for row in looked)
    found = []
    for kind in KINDS:
        sized = {key: size for key, size in whole.items() if key[0] == kind}
        estimate = _estimate(sized, sample)
        judged = [row for row in looked if row["kind"] == kind and row["verdict"] in ("yes", "label")]
        agreed = sum(row["verdict"] == "yes" or row["new_label"] == row["found_label"] for row in judged)
        found.append(
            Precision(kind, estimate, (agreed, len(judged)), _missed(db, kind, estimate, known), answered[kind])
        )
    return found


@per_state
def of_themes(db: Database) -> dict[int, Estimate]:
    """The precision of every theme of which enough was reviewed."""
    sample = _in_order(db, review_items.reviewed(db))
    themed: dict[int, list[dict]] = {}
    for row in sample:
        themed.setdefault(row["theme_id"], []).append(row)
    enough = {i: rows for i, rows in themed.items() if i and len(rows) >= FEWEST_SHOWN}
    sized = review_items.themed_strata(db, enough)
    found = {i: _estimate(sized[i], rows) for i, rows in enough.items() if i in sized}
    return {i: estimate for i, estimate in found.items() if estimate and estimate.reviewed >= FEWEST_SHOWN}


def _in_order(db: Database, looked: Sequence[dict]) -> list[dict]:
    """Those that were looked at and come before the first in their stratum that was not: a random sample of it."""
    by_stratum: dict[tuple[str, int], list[dict]] = {}
    for row in looked:
        by_stratum.setdefault((row["kind"], row["band"]), []).append(row)
    sample = []
    for key, rows in by_stratum.items():
        first = review_items.next_in(db, *key, without={row["id"] for row in rows}, limit=1)
        sample += [row for row in rows if not first or row["id"] < first[0]["id"]]
    return sample


def _estimate(sized: Mapping[tuple[str, int], int], sample: Sequence[dict]) -> Estimate | None:
    strata = []
    for key in sorted(sized):
        judged = [r["verdict"] != "no" for r in sample if (r["kind"], r["band"]) == key and r["verdict"] != "skip"]
        strata.append(Stratum(sized[key], len(judged), sum(judged)))
    return estimates.share(strata)


def _missed(db: Database, kind: Kind, estimate: Estimate | None, reviewed: Mapping[str, Review]) -> Estimate | None:
    """The share of a kind's insights that were not found, from unmarked utterances in their random order."""
    known = review_items.scored(db)
    strata = []
    for n in range(len(SCORES) + 1):
        ids = sorted(i for i, score in known.items() if score_band(score) == n)
        first = next((i for i in ids if i not in reviewed), "~")
        judged = [reviewed[i] for i in ids if i < first and reviewed[i].verdict != "skip"]
        strata.append(Stratum(len(ids), len(judged), sum(r.verdict == "missed" and r.kind == kind for r in judged)))
    lost = estimates.two_phase(strata, size=review_items.count_unmarked(db))
    if lost is None or estimate is None:
        return None
    return estimates.missed(estimate.share * estimate.size, lost)
