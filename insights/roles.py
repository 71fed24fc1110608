"""Who was buying and who was selling: sides from what is known for certain, never from who spoke first.

Unknown stays unknown; a person can correct it. Notes stay the seller's report.
"""

import re
from collections.abc import Iterable
from dataclasses import replace

from insights.formats.facts import side_of
from insights.records import Company, Conversation, Participant, Role

_APART = re.compile(r"\s*(?:[|/(),;]|\s[-–—@]\s|\bfrom\b|\bat\b)\s*", re.I)


def assign(conversation: Conversation, company: Company) -> Conversation:
    """Return the conversation with the role of every utterance and participant set as far as it is known."""
    names = list(
        dict.fromkeys(utterance.speaker for utterance in conversation.utterances if utterance.voice == "verbatim")
    )
    explicit = _explicit(conversation)
    people = {participant.name: participant for participant in conversation.participants}
    roles: dict[str, Role] = {}
    for name in names:
        person = people.get(name, Participant(name))
        roles[name] = explicit.get(name) or known_role(person, conversation, company)
    _complete(roles, conversation)
    utterances = tuple(
        utterance
        if utterance.voice == "reported" or utterance.role != "unknown"
        else replace(utterance, role=roles.get(utterance.speaker, "unknown"))
        for utterance in conversation.utterances
    )
    participants = tuple(_placed(person, roles, conversation, company) for person in conversation.participants)
    return replace(conversation, utterances=utterances, participants=participants)


def _explicit(conversation: Conversation) -> dict[str, Role]:
    """Roles the source itself gave; a speaker given both sides has none."""
    found: dict[str, set[Role]] = {}
    for utterance in conversation.utterances:
        if utterance.voice == "verbatim" and utterance.role != "unknown":
            found.setdefault(utterance.speaker, set()).add(utterance.role)
    for person in conversation.participants:
        if person.role != "unknown" and person.name not in found:
            found[person.name] = {person.role}
    return {name: next(iter(sides)) for name, sides in found.items() if len(sides) == 1}


def _placed(person: Participant, roles: dict[str, Role], conversation: Conversation, company: Company) -> Participant:
    if person.role != "unknown":
        return person
    known = roles.get(person.name, "unknown")
    return replace(person, role=known if known != "unknown" else known_role(person, conversation, company))


def known_role(person: Participant, conversation: Conversation, company: Company) -> Role:
    """One person's side by mail domain, then by name, then by the words of the label."""
    if "@" in person.address and company.domains:
        return "seller" if _is_own(person.address, company.domains) else "buyer"
    seller = any(same_person(person.name, name) for name in (*company.people, conversation.rep) if name)
    buyer = bool(conversation.contact) and same_person(person.name, conversation.contact)
    if seller != buyer:
        return "seller" if seller else "buyer"
    if seller and buyer:
        return "unknown"
    side = side_of(person.name)
    if side != "unknown":
        return side
    return "seller" if _names_company(person.name, company) else "unknown"


def _is_own(address: str, domains: Iterable[str]) -> bool:
    domain = address.rpartition("@")[2].strip("> ").casefold()
    own = (name.casefold().lstrip("@.") for name in domains)
    return any(domain == name or domain.endswith(f".{name}") for name in own if name)


def same_person(label: str, name: str) -> bool:
    """True when a speaker's label means the named person: "JANE DOE | Acme", "Jane Doe (Acme)", "Doe, Jane".

    A first name alone is enough only when the label or the name is just that.
    """
    one, other = _name_words(label), _name_words(name)
    if not one or not other:
        return False
    return set(one) == set(other) or (len(one) == 1 and one[0] == other[0]) or (len(other) == 1 and other[0] == one[0])


def _name_words(label: str) -> list[str]:
    if "@" in label and " " not in label.strip():
        label = label.partition("@")[0].replace(".", " ")
    parts = [part for part in _APART.split(label) if part]
    if not parts:
        return []
    if re.match(r"^[^\s,]+,\s*[^\s,]+$", label.strip()):
        return re.findall(r"[^\W\d_]+", " ".join(reversed(parts)).casefold())
    return re.findall(r"[^\W\d_][\w'’-]*", parts[0].casefold())


def _names_company(label: str, company: Company) -> bool:
    """The seller's own name (a domain's first word, or a product) in what stands beside the person's name."""
    words = {word.casefold() for part in _APART.split(label)[1:] for word in re.findall(r"\w{3,}", part)}
    own = {domain.casefold().removeprefix("www.").partition(".")[0] for domain in company.domains}
    own |= {product.casefold() for product in company.products}
    return bool(words & own)


def _complete(roles: dict[str, Role], conversation: Conversation) -> None:
    """When one side is known for certain, the named others are the other side; the seller's follows from the buyer's
    only when the contact is known, because several buyers often sit in one call."""
    sides = set(roles.values())
    unknown = [name for name, role in roles.items() if role == "unknown" and name]
    if "seller" in sides and "buyer" not in sides:
        roles.update(dict.fromkeys(unknown, "buyer"))
    elif "buyer" in sides and "seller" not in sides and conversation.contact:
        roles.update(dict.fromkeys(unknown, "seller"))
