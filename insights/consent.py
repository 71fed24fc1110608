"""What the columns of an upload say about being written to: yes, no, or nothing.

What one would get wrong: "Email opt out: no" is a yes, and an empty cell is no consent and no refusal either.
"""

import re
import unicodedata

# Beside the plain names: what CRM exports and forms call it. A refusal is looked for first: "marketing opt out" has both.
_REFUSING = re.compile(
    r"do[ _-]?not[ _-]?(contact|call|mail|e[ _-]?mail|track|market)|dont[ _-]?contact|opt(ed)?[ _-]?out|unsubscribed?|"
    r"suppress(ed|ion)?|blocklist(ed)?|no[ _-]?(contact|marketing|mail|email)s?$|\bdnc\b|widerspruch|werbesperre|kontaktsperre"
)
_GRANTING = re.compile(
    r"consent|opt(ed)?[ _-]?in|subscribed|may[ _-]?(contact|market|mail)|marketing[ _-]?(permission|allowed|ok)|"
    r"contact[ _-]?(permission|allowed)|einwilligung|permission[ _-]?to"
)
_WHOLE = re.compile(r"account|company|firm|organi[sz]ation|unternehmen")
_NO = frozenset(
    """no n false 0 denied refused withdrawn revoked declined none never rejected nein non no-consent not-given not_given notgiven opted-out
    optedout optout opt-out unsubscribed aus abgelehnt widerrufen""".split()  # noqa: SIM905
)
_YES = frozenset(
    """yes y true 1 x granted given ok okay agreed allowed opted-in optedin optin opt-in subscribed confirmed explicit implied ja oui si on
    erteilt checked ✓ ✔""".split()  # noqa: SIM905
)


def is_about_consent(name: str) -> bool:
    """Whether a column says if somebody may be written to."""
    plain = _plain(name)
    return bool(_REFUSING.search(plain) or _GRANTING.search(plain))


def is_of_account(name: str) -> bool:
    """Whether such a column speaks for the whole account, not for one contact."""
    return bool(_WHOLE.search(_plain(name)))


def refuses(name: str, value: str) -> bool | None:
    """Whether a cell of such a column says no. None where it says nothing that is understood."""
    told = re.sub(r"[\s_]+", "-", _plain(value).strip(" .!"))
    if not told:
        return None
    said = True if told in _YES else False if told in _NO else None
    if _REFUSING.search(_plain(name)):
        # A date or any other word in "unsubscribed" or "do not contact" is when or why: it is safer to leave them out.
        return said if said is not None else not told.startswith(("no", "never"))
    if said is not None:
        return not said
    return True if re.match(r"(no|not|never|opt(ed)?-?out|unsub|withdr|refus|declin|revok|den)", told) else None


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in folded if not unicodedata.combining(c)).replace("'", "").replace("’", "")
