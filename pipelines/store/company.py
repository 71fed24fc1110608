"""What the seller told Parley about itself: names, people, domains, products, integrations, competitors."""

import json
from collections.abc import Iterable, Mapping

from sqlite_utils import Database

from insights.records import KINDS, Company, Competitor, Kind
from pipelines.store import state

PLURALS = {"domain": "domains", "person": "people", "product": "products", "integration": "integrations"}


def load(db: Database) -> Company:
    """All of it; the other spellings of an own name are names like it."""
    names: dict[str, list[str]] = {plural: [] for plural in PLURALS.values()}
    for row in db.query("SELECT kind, name, aliases FROM company ORDER BY kind, name"):
        names[PLURALS[row["kind"]]] += [row["name"], *json.loads(row["aliases"])]
    rivals = db.query("SELECT name, aliases FROM competitors ORDER BY name")
    competitors = tuple(Competitor(row["name"], tuple(json.loads(row["aliases"]))) for row in rivals)
    return Company(**{k: tuple(v) for k, v in names.items()}, competitors=competitors)


def add(db: Database, company: Company) -> None:
    """Add to what is known; nothing is taken away, a competitor's aliases are joined."""
    with db.atomic():
        for kind, plural in PLURALS.items():
            rows = ({"kind": kind, "name": name} for name in getattr(company, plural))
            db.table("company").insert_all(rows, pk=("kind", "name"), ignore=True)
        known = {c.name: c.aliases for c in load(db).competitors}
        for competitor in company.competitors:
            aliases = list(dict.fromkeys((*known.get(competitor.name, ()), *competitor.aliases)))
            db.table("competitors").upsert(
                {"name": competitor.name, "aliases": json.dumps(aliases, ensure_ascii=False)}, pk="name"
            )


def stored(db: Database) -> dict[str, set[str]]:
    """The names by kind (domain, person, product, integration), as they were given."""
    found: dict[str, set[str]] = {kind: set() for kind in PLURALS}
    for row in db.query("SELECT kind, name FROM company"):
        found[row["kind"]].add(row["name"])
    return found


def forget(db: Database, kind: str, names: Iterable[str]) -> None:
    """Take names of one kind (domain, person, product, integration) out again."""
    with db.atomic():
        db.conn.executemany("DELETE FROM company WHERE kind = ? AND name = ?", [(kind, name) for name in names])


def remove_competitor(db: Database, name: str) -> bool:
    return db.execute("DELETE FROM competitors WHERE name = ?", [name]).rowcount > 0


def least_confidence(db: Database) -> dict[Kind, float]:
    """The confidence that somebody chose for a kind; a kind that nobody chose for is not in it."""
    chosen = json.loads(state.get(db, "least_confidence") or "{}")
    return {kind: float(chosen[kind]) for kind in KINDS if kind in chosen}


def set_least_confidence(db: Database, chosen: Mapping[Kind, float | None]) -> None:
    """Choose confidences, each in [0, 1]; None goes back to what the finder comes with."""
    with db.atomic():
        kept = {kind: value for kind, value in {**least_confidence(db), **chosen}.items() if value is not None}
        state.put(db, "least_confidence", json.dumps(kept, sort_keys=True))
