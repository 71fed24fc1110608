"""How often somebody may try a password: per account, per address, and per both.

The counts are kept in memory: one process serves, a stranger can neither restart it nor, this way, make it write to the
database, and a restart gives away a quarter of an hour. Attempts are counted before the password is looked at, so that
many at once do not slip through, and forgotten once one was right.
"""

from dataclasses import dataclass
from hashlib import sha256
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

MINUTES = 15
TOGETHER, ACCOUNT, ADDRESS = 8, 40, 100  # tries in a quarter of an hour


@dataclass(frozen=True, slots=True)
class Throttle:
    limiter: Any
    together: Any
    account: Any
    address: Any


def throttle() -> Throttle:
    from limits import RateLimitItemPerMinute
    from limits.storage import MemoryStorage
    from limits.strategies import MovingWindowRateLimiter

    each = (RateLimitItemPerMinute(most, MINUTES) for most in (TOGETHER, ACCOUNT, ADDRESS))
    return Throttle(MovingWindowRateLimiter(MemoryStorage()), *each)


def may_try(kept: Throttle, account: str, address: str) -> bool:
    """Count one try; whether it may be made. The limit per account alone is wide, so that nobody is locked out
    lightly."""
    who, where = _keys(account, address)
    # One after the other: a try that its address may not make does not count against the account.
    return (
        kept.limiter.hit(kept.address, "address", where)
        and kept.limiter.hit(kept.together, "together", who, where)
        and kept.limiter.hit(kept.account, "account", who)
    )


def may_go(kept: Throttle, address: str) -> bool:
    """Count one step of a sign-on at the provider, by its address alone: nobody else may be shut out by it."""
    return kept.limiter.hit(kept.address, "address", _keys("", address)[1])


def came_in(kept: Throttle, account: str, address: str) -> None:
    """Forget the tries of somebody who was recognised from this address."""
    who, where = _keys(account, address)
    kept.limiter.clear(kept.together, "together", who, where)


def _keys(account: str, address: str) -> tuple[str, str]:
    """The account as a short hash (strangers choose its length), the address, of IPv6 its network."""
    try:
        where = ip_address(address)
        told = str(ip_network((int(where) >> 64 << 64, 64))) if isinstance(where, IPv6Address) else str(where)
    except ValueError:
        told = address[:64]
    return sha256(account.strip().casefold().encode("utf-8", "replace")).hexdigest()[:32], told
