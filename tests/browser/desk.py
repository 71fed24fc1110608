"""What people have on their desks: tables, calls and mails of a small company, to be uploaded into an empty Parley."""

import csv
import io
from collections.abc import Iterable

ACCOUNTS = (
    "Ferrin Foods", "Quill Freight", "Brandt Optik", "Halden Marine", "Osprey Tools", "Lindqvist Bygg",
    "Merrow Textiles", "Tarn Logistics", "Corvo Coffee", "Stell Energy", "Bexley Dental", "Nordal Timber",
)  # fmt: skip
TITLES = ("CFO", "VP Operations", "Head of IT", "Procurement Manager")
STAGES = ("Discovery", "Demo", "Proposal", "Negotiation")
SEGMENTS = ("mid-market", "enterprise")
SAID = (
    "She said it is too expensive for what they need this year.",
    "He told us the price is too high for their budget.",
    "They find the licence too expensive compared with last year.",
    "It costs too much for a team of their size, she said.",
    "The budget for this year is spent, so the price is a problem.",
    "He is worried that the migration takes too long and stops the warehouse.",
    "They fear that switching takes months and ties up their people.",
    "She said rolling it out would take too much time before the season.",
    "She asked: where is our data stored?",
    "He wants to know: in which country is the data kept?",
    "They asked: do you store our data in the EU?",
    "He asked: does it integrate with SAP?",
    "She wants to know: is there an integration with our ERP?",
)


def table(*rows: dict[str, str]) -> bytes:
    """A CSV file of these rows, which have the same columns."""
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def notes(many: int = 120) -> Iterable[dict[str, str]]:
    """Call notes of a year, as a CRM exports them: objections that repeat in other words, and plain talk."""
    for n in range(many):
        account = ACCOUNTS[n % len(ACCOUNTS)]
        more = "Compared us with Stockwise, which they use today." if n % 7 == 0 else "Agreed to speak again next week."
        yield {
            "Company": account,
            "Person": f"Buyer {n % 30}",
            "Job title": TITLES[n % 4],
            "When": f"2025-{1 + n * 12 // many:02}-{1 + n % 28:02}",
            "Deal stage": STAGES[n % 4],
            "Segment": SEGMENTS[n % 2],
            "What was said": f"Call with {account}. {SAID[(n * 5) % len(SAID)]} {more}",
        }


# Of these two nothing tells who sells.
CALL = """WEBVTT

00:00:01.000 --> 00:00:04.000
<v Ann Lee>Shall we look at the minutes of last week?

00:00:05.000 --> 00:00:09.000
<v Bob Ray>Yes. The warehouse in the north is open again.

00:00:10.000 --> 00:00:14.000
<v Ann Lee>Good. Then I write the summary by Friday.

00:00:15.000 --> 00:00:18.000
<v Bob Ray>Fine, thank you.
"""
