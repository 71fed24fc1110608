"""How many of the first ten quotes of a theme, and of a label, are something else, by what was planted in the sample company.

    python -m benchmarks.loose DATABASE   # of `parley demo`, mined

A quote is a decoy where nothing of the label was planted in its conversation, for a theme the label of most of it; a theme counts
where that holds for fewer than half of its quotes, for else the label is not what it is about. What was planted is no complete labelling: decoys are an upper bound.
"""

import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from importlib.resources import files
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from pipelines.quotes import arranging, search
from pipelines.store import connect
from pipelines.store.filters import Filters
from pipelines.store.insights import Quote

FIRST, FEWEST, MOST = 10, 13, 200
FORMS = {"email": "mail"}
Planted = Mapping[tuple[str, str, str], Sequence[Mapping[str, Any]]]


def main(database: Path) -> None:
    """Print Markdown tables: decoys among the first ten of each order, and among what is loose and what is not."""
    told = json.loads((files("pipelines.sample") / "truth.json").read_text("utf-8"))["conversations"].values()
    planted: Planted = {(one["account"], one["date"][:10], one["form"]): one["planted"] for one in told}
    with closing(connect(database)) as db:
        _of_themes(db, planted)
        _of_labels(db, planted)


def _of_themes(db: Database, planted: Planted) -> None:
    first: Counter[str] = Counter()
    among: Counter[bool] = Counter()
    decoys: Counter[bool] = Counter()
    themes = 0
    sizes = db.execute("SELECT theme_id, count(*) FROM theme_members GROUP BY theme_id HAVING count(*) >= ?", [FEWEST])
    for theme, size in sizes.fetchall():
        lists = {sort: _listed(db, Filters(theme=str(theme)), sort) for sort in ("newest", "best", "typical")}
        quotes = lists["newest"]
        label = Counter(quote.label for quote in quotes).most_common(1)[0][0]
        wrong = {quote.id for quote in quotes if _is_decoy(quote, label, planted)}
        if quotes[0].kind == "competitor" or 2 * len(wrong) > size:
            continue
        themes += 1
        first.update({sort: sum(quote.id in wrong for quote in one[:FIRST]) for sort, one in lists.items()})
        among.update(quote.is_loose for quote in quotes)
        decoys.update(quote.is_loose for quote in quotes if quote.id in wrong)
    print(f"{themes} themes\n\n| first {FIRST} of each | decoys |\n|---|---|")
    for sort, count in first.items():
        print(f"| {sort} | {count} of {FIRST * themes} |")
    for loose, name in ((True, "loose"), (False, "the others")):
        print(f"| all that is {name} | {decoys[loose]} of {among[loose]} |")


def _of_labels(db: Database, planted: Planted) -> None:
    sql = "SELECT kind, label FROM insights WHERE kind <> 'competitor' GROUP BY 1, 2 HAVING count(*) >= ? ORDER BY 1, 2"
    labels = db.execute(sql, [FEWEST]).fetchall()
    print(f"\n{len(labels)} labels\n\n| first {FIRST} of each | voice | decoys |\n|---|---|---|")
    for sort in ("newest", "best"):
        for voice in ("", "verbatim"):
            lists = [(label, _listed(db, Filters(kind=kind, label=label, voice=voice), sort)) for kind, label in labels]
            shown = [(label, quote) for label, quotes in lists for quote in quotes[:FIRST]]
            decoys = sum(_is_decoy(quote, label, planted) for label, quote in shown)
            print(f"| {sort} | {voice or 'any'} | {decoys} of {len(shown)} |")


def _listed(db: Database, filters: Filters, sort: arranging.Sort) -> list[Quote]:
    return [item.quote for item in search.find(db, filters, search.Ask(sort=sort, limit=MOST)).items]


def _is_decoy(quote: Quote, label: str, planted: Planted) -> bool:
    there = planted[quote.account, quote.day[:10], FORMS.get(quote.channel, quote.channel)]
    return all((one["kind"], one.get("label")) != (quote.kind, label) for one in there)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
