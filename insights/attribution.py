"""Who said a quote, told so far as may be told: the line beneath it, from a person's name down to nothing.

De-identified is the default. What a rep wrote down is never passed off as the buyer's own words, in no style.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from insights import people
from insights.wording import human

Style = Literal["role", "segment", "full", "none"]
STYLES: tuple[Style, ...] = ("role", "segment", "full", "none")
REPORTED = "as reported by the rep"
# The uploads' own fields that say what kind of company it is, the first that a conversation has.
SEGMENT_FIELDS = (
    "segment", "company_size", "size", "tier", "account_segment", "market_segment",
    "segment__c", "account_segment__c",
)  # fmt: skip
INDUSTRY_FIELDS = (
    "industry", "sector", "vertical", "account_industry", "company_type", "customer_type", "client_type", "customer_group",
    "industry__c", "account_industry__c",
)  # fmt: skip
LONGEST_FACT = 40
_SIZES = {
    "smb": "small", "small business": "small", "small": "small", "micro": "small", "mid": "mid-market",
    "mid market": "mid-market",
    "midmarket": "mid-market", "mid-market": "mid-market", "medium": "mid-market", "ent": "enterprise",
    "enterprise": "enterprise",
    "large": "large", "strategic": "large", "startup": "start-up", "start-up": "start-up",
}  # fmt: skip
# What is an organization itself, and no trade that one could be in.
_ORGANIZATIONS = frozenset(
    """agency association authority bakery bank brewery broker builder business carrier charity cleaner clinic club college company
    contractor council dealer distributor farm firm foundation garage group hospital hotel home insurer lab laboratory library maker
    manufacturer ministry museum operator pharmacy practice printer producer provider reseller restaurant retailer school seller
    shop startup store studio supermarket supplier surgery trader university utility vendor wholesaler winery workshop""".split()  # noqa: SIM905
)
_RANKS = {
    "cxo": "C-level", "vp": "VP", "director": "Director", "manager": "Manager", "senior": "Senior staff",
    "entry": "Staff", "owner": "Owner",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Source:
    """What is known of who said a quote. `person` is whoever spoke, or whom a rep's note is about; `job_title` is that
    person's, "" where it is another's. `ours` says that the seller's own side said it."""

    person: str = ""
    job_title: str = ""
    persona: str = ""
    seniority: str = ""
    account: str = ""
    segment: str = ""
    industry: str = ""
    reported: bool = False
    ours: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One way to name the source: `text` is what stands beneath a quote, `uses` the facts that it tells, by which one
    can count whom else it fits."""

    text: str
    uses: tuple[str, ...] = ()


def roles(source: Source, *, plain_title: str) -> tuple[Line, ...]:
    """Ways to name a role, the most exact first: "VP Finance, mid-market logistics", down to "Finance".

    `plain_title` is the job title where it names neither a person nor a company, else "".
    """
    if source.ours:
        return (Line(_told("One of our own people", source)),)
    title = plain_title if 0 < len(plain_title) <= LONGEST_FACT else ""
    rank = _rank(source)
    kind, short = _company(source.segment, source.industry), _company(source.segment, "")
    short = _organization(short) if short else ""
    kind = kind if source.industry else short
    known = ("segment",) * bool(source.segment) + ("industry",) * bool(source.industry)
    tries = (
        ((title, kind), ("job_title", *known)), ((rank, kind), ("persona", "seniority", *known)),
        ((rank, short), ("persona", "seniority", *known[:1] * bool(source.segment))),
        ((rank, ""), ("persona", "seniority")),
        ((_function(source), ""), ("persona",)), (("Buyer", ""), ()),
    )  # fmt: skip
    lines: dict[str, Line] = {}
    for (who, what), uses in tries:
        if who:
            text = _told(", ".join(filter(None, (who, what))), source)
            lines.setdefault(text, Line(text, uses))
    return tuple(lines.values())


def segments(source: Source) -> tuple[Line, ...]:
    """Ways to name the company's kind, the most exact first: "a mid-market logistics company", down to "a customer"."""
    if source.ours:
        return (Line(_told("us", source)),)
    tries = (
        (_company(source.segment, source.industry), ("segment", "industry")),
        (_company(source.segment, ""), ("segment",)),
        (_company("", source.industry), ("industry",)),
    )  # fmt: skip
    lines: dict[str, Line] = {}
    for kind, uses in tries:
        if kind:
            text = _told(f"{_article(kind)} {_organization(kind)}", source)
            lines.setdefault(text, Line(text, uses))
    lines.setdefault(_told("a buyer", source), Line(_told("a buyer", source)))
    return tuple(lines.values())


def full(source: Source) -> str:
    """ "Dana Hill, CFO, Acme": everything that is known."""
    parts = (source.person, source.job_title, "" if source.ours else source.account)
    return _told(
        ", ".join(part.strip() for part in parts if part.strip()) or ("Our rep" if source.ours else "A buyer"), source
    )


def nothing(source: Source) -> str:
    """What must be said where nobody is named: that a rep reported it."""
    return REPORTED if source.reported else ""


def source_of(
    facts: Mapping[str, object], fields: Mapping[str, str], participants: tuple[Mapping[str, str], ...] = ()
) -> Source:
    """The source of a quote from its conversation's facts (`speaker`, `role`, `voice`, `contact`, `job_title`, …).

    The conversation's contact is not always who speaks: another speaker is given his own title where the source has one
    (`participants`, or `speaker_title` among the facts), and neither the contact's title nor the contact's persona.
    """
    get = lambda name: str(facts.get(name) or "")  # noqa: E731
    reported = get("voice") == "reported"
    ours = get("role") == "seller" and not reported
    person, is_contact = _person(facts)
    title = (
        title_of(facts, participants) or get("speaker_title") or (get("job_title") if is_contact and not ours else "")
    )
    own = {name: next((fields[key] for key in keys if fields.get(key)), "") for name, keys in _OWN.items()}
    mine = is_contact and not ours
    return Source(
        " ".join(person.split()), " ".join(title.split()), get("persona") if mine else "",
        get("seniority") if mine else "", get("account"),
        _fact(own["segment"], get("account")), _fact(own["industry"], get("account")), reported, ours,
    )  # fmt: skip


def title_of(facts: Mapping[str, object], participants: tuple[Mapping[str, str], ...]) -> str:
    """The job title that a conversation gives whoever spoke among those who took part; "" where it gives none."""
    person, _ = _person(facts)
    return next((p.get("title", "") for p in participants if person and people.same_person(p["name"], person)), "")


def _person(facts: Mapping[str, object]) -> tuple[str, bool]:
    """Who spoke, or whom a rep's note is about, and whether that is the conversation's contact for all that is
    known."""
    speaker, contact = str(facts.get("speaker") or ""), str(facts.get("contact") or "")
    reported = facts.get("voice") == "reported"
    if reported or people.is_generic(speaker):
        speaker = ""
    ours = facts.get("role") == "seller" and not reported
    return speaker or ("" if ours else contact), not speaker or not contact or people.same_person(speaker, contact)


_OWN = {"segment": SEGMENT_FIELDS, "industry": INDUSTRY_FIELDS}


def _fact(value: str, account: str) -> str:
    """A field's value as far as it names a kind of company: what is long, holds figures of its own or the company's
    name is none."""
    value = " ".join(value.split())
    named = account and (account.casefold() in value.casefold() or value.casefold() in account.casefold().split())
    return "" if named or len(value) > LONGEST_FACT or not re.search(r"[^\W\d_]", value) else value


def _company(segment: str, industry: str) -> str:
    size = _SIZES.get(segment.casefold(), _lower(segment))
    return " ".join(filter(None, (size, _lower(industry))))


def _organization(kind: str) -> str:
    """ "mid-market company", but "acute hospital", and "care home" of "care homes"."""
    *before, last = kind.split()
    one = re.sub(r"ies$", "y", last) if last.endswith("ies") else last.removesuffix("s")
    found = next((word for word in (last, one) if word.casefold() in _ORGANIZATIONS), "")
    plain = found.casefold() in ("home", "group") and not before  # a trade, or nothing
    return " ".join((*before, found)) if found and not plain else f"{kind} company"


def _lower(text: str) -> str:
    """A value within a sentence: "Food & Beverage" is "food & beverage", "IT" and "B2B SaaS" keep their capitals."""
    return " ".join(word.lower() if word[:1].isupper() and word[1:].islower() else word for word in text.split())


def _article(kind: str) -> str:
    return "an" if kind[:1].casefold() in "aeio" or re.match(r"[AEFHILMNORSX][A-Z]", kind) else "a"


def _rank(source: Source) -> str:
    """Seniority and function in words: "VP, finance"; "" where neither is known."""
    rank, function = _RANKS.get(source.seniority, ""), _function(source)
    if rank and function:
        return f"{rank}, {_lower(function)}"
    return rank or function


def _function(source: Source) -> str:
    return human(source.persona) if source.persona not in ("", "unknown", "other") else ""


def _told(line: str, source: Source) -> str:
    return f"{line} ({REPORTED})" if source.reported else line
