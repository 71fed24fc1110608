"""Who was buying and who was selling: each speaker's side, how sure it is, and what shows it.

Precedence: a person's correction; what the source says; the company's own domains, people and products; the CRM's
columns; the words of the label; what the speaker says, and the other side of those who are known. Who spoke first says
nothing. Below SURE a side stays unknown. Notes stay the seller's report.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from insights import evidence, people
from insights.formats.facts import side_of
from insights.records import Company, Conversation, Participant, Role

SURE = 0.9  # the least confidence at which a side is assigned
MOST = 0.99  # the most that evidence in the text can be sure of
OTHER_SIDE = 0.95  # the most that knowing the others can be sure of
# Among three or more of whom nobody surely sells, or with more strangers than this, it may be a meeting of colleagues:
# what words say is believed up to DOUBTED only.
MOST_STRANGERS = 6
DOUBTED = 0.8
# Log-odds of the seller before anybody is heard. UNLISTED: among three or more, not among own people and domains while
# somebody who is takes part. MORE_BUYERS: a buyer is known and no seller (several buyers often sit in one call).
# BALANCE: what everybody loses by talking at all ("my", "okay"), learned with the weights; between two it falls out.
UNLISTED = -1.5
MORE_BUYERS = -1.0
BALANCE = 0.45
SAMPLES = 3
TELLING, EXCERPT = 25, 160  # characters: an utterance that tells something, and how much of one is shown


@dataclass(frozen=True, slots=True)
class SideCorrection:
    """A person's word on somebody's side. `subject` is a name, a label or an address (kept as people.normal gives it).

    `conversation_id` "" holds in every file; a label that names nobody (people.is_generic) needs the conversation's.
    """

    subject: str
    role: Role
    conversation_id: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """One speaker's side. `confidence` is in [0, 1], 0 where nothing speaks for either.

    `source` is "correction", "source" (the file says so), "domain", "person", "name in the label" (our product or
    company, or the account), "crm", "label", "evidence", "other side", "same company" or "" for none. `reasons` are
    short words with how often they were seen; `samples` are (utterance index, start, end) of up to three excerpts:
    those that show the reasons, strongest first, else the first things said. `role` is the likelier side even below
    SURE: `side` is what may be used.
    """

    speaker: str
    role: Role
    confidence: float
    source: str
    reasons: tuple[tuple[str, int], ...] = ()
    samples: tuple[tuple[int, int, int], ...] = ()

    @property
    def side(self) -> Role:
        """The role when it is sure enough to be used, else "unknown"."""
        return self.role if self.confidence >= SURE else "unknown"


def assign(conversation: Conversation, company: Company, corrections: Sequence[SideCorrection] = ()) -> Conversation:
    """Return the conversation with the role of every utterance and participant set as far as it is known.

    Give it what the source gave: a side that was assigned before would count as the source's own.
    """
    return apply(conversation, judge(conversation, company, corrections), company, corrections)


def apply(
    conversation: Conversation,
    judgements: Iterable[Judgement],
    company: Company,
    corrections: Sequence[SideCorrection] = (),
) -> Conversation:
    """Set the sides that were judged. A role that the source gave to an utterance gives way to a correction only."""
    judged = {judgement.speaker: judgement for judgement in judgements}
    utterances = tuple(
        replace(utterance, role=judged[utterance.speaker].side)
        if utterance.voice == "verbatim"
        and utterance.speaker in judged
        and (_says_no_more(utterance.role, utterance.speaker) or judged[utterance.speaker].source == "correction")
        else utterance
        for utterance in conversation.utterances
    )
    participants = []
    for person in conversation.participants:
        known = (
            judged.get(person.name)
            or _known(person, conversation, company, corrections, {})
            or Judgement("", "unknown", 0, "")
        )
        if _says_no_more(person.role, person.name) or known.source == "correction":
            person = replace(person, role=known.side)
        participants.append(person)
    return replace(conversation, utterances=utterances, participants=tuple(participants))


def others(conversation: Conversation, company: Company, corrections: Sequence[SideCorrection] = ()) -> list[str]:
    """The names of those who take part and are not known to sell, by other things than what they say."""
    explicit = _explicit(conversation)
    people_ = {person.name: person for person in conversation.participants} | _persons(conversation)
    known = {name: _known(person, conversation, company, corrections, explicit) for name, person in people_.items()}
    return [name for name, judged in known.items() if name and not (judged and judged.side == "seller")]


def judge(
    conversation: Conversation, company: Company, corrections: Sequence[SideCorrection] = ()
) -> tuple[Judgement, ...]:
    """Judge every verbatim speaker's side, in order of first words."""
    persons = _persons(conversation)
    explicit = _explicit(conversation)
    known: dict[str, Judgement] = {}
    for name, person in persons.items():
        if found := _known(person, conversation, company, corrections, explicit):
            known[name] = found
    open_names = [name for name in persons if name not in known]
    if any(open_names):
        known = {**known, **_weighed(conversation, company, persons, known)}
    judged = [known.get(name) or Judgement(name, "unknown", 0.0, "") for name in persons]
    first = _first_words(conversation)
    return tuple(j if j.samples else replace(j, samples=first[j.speaker]) for j in judged)


def _first_words(conversation: Conversation) -> dict[str, tuple[tuple[int, int, int], ...]]:
    """Excerpts for a person to see who it is: each speaker's first utterances of a few words, else the first of all."""
    told: dict[str, list[tuple[int, int, int]]] = {}
    said: dict[str, list[tuple[int, int, int]]] = {}
    for index, utterance in enumerate(conversation.utterances):
        if utterance.voice == "verbatim":
            excerpt = (index, 0, min(len(utterance.text), EXCERPT))
            if len(at := said.setdefault(utterance.speaker, [])) < SAMPLES:
                at.append(excerpt)
            if len(utterance.text) >= TELLING and len(at := told.setdefault(utterance.speaker, [])) < SAMPLES:
                at.append(excerpt)
    return {speaker: tuple(told.get(speaker) or at) for speaker, at in said.items()}


def _persons(conversation: Conversation) -> dict[str, Participant]:
    """For each verbatim speaker the participant meant: of the same name, else the only one whose whole name it is."""
    named: dict[str, Participant] = {}
    alike: dict[frozenset[str], list[Participant]] = {}
    for person in conversation.participants:
        named.setdefault(person.name, person)
        if person.address:
            alike.setdefault(frozenset(people.name_words(person.name)), []).append(person)
    persons = {}
    for name in dict.fromkeys(u.speaker for u in conversation.utterances if u.voice == "verbatim"):
        person = named.get(name) or Participant(name, address=people.address_in(name))
        words = people.name_words(name)
        if not person.address and len(words) > 1 and len(same := alike.get(frozenset(words), [])) == 1:
            person = replace(same[0], name=name)
        persons[name] = person
    return persons


def _says_no_more(role: Role, label: str) -> bool:
    """True when a role is unknown, or only what a reader took from the words of the label ("Bob, Lead Engineer"): then
    it ranks as the label does, below who the person is known to be."""
    return role == "unknown" or role == side_of(label)


def _explicit(conversation: Conversation) -> dict[str, Role]:
    """Roles the source itself gave; a speaker given both sides has none."""
    found: dict[str, set[Role]] = {}
    for utterance in conversation.utterances:
        if utterance.voice == "verbatim" and utterance.role != "unknown":
            found.setdefault(utterance.speaker, set()).add(utterance.role)
    for person in conversation.participants:
        if person.role != "unknown" and person.name not in found:
            found[person.name] = {person.role}
    given = {name: next(iter(sides)) for name, sides in found.items() if len(sides) == 1}
    return {name: role for name, role in given.items() if not _says_no_more(role, name)}


def _known(
    person: Participant,
    conversation: Conversation,
    company: Company,
    corrections: Sequence[SideCorrection],
    explicit: Mapping[str, Role],
) -> Judgement | None:
    """One person's side from what is known about them rather than from what they say; None when nothing is."""
    if role := _corrected(person, conversation, corrections):
        return Judgement(person.name, role, 1.0 if role != "unknown" else 0.0, "correction")
    if person.name in explicit:
        return Judgement(person.name, explicit[person.name], 0.99, "source")
    for rule in (_by_address, _by_own_people, _by_name_in_label, _by_crm, _by_label):
        if found := rule(person, conversation, company):
            return Judgement(person.name, *found[:3], ((found[3], 1),))
    return None


def _corrected(person: Participant, conversation: Conversation, corrections: Sequence[SideCorrection]) -> Role | None:
    """The correction that fits best: one for this conversation before one for all, an address before a name."""
    subjects = [people.normal(subject) for subject in (person.address, person.name) if subject]
    best: dict[tuple[int, int], Role] = {}
    for correction in corrections:
        subject = people.normal(correction.subject)
        here = correction.conversation_id == conversation.id
        everywhere = not correction.conversation_id and not people.is_generic(correction.subject)
        if subject in subjects and (here or everywhere):
            best[(0 if here else 1, subjects.index(subject))] = correction.role  # the latest of equals wins
    return best[min(best)] if best else None


Found = tuple[Role, float, str, str] | None  # side, confidence, source, reason


def _by_address(person: Participant, conversation: Conversation, company: Company) -> Found:
    domain = people.domain_of(person.address)
    if not domain or not company.domains:
        return None
    if people.is_own(person.address, company.domains):
        return "seller", 0.99, "domain", "our domain"
    if not people.is_free_mail(domain):
        return "buyer", 0.97, "domain", "another domain"
    return None if _own_person(person.name, company) else ("buyer", 0.92, "domain", "a private address")


def _by_own_people(person: Participant, conversation: Conversation, company: Company) -> Found:
    ours = _own_person(person.name, company)
    if not ours or (ours == 1 and people.likeness(person.name, conversation.contact)):
        return None  # "Ann", when both our Ann Lee and their Ann Berg may be meant
    return ("seller", 0.98, "person", "our person") if ours == 2 else ("seller", 0.92, "person", "our first name")


def _own_person(name: str, company: Company) -> int:
    return max((people.likeness(name, own) for own in company.people), default=0)


def _by_name_in_label(person: Participant, conversation: Conversation, company: Company) -> Found:
    """Our own name (a domain's first word, or a product) or the account's in what stands beside the person's name."""
    words = _words(people.beside_name(person.name))
    own = {_words(domain.casefold().removeprefix("www.").partition(".")[0]) for domain in company.domains}
    own |= {_words(product) for product in company.products}
    if any(len(name) > 2 and f" {name} " in f" {words} " for name in own):
        return "seller", 0.97, "name in the label", "our name"
    account = _words(conversation.account)
    whole = len(account) > 2 and f" {account} " in f" {words} "
    if whole or (len(words) > 3 and account.startswith(f"{words} ")):  # "Acme" for Acme Foods
        return "buyer", 0.97, "name in the label", "the account's name"
    return None


def _words(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))


def _by_crm(person: Participant, conversation: Conversation, company: Company) -> Found:
    rep, contact = (people.likeness(person.name, name) for name in (conversation.rep, conversation.contact))
    if rep == contact:
        return None
    confidence = 0.96 if max(rep, contact) == 2 else 0.92
    if rep > contact:
        return "seller", confidence, "crm", "rep column"
    return "buyer", confidence, "crm", "contact column"


def _by_label(person: Participant, conversation: Conversation, company: Company) -> Found:
    side = side_of(person.name)
    return (side, 0.95, "label", "the label says so") if side != "unknown" else None


def _weighed(
    conversation: Conversation, company: Company, persons: Mapping[str, Participant], known: Mapping[str, Judgement]
) -> dict[str, Judgement]:
    """Judge those who are not known by what they say, with those who are. A nameless speaker may be several people."""
    shown = evidence.read(conversation, company, {name for name in persons if name and name not in known})
    groups = _groups(persons)
    fixed = {groups[name]: _odds(judgement) for name, judgement in known.items() if judgement.role != "unknown"}
    said: dict[str, float] = {}
    for name in persons:
        if name and groups[name] not in fixed:
            said[groups[name]] = said.get(groups[name], 0.0) + sum(sign.log_odds for sign in shown.get(name, ()))
    several = len(fixed) + len(said) > 2
    prior = _prior(known, several=several)
    balance = BALANCE if several else 0.0
    sells = evidence.weigh(fixed | {group: odds + prior + balance for group, odds in said.items()})
    silent = evidence.weigh(fixed | dict.fromkeys(said, prior))
    judged = {}
    for name in persons:
        if not name or name in known:
            continue
        group = groups[name]
        if group in fixed:
            role: Role = "seller" if fixed[group] > 0 else "buyer"
            judged[name] = Judgement(name, role, 0.95, "same company", (("same company", 1),))
        else:
            judged[name] = _judged(name, sells[group], silent[group], shown.get(name, ()), bool(fixed))
    sure = any(j.side == "seller" for j in judged.values()) and len(said) <= MOST_STRANGERS
    if several and not sure and not any(j.side == "seller" for j in known.values()):
        return {name: replace(j, confidence=min(j.confidence, DOUBTED)) for name, j in judged.items()}
    return judged


def _judged(name: str, sells: float, silent: float, shown: Sequence[evidence.Shown], somebody_known: bool) -> Judgement:
    """Put a probability of selling into words: the side, how sure, and the signs that speak for it."""
    if not shown and not somebody_known and abs(sells - 0.5) < 1e-9:
        return Judgement(name, "unknown", 0.0, "")
    role: Role = "seller" if sells >= 0.5 else "buyer"
    of_role = [sign for sign in shown if (sign.log_odds > 0) == (role == "seller") and sign.log_odds]
    without_words = silent if role == "seller" else 1 - silent
    source = "other side" if somebody_known and (without_words >= SURE or not of_role) else "evidence"
    reasons = tuple((sign.sign, sign.times) for sign in of_role[:SAMPLES])
    samples = tuple(sign.places[0] for sign in of_role[:SAMPLES])
    confidence = min(OTHER_SIDE if source == "other side" else MOST, max(sells, 1 - sells))
    return Judgement(name, role, round(confidence, 3), source, reasons, samples)


def _groups(persons: Mapping[str, Participant]) -> dict[str, str]:
    """Who belongs together: people whose addresses share a domain that is not a mail provider's are on one side."""
    groups = {}
    for name, person in persons.items():
        domain = people.domain_of(person.address)
        groups[name] = f"@{domain}" if domain and not people.is_free_mail(domain) else name
    return groups


def _odds(judgement: Judgement) -> float:
    odds = math.log(min(judgement.confidence, 0.99) / (1 - min(judgement.confidence, 0.99)))
    return odds if judgement.role == "seller" else -odds


def _prior(known: Mapping[str, Judgement], *, several: bool) -> float:
    """What those who are known say about the others, before anybody is heard."""
    if several and any(j.role == "seller" and j.source in {"person", "domain"} for j in known.values()):
        return UNLISTED
    sides = {j.role for j in known.values()}
    return MORE_BUYERS if sides == {"buyer"} and not any(j.source == "crm" for j in known.values()) else 0.0
