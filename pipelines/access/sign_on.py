"""Single sign-on by OpenID Connect: the code flow with PKCE, and who a checked identity token means here.

What one would get wrong: an address in a token says nothing unless the provider vouches that it was verified; a person
who came once is known by issuer and subject from then on, whatever the address says. Tokens are checked with authlib
(signature, issuer, audience, times, nonce, at_hash); none is ever kept or logged.
"""

import base64
import json
import secrets
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from sqlite_utils import Database

from insights.errors import InsightsError
from pipelines.access import accounts, audit
from pipelines.settings import Settings
from pipelines.store import accounts as store
from pipelines.store.accounts import User

SECONDS, MOST_BYTES, LEEWAY = 10.0, 2**20, 60
# What signs with a key that only the provider has; "none" and shared secrets are not among them.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
LOCAL = ("localhost", "127.0.0.1", "::1")


class SignOnFailed(InsightsError):
    """The provider did not say who this is, or not so that it can be believed."""

    def __init__(self, why: str):
        super().__init__(f"Signing in did not work: {why}. Try again, or ask an administrator of your Parley.")


@dataclass(frozen=True, slots=True)
class Begun:
    """What a browser keeps while it is at the provider; `address` is where it goes."""

    address: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom the provider vouches for. `verified` says that the address is theirs."""

    issuer: str
    subject: str
    email: str
    verified: bool
    name: str


def begin(settings: Settings, *, back: str) -> Begun:
    """Where to send a browser, which comes back to the address `back`. Raises SignOnFailed."""
    from authlib.oauth2.rfc7636 import create_s256_code_challenge

    told = _provider(settings)
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    query = {
        "response_type": "code", "client_id": settings.sso_client_id, "redirect_uri": back,
        "scope": "openid email profile",
        "state": state, "nonce": nonce, "code_challenge": create_s256_code_challenge(verifier),
        "code_challenge_method": "S256",
    }  # fmt: skip
    place = told["authorization_endpoint"]
    return Begun(f"{place}{'&' if '?' in place else '?'}{urlencode(query)}", state, nonce, verifier)


def finish(settings: Settings, given: Mapping[str, str], begun: Begun, *, back: str, now: str) -> Identity:
    """Who came back: the code is exchanged and the identity token checked. Raises SignOnFailed."""
    if not begun.state or not secrets.compare_digest(given.get("state", "").encode(), begun.state.encode()):
        raise SignOnFailed("this browser did not begin it, or began it too long ago")
    if given.get("error"):
        raise SignOnFailed("the provider refused")
    told = _provider(settings)
    if given.get("iss", told["issuer"]) != told["issuer"]:  # RFC 9207
        raise SignOnFailed("another provider answered")
    issued = _exchanged(settings, told, given.get("code", ""), begun.verifier, back)
    claims = _checked(settings, told, issued, begun.nonce, now)
    if not claims.get("email") and told.get("userinfo_endpoint"):
        bearer = {"Authorization": f"Bearer {issued.get('access_token', '')}"}
        more = _fetched(told["userinfo_endpoint"], headers=bearer)
        if more.get("sub") == claims["sub"]:
            claims |= {
                name: more.get(name) for name in ("email", "email_verified", "name") if more.get(name) is not None
            }
    verified = claims.get("email_verified") in (True, "true") or settings.sso_trust_email
    texts = {name: value if isinstance(value := claims.get(name), str) else "" for name in ("email", "name")}
    return Identity(told["issuer"], claims["sub"], texts["email"].strip().casefold(), verified, texts["name"])


def person(db: Database, settings: Settings, found: Identity, *, now: str) -> User:
    """Whom an identity means: who came before, who has the verified address, was invited under it, or, where the
    settings say so for its domain, a new person. Raises SignOnFailed."""
    with db.atomic():
        user = store.by_subject(db, found.issuer, found.subject)
        if user is None:
            if not found.email or not found.verified:
                raise SignOnFailed("the provider does not vouch for your e-mail address")
            user = store.by_email(db, found.email)
            if user is not None and user.subject:
                raise SignOnFailed("this address belongs to somebody else at the provider")
            user = user or _new(db, settings, found, now)
            store.change(db, user.id, issuer=found.issuer, subject=found.subject)
        if user.disabled_at:
            raise SignOnFailed("your login here is switched off")
    return user


def _new(db: Database, settings: Settings, found: Identity, now: str) -> User:
    email = accounts.email_of(found.email)
    invited = next((i for i in store.invitations(db, now=now) if i.email == email and i.user_id is None), None)
    domains = {domain.strip().casefold().lstrip("@") for domain in settings.sso_domains}
    if invited is None and email.rpartition("@")[2] not in domains:
        raise SignOnFailed("you have no login here yet")
    if not store.any_user(db):
        raise SignOnFailed("the first login is made in the terminal: parley users add you@example.com --role admin")
    role = invited.role if invited else settings.sso_role
    name = accounts.own_name(db, found.name, email)
    number = store.add(db, email=email, name=name, role=role, password="", now=now)
    if invited:
        store.mark_invitation(db, invited.id, "used_at", now)
    return accounts.person(db, number)


def noted(db: Database, user: User, *, now: str) -> None:
    """Write down that somebody came through the provider for the first time."""
    if not user.signed_in_at:
        audit.note(db, user.name, "came by single sign-on", ids=user.id, user_id=user.id, now=now)


def _provider(settings: Settings) -> dict[str, Any]:
    """What the provider says of itself, under its own name. Raises SignOnFailed."""
    issuer = settings.sso_issuer
    told = _fetched(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if told.get("issuer") != issuer:
        raise SignOnFailed("the provider calls itself by another address than PARLEY_SSO_ISSUER")
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        if not _is_safe(str(told.get(name, ""))):
            raise SignOnFailed(f"the provider names no safe {name}")
    return told


def _exchanged(settings: Settings, told: dict, code: str, verifier: str, back: str) -> dict[str, Any]:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
    secret, headers = settings.sso_client_secret.get_secret_value(), {}
    ways = told.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    if secret and "client_secret_basic" in ways:
        both = f"{quote(settings.sso_client_id, safe='')}:{quote(secret, safe='')}"  # RFC 6749, 2.3.1
        headers = {"Authorization": f"Basic {base64.b64encode(both.encode()).decode()}"}
    else:
        form |= {"client_id": settings.sso_client_id} | ({"client_secret": secret} if secret else {})
    return _fetched(told["token_endpoint"], form=form, headers=headers)


def _checked(settings: Settings, told: dict, issued: dict, nonce: str, now: str) -> dict[str, Any]:
    from authlib.oidc.core import CodeIDToken
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    keys = _fetched(told["jwks_uri"])
    ours = settings.sso_client_id
    try:
        token = jwt.decode(str(issued.get("id_token", "")), KeySet.import_key_set(keys), algorithms=list(ALGORITHMS))  # type: ignore[arg-type]
        claims = CodeIDToken(
            token.claims, token.header, {"iss": {"essential": True, "value": told["issuer"]}, "aud": {"essential": True, "value": ours}},
            {"nonce": nonce, "client_id": ours, "access_token": issued.get("access_token")},
        )  # fmt: skip
        claims.validate(now=int(datetime.fromisoformat(now).timestamp()), leeway=LEEWAY)
        if "nonce" not in claims or not isinstance(claims["sub"], str) or not 0 < len(claims["sub"]) <= 255:
            raise SignOnFailed("the provider's answer lacks what tells who you are")
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise SignOnFailed(f"the provider's answer cannot be believed ({type(error).__name__})") from None
    return dict(claims)


def _fetched(
    address: str, *, form: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """JSON from the provider; no redirect is followed, no more than a megabyte is read. Raises SignOnFailed."""
    if not _is_safe(address):
        raise SignOnFailed("the provider's address is not encrypted")
    data = urlencode(form).encode() if form is not None else None
    told = {"Accept": "application/json", "User-Agent": "Parley", **(headers or {})}
    request = urllib.request.Request(address, data, told)  # noqa: S310 - http and https alone, see above
    try:
        with urllib.request.build_opener(_Still).open(request, timeout=SECONDS) as answer:
            said = json.loads(answer.read(MOST_BYTES))
    except (OSError, ValueError) as error:  # HTTPError is an OSError
        status = f" with {error.code}" if isinstance(error, urllib.error.HTTPError) else ""
        raise SignOnFailed(f"the provider did not answer as it should{status}") from None
    if not isinstance(said, dict):
        raise SignOnFailed("the provider did not answer as it should")
    return said


class _Still(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: codes and secrets go to the address that was checked."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def _is_safe(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOCAL)
    except ValueError:
        return False
