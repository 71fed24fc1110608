"""Passwords: what is long enough, and argon2id hashes of them.

What one would get wrong: an unknown address must cost as much time as a known one, so there is always something to
verify; and a check takes 64 MB, so no more than a few run at once, however many people knock.
"""

import unicodedata
from functools import cache
from threading import BoundedSemaphore
from typing import TYPE_CHECKING

from insights.errors import InsightsError

if TYPE_CHECKING:
    from pwdlib import PasswordHash

LEAST, MOST = 12, 1000  # characters
LEAST_DIFFERENT = 5
DEFAULT_KIB, PASSES = 65_536, 3
AT_ONCE = BoundedSemaphore(2)


class WeakPassword(InsightsError):
    """A password that would be guessed."""

    def __init__(self, why: str):
        super().__init__(f"This password {why}. Take {LEAST} characters or more, for instance four words at random.")


def checked(password: str, *, email: str = "") -> str:
    """The password as it is hashed. Raises WeakPassword.

    Long rather than complicated, no rules about kinds of characters (NIST SP 800-63B, 3.1.1).
    """
    told = plain(password)
    if not LEAST <= len(told) <= MOST:
        raise WeakPassword(f"has {len(told)} characters")
    if len(set(told)) < LEAST_DIFFERENT:
        raise WeakPassword("repeats a few characters")
    own = email.partition("@")[0]
    if len(own) > 3 and own in told.casefold() and len(told) - len(own) < LEAST:
        raise WeakPassword("is little more than your address")
    return told


def plain(password: str) -> str:
    """One form for what different keyboards make of the same characters."""
    return unicodedata.normalize("NFKC", password)


def hashed(password: str, *, memory_kib: int = DEFAULT_KIB) -> str:
    with AT_ONCE:
        return _hasher(memory_kib).hash(password)


def fits(password: str, hash: str, *, memory_kib: int = DEFAULT_KIB) -> tuple[bool, str]:
    """Whether the password has this hash, and a new hash where the old one was made more cheaply than today's.

    With "" for a hash the answer is no, after the same work.
    """
    told = plain(password)[:MOST]
    with AT_ONCE:
        right, better = _hasher(memory_kib).verify_and_update(told, hash or _nobody(memory_kib))
    return right and bool(hash), better or ""


@cache
def _hasher(memory_kib: int) -> "PasswordHash":
    from pwdlib import PasswordHash
    from pwdlib.hashers.argon2 import Argon2Hasher

    # RFC 9106, 4: the second recommended option (64 MiB, 3 passes, 4 lanes).
    return PasswordHash((Argon2Hasher(time_cost=PASSES, memory_cost=memory_kib, parallelism=_lanes(memory_kib)),))


def _nobody(memory_kib: int) -> str:
    """A hash that no password has, made without the work of making one."""
    import base64
    import secrets

    salt, tag = (base64.b64encode(secrets.token_bytes(n)).rstrip(b"=").decode() for n in (16, 32))
    return f"$argon2id$v=19$m={memory_kib},t={PASSES},p={_lanes(memory_kib)}${salt}${tag}"


def _lanes(memory_kib: int) -> int:
    return 4 if memory_kib >= 64 else 1
