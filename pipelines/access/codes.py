"""Secrets that are shown once and kept as what they come to, and the times beside them."""

import hashlib
import secrets
from datetime import datetime

BYTES = 32  # 256 bits: a plain hash of it cannot be searched for


def fresh() -> str:
    """A new secret, fit for an address."""
    return secrets.token_urlsafe(BYTES)


def digest(secret: str) -> str:
    """What is stored of a secret of 256 random bits."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
