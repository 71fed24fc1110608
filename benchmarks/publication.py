"""Whether before-and-after says what is true: 1,000 simulated publications a case, accounts whose conversations are alike.

Usage: python -m benchmarks.publication. A theme is heard in 20 % of 200 conversations of 60 accounts a window, three
other themes in 20 % each; an account's own level varies (beta-distributed, intraclass correlation 0.1).
"""

import numpy as np

from insights.publication import Heard, compare

RUNS, EACH, ACCOUNTS, CORRELATION, SHARE = 1000, 200, 60, 0.1, 0.2


def main() -> None:
    cases = (
        ("nothing changes", 1.0, 1.0), ("all themes fall by half (shorter conversations)", 0.5, 0.5),
        ("the theme alone falls by half", 0.5, 1.0), ("the theme falls by half, others rise by a quarter", 0.5, 1.25),
    )  # fmt: skip
    for name, own, others in cases:
        rng = np.random.default_rng(11)
        truth = SHARE * own - SHARE * others
        held = fell = below = 0
        for _ in range(RUNS):
            (found,) = compare([draw(rng, own, others)])
            b = found.beyond
            held += b.low is not None and b.high is not None and b.low <= truth <= b.high
            below += b.high is not None and b.high < 0
            fell += found.trend.verdict in ("falling", "gone")
        print(
            f"{name}: interval beyond holds the truth {held / RUNS:.3f}; wholly below 0 {below / RUNS:.3f}; verdict falling {fell / RUNS:.3f}"
        )


def draw(rng: np.random.Generator, own: float, others: float) -> list[Heard]:
    size = 1 / CORRELATION - 1
    levels = rng.beta(SHARE * size, (1 - SHARE) * size, (ACCOUNTS, 4))
    rows = []
    for after in (False, True):
        who = rng.integers(ACCOUNTS, size=EACH)
        factor = np.array([own, *([others] * 3)]) if after else np.ones(4)
        said = rng.random((EACH, 4)) < np.minimum(1.0, levels[who] * factor)
        rows += [
            Heard(f"{after}{n}", str(a), after, bool(s[0]), int(s[1:].sum()))
            for n, (a, s) in enumerate(zip(who, said, strict=True))
        ]
    return rows


if __name__ == "__main__":
    main()
