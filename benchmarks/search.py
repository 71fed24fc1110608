"""How long the page of quotes takes: python -m benchmarks.search DATABASE [WORDS…]

The first answer reads the shelf (and, by meaning, the encoder and all vectors); the others are answered from memory.
"""

import sys
from time import perf_counter, process_time

from api.views import quotes as quotes_views
from pipelines.quotes.search import Ask
from pipelines.store import connect
from pipelines.store.filters import Filters

TIMES = 9


def main(path: str, words: str) -> None:
    db = connect(path)
    cases = {
        "all": (Filters(), Ask()),
        "by meaning": (Filters(q=words), Ask(by="meaning")),
        "by meaning, filtered": (Filters(q=words, kind="objection"), Ask(by="meaning")),
        "by words": (Filters(q=words), Ask()),
        "best first": (Filters(), Ask(sort="best")),
    }
    for name, (filters, ask) in cases.items():
        told = []
        for _ in range(TIMES + 1):
            wall, cpu = perf_counter(), process_time()
            view = quotes_views.quotes(db, filters, ask)
            told.append((perf_counter() - wall, process_time() - cpu))
        first, *rest = told
        middle = sorted(rest)[TIMES // 2]
        print(
            f"{name:22} first {1000 * first[0]:6.0f} ms (processor {1000 * first[1]:.0f}), then {1000 * middle[0]:4.0f} ms "
            f"(median of {TIMES}), {view.counts.insights:,} quotes"
        )


if __name__ == "__main__":
    main(sys.argv[1], " ".join(sys.argv[2:]) or "too expensive")
