"""What the labels of objections and questions are called: in names of themes, and wherever else a label is shown."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence

LEAD_SHARE = 0.6  # of a group that has to share a label which leads its name
LABELS = {
    "price": "Price", "budget": "Budget", "roi": "ROI", "authority": "Decision-maker", "need": "No need",
    "status_quo": "Happy as is", "timing": "Timing", "competitor": "Other vendor", "product_gap": "Missing feature",
    "integration": "Integration", "implementation": "Implementation", "security_legal": "Security and legal",
    "trust": "Trust", "pricing": "Pricing", "comparison": "Comparison", "proof": "Proof", "limits": "Limits",
    "fit": "Fit", "capability": "Capability", "security": "Security", "support": "Support", "contract": "Contract",
    "roadmap": "Roadmap", "company": "Company", "process": "Buying process",
}  # fmt: skip
# And those of competitors, which a theme's name tells in words of its own.
READABLE = LABELS | {
    "incumbent": "In use",
    "evaluating": "Evaluating", "past": "Used before", "switching_from": "Switching from",
    "switching_to": "Switching to",
}  # fmt: skip
SILENT = frozenset(["capability"])  # labels that say too little to lead a name
# Names for themes whose members agree in their label but in few words.
PLAIN = {
    "price": "Price: costs too much", "budget": "Budget: no money for it now", "roi": "ROI: does it pay off?",
    "authority": "Decision-maker: someone else decides", "need": "No need for it",
    "status_quo": "Happy as is: no reason to change", "timing": "Timing: not now, maybe later",
    "competitor": "Other vendor: with someone else already", "product_gap": "Missing feature or option",
    "integration": "Integration with our systems", "implementation": "Implementation: effort and time",
    "security_legal": "Security and legal concerns", "trust": "Trust: doubts about the vendor",
    "pricing": "Pricing: what does it cost?", "comparison": "Comparison with others",
    "proof": "Proof: results and references", "limits": "Limits: what could go wrong?",
    "fit": "Fit: is it right for us?",
    "capability": "Capability: what can it do?", "security": "Security and data protection",
    "support": "Support: who helps us?", "contract": "Contract terms and cancellation",
    "roadmap": "Roadmap: what is planned?", "company": "Company: who is behind it?",
    "process": "Buying process: what happens next?",
}  # fmt: skip

# What people also look for a label by, in the singular; what may be about anything ("help", "risk") is left out.
ALSO_CALLED = {
    "price": "cost discount expensive", "budget": "funding", "roi": "payback", "authority": "approval board boss procurement",
    "status_quo": "habit inertia", "timing": "busy postpone", "product_gap": "functionality", "integration": "api connector interface",
    "implementation": "adoption changeover effort migration onboarding roll-out rollout set-up setup training",
    "security_legal": "compliance gdpr privacy residency", "trust": "reputation", "pricing": "cost discount licence license",
    "proof": "case-study reference review", "limits": "drawback", "security": "compliance gdpr privacy",
    "contract": "cancellation renewal",
}  # fmt: skip


def called(words: Collection[str]) -> list[str]:
    """The labels by whose names, or what else people call them, all of these words go, in the singular or the plural."""
    wanted = {_singular(word) for word in words}
    return [label for label in LABELS if any(wanted <= names for names in _names(label))]


def _names(label: str) -> Iterator[set[str]]:
    yield {_singular(word) for word in label.split("_")}
    yield {_singular(word) for word in re.findall(r"\w+", LABELS[label])}
    for name in ALSO_CALLED.get(label, "").split():
        yield {_singular(word) for word in name.split("-")}


def _singular(word: str) -> str:
    return word.casefold().removesuffix("s")


def shared(labels: Sequence[str]) -> str:
    """The label that three fifths of a group have, or ""."""
    if not labels:
        return ""
    counts = Counter(labels)
    label = min(counts, key=lambda one: (-counts[one], one))
    return label if label in READABLE and counts[label] >= LEAD_SHARE * len(labels) else ""


def most(labels: Sequence[str]) -> str:
    """The commonest label that two or more of a group have, or ""."""
    counts = Counter(label for label in labels if label in READABLE and label not in SILENT)
    label = min(counts, key=lambda one: (-counts[one], one), default="")
    return label if counts[label] > 1 else ""


def lead(label: str, parent: str) -> str:
    """What a name of this label begins with; nothing where the name of the theme above begins with it already."""
    readable = "" if label in SILENT else READABLE.get(label, "")
    return "" if readable and parent.startswith(readable) else readable
