"""What the finder reads: one utterance with who said it and what was said before."""

from dataclasses import dataclass

from insights.records import Role, Voice


@dataclass(frozen=True, slots=True)
class Turn:
    """What somebody said or wrote, with up to three utterances before it as (role, text), the latest last."""

    role: Role
    voice: Voice
    text: str
    context: tuple[tuple[Role, str], ...] = ()

    @property
    def is_buyers(self) -> bool:
        """Objections and questions are the buyer's own words, or a note that reports them."""
        return self.voice == "reported" or self.role != "seller"
