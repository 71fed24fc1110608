"""A CRM's own stage names to four steps of a purchase: awareness, consideration, decision, customer; else unknown.

What one would get wrong: a lost deal's stage says that it is over, not how far it came, so it stays unknown.
"""

import re
from collections.abc import Mapping
from typing import Literal

Step = Literal["awareness", "consideration", "decision", "customer", "unknown"]

STEPS: tuple[Step, ...] = ("awareness", "consideration", "decision", "customer", "unknown")
# Stage names as HubSpot, Salesforce, Pipedrive, Dynamics, Zoho and Close ship them, and what teams commonly call their own.
NAMES: dict[Step, tuple[str, ...]] = {
    "awareness": (
        "awareness", "subscriber", "lead", "leads", "lead in", "new", "new lead", "prospect", "prospecting",
        "prospects", "inquiry",
        "enquiry", "interest", "outreach", "contacted", "contact made", "attempted to contact", "connected", "mql",
        "marketing qualified lead", "marketing qualified", "target", "cold", "nurture", "suspect", "idea", "potential",
        "first contact", "first chat", "first call", "introduction", "intro", "interessent", "neuer lead", "erstkontakt", "kontaktaufnahme",
        "akquise", "anfrage",
    ),
    "consideration": (
        "consideration", "qualification", "qualify", "qualified", "qualified lead", "sql", "sql stage",
        "sales qualified lead",
        "sales qualified", "sal", "discovery", "needs analysis", "need analysis", "needs defined", "value proposition",
        "id decision makers", "perception analysis", "appointment scheduled", "qualified to buy",
        "presentation scheduled",
        "presentation", "demo", "demo scheduled", "demo done", "demonstration", "evaluation", "evaluating",
        "opportunity",
        "solution", "solution design", "develop", "technical validation", "technical evaluation", "validation",
        "scoping",
        "assessment", "meeting", "meeting scheduled", "meeting booked", "poc", "proof of concept", "proof of value",
        "pov",
        "pilot", "trial", "testing", "free trial", "research", "exploration", "first meeting", "workshop", "survey", "site survey", "site visit",
        "qualifizierung", "qualifiziert", "bedarfsanalyse", "bedarfsermittlung", "erstgespräch", "präsentation",
        "testphase", "evaluierung",
    ),
    "decision": (
        "decision", "decision maker bought in", "proposal", "propose", "proposal made", "proposal sent",
        "proposal price quote",
        "quote", "quote sent", "quoted", "price quote", "offer", "offer sent", "contract", "contract sent",
        "contracting",
        "negotiation", "negotiations", "negotiation review", "negotiations started", "negotiating", "legal",
        "legal review",
        "procurement", "security review", "commit", "committed", "verbal", "verbal agreement", "verbal commitment",
        "closing",
        "close", "shortlist", "shortlisted", "vendor selection", "business case", "approval", "purchase", "purchasing",
        "redlines", "signature", "ready to close", "final review", "invoice", "order",
        "angebot", "angebot erstellt", "angebot gesendet", "angebot versendet", "angebotsphase", "verhandlung",
        "verhandlungen", "vertrag",
        "vertragsverhandlung", "entscheidung", "abschluss", "freigabe",
    ),
    "customer": (
        "customer", "customers", "client", "closed won", "won", "onboarding", "implementation", "go live", "live",
        "adoption",
        "renewal", "renewals", "expansion", "upsell", "cross sell", "evangelist", "retention", "existing customer",
        "existing business",
        "contract signed", "deal signed", "post sale", "kick off", "deployment", "in use", "support", "churn", "at risk", "account management",
        "kunde", "bestandskunde", "gewonnen", "einführung", "verlängerung",
    ),
}  # fmt: skip
_STEP_OF = {name: step for step, names in NAMES.items() for name in names}
_PER_CENT = re.compile(r"\(?\b\d{1,3}\s*%\)?")


def step_of(name: str, given: Mapping[str, Step] | None = None) -> Step:
    """The step that a stage's name means: a person's word (`given`, by `plain` names), else the table, else unknown.

    A name that holds a listed one as whole words counts as the longest of them, where all that it holds agree.
    """
    written = plain(name)
    if not written:
        return "unknown"
    if given and written in given:
        return given[written]
    if found := _STEP_OF.get(written):
        return found
    if re.search(
        r"\b(?:lost|disqualified|unqualified|cancelled|canceled|dead|no|verloren|abgelehnt|disqualifiziert)\b", written
    ):
        return "unknown"
    held = [(len(known), step) for known, step in _STEP_OF.items() if f" {known} " in f" {written} "]
    longest = max((size for size, _ in held), default=0)
    steps = {step for size, step in held if size == longest}
    return steps.pop() if len(steps) == 1 else "unknown"


def plain(name: str) -> str:
    """A stage's name in lower-case words: "3 - Negotiation/Review (80%)" is "3 negotiation review"."""
    return " ".join(re.sub(r"[\W_]+", " ", _PER_CENT.sub(" ", name.casefold())).split())
