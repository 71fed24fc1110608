"""Windows of conversations made up for tests of what they are worth and of what changed between them."""

from insights import sampling
from insights.sampling import Sample


def spread(hits: int, n: int, name: str = "") -> Sample:
    """`n` conversations of as many accounts, `hits` of them carrying the theme."""
    return sampling.sample((f"{name}{i}", f"{name} account {i}", i < hits) for i in range(n))


def of(**accounts: tuple[int, int]) -> Sample:
    """Accounts as (carrying, conversations)."""
    return Sample({a: k for a, (k, _) in accounts.items()}, {a: m for a, (_, m) in accounts.items()})
