"""Do themes seem to lose deals only because lost deals talk longer? Simulated deals without any association, and with one.

`python -m benchmarks.outcomes [--runs 1000]`. 200 closed deals, half of them lost, of 150 accounts; 30 themes come up in
each conversation with a share of 3 to 15 %. "crude" compares all deals, as a plain table of won and lost would.
"""

import argparse

import numpy as np

from insights.outcomes import Deal, associations
from insights.trends import FALSE_DISCOVERY_RATE, adjusted

DEALS, ACCOUNTS, THEMES = 200, 150, 30
CASES = (("lost and won deals talk alike", 2.0, 2.0, 0), ("lost deals talk twice as long", 4.0, 2.0, 0), ("three themes double the odds of losing", 2.0, 2.0, 3))  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    runs = parser.parse_args().runs
    print("| world | rule | reports with a false claim | associations found |\n|---|---|---:|---:|")
    for name, lost_talks, won_talks, real in CASES:
        rng = np.random.default_rng(23)
        wrong, found = np.zeros(2, int), np.zeros(2, int)
        for _ in range(runs):
            deals, carried = world(rng, lost_talks, won_talks, real)
            results = associations(deals, carried)
            crude = adjusted([plain(deals, keys) for keys in carried])
            ours = [one.standing in ("lost more", "won more") for one in results]
            theirs = [q is not None and q <= FALSE_DISCOVERY_RATE for q in crude]
            for n, claims in enumerate((ours, theirs)):
                wrong[n] += any(claims[real:])
                found[n] += sum(claims[:real])
        for n, rule in enumerate(("Parley", "crude, same false-discovery rate")):
            share = f"{100 * found[n] / (runs * real):.1f} %" if real else "–"
            print(f"| {name} | {rule} | {100 * wrong[n] / runs:.1f} % | {share} |", flush=True)


def world(
    rng: np.random.Generator, lost_talks: float, won_talks: float, real: int
) -> tuple[list[Deal], list[set[str]]]:
    """Deals with their conversations, and the deals that carry each theme."""
    shares = rng.uniform(0.03, 0.15, THEMES)
    carried: list[set[str]] = [set() for _ in range(THEMES)]
    deals = []
    for n in range(DEALS):
        lost = n % 2 == 0
        talks = 1 + int(rng.poisson((lost_talks if lost else won_talks) - 1))
        deals.append(Deal(str(n), lost, str(rng.integers(ACCOUNTS)), "smb" if n % 3 else "enterprise", talks))
        for t, share in enumerate(shares):
            # A third of won deals carry a theme that counts, half of the lost: twice the odds.
            likely = (0.5 if lost else 1 / 3) if t < real else 1 - (1 - share) ** talks
            heard = rng.random() < likely
            if heard:
                carried[t].add(str(n))
    return deals, carried


def plain(deals: list[Deal], keys: set[str]) -> float | None:
    """The p-value of a plain table: Fisher's exact test."""
    from scipy.stats import fisher_exact

    table = [[0, 0], [0, 0]]
    for deal in deals:
        table[deal.key not in keys][not deal.lost] += 1
    return float(fisher_exact(table).pvalue) if sum(table[0]) >= 10 else None


if __name__ == "__main__":
    main()
