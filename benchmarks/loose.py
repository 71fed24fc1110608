"""How many of a theme's first ten quotes are something else, by what was planted in the sample company.

    python -m benchmarks.loose DATABASE   # of `parley demo`, mined

A quote is a decoy where nothing of its theme's label was planted in its conversation; a theme counts where that holds for fewer
than half of its quotes, for else the label is not what it is about. What was planted is no complete labelling: decoys are an upper bound.
"""

import json
import sys
from collections import Counter
from contextlib import closing
from importlib.resources import files
from pathlib import Path

from pipelines.quotes import search
from pipelines.store import connect
from pipelines.store.filters import Filters

FIRST, FEWEST, MOST = 10, 13, 200
FORMS = {"email": "mail"}


def main(database: Path) -> None:
    """Print a Markdown table: decoys among the first ten of each order, and among what is loose and what is not."""
    planted = json.loads((files("pipelines.sample") / "truth.json").read_text("utf-8"))["conversations"].values()
    known = {(one["account"], one["date"][:10], one["form"]): one["planted"] for one in planted}
    first: Counter[str] = Counter()
    among: Counter[bool] = Counter()
    decoys: Counter[bool] = Counter()
    themes = 0
    with closing(connect(database)) as db:
        sizes = db.execute(
            "SELECT theme_id, count(*) FROM theme_members GROUP BY theme_id HAVING count(*) >= ?", [FEWEST]
        )
        for theme, size in sizes.fetchall():
            lists = {
                sort: search.find(db, Filters(theme=str(theme)), search.Ask(sort=sort, limit=MOST)).items
                for sort in ("newest", "best", "typical")
            }
            quotes = [item.quote for item in lists["newest"]]
            label = Counter(quote.label for quote in quotes).most_common(1)[0][0]
            wrong = {
                quote.id
                for quote in quotes
                if all(
                    (one["kind"], one.get("label")) != (quote.kind, label)
                    for one in known[quote.account, quote.day[:10], FORMS.get(quote.channel, quote.channel)]
                )
            }
            if quotes[0].kind == "competitor" or 2 * len(wrong) > size:
                continue
            themes += 1
            first.update({sort: sum(item.quote.id in wrong for item in one[:FIRST]) for sort, one in lists.items()})
            among.update(quote.is_loose for quote in quotes)
            decoys.update(quote.is_loose for quote in quotes if quote.id in wrong)
    print(f"{themes} themes\n\n| first {FIRST} of each | decoys |\n|---|---|")
    for sort, count in first.items():
        print(f"| {sort} | {count} of {FIRST * themes} |")
    for loose, name in ((True, "loose"), (False, "the others")):
        print(f"| all that is {name} | {decoys[loose]} of {among[loose]} |")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
