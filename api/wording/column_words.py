"""What a column can be taken for, in groups and in words for whoever checks an upload; the rest is technical.

What one would get wrong: every role of `insights.formats.tables.columns` must stand in one group, a test holds it.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Choice:
    """A role with its name and a line on what it is."""

    role: str
    name: str
    says: str


@dataclass(frozen=True, slots=True)
class Group:
    """Choices that belong together; `technical` ones are shown where one of them is in use."""

    name: str
    choices: tuple[Choice, ...]
    technical: bool = False


GROUPS = (
    Group("Who", (
        Choice("account", "Account", "the buyer’s company"), Choice("contact", "Contact", "the buyer’s name"),
        Choice("first_name", "First name", "the buyer’s, joined with the last name"),
        Choice("last_name", "Last name", "the buyer’s"),
        Choice("address", "E-mail address", "the buyer’s"), Choice("job_title", "Job title", "the buyer’s; the persona comes from it"),
        Choice("rep", "Our person", "who sold: owner, author"),
        Choice("speaker", "Speaker", "who speaks, where a row is one turn"),
        Choice("role", "Speaker’s side", "buyer or seller"),
    )),
    Group("When", (
        Choice("date", "Date", "when it took place"), Choice("time", "Time of day", "where the date has none"),
    )),
    Group("What was said", (
        Choice("text", "Text", "the words to be read"), Choice("title", "Title", "the subject"),
        Choice("kind", "Kind", "call, meeting, e-mail, note or chat"),
        Choice("direction", "Direction", "inbound or outbound"),
    )),
    Group("Deal", (
        Choice("deal", "Deal", "its name"), Choice("stage", "Stage", "where the deal stood"),
        Choice("outcome", "Outcome", "won, lost, no answer"),
    )),
    Group("Technical", (
        Choice("id", "Number of the row", "the system’s own; rows that share it are one conversation"),
        Choice("subkind", "Finer kind", "where the kind is empty"),
        Choice("is_task", "Is a task", "yes or no"), Choice("html", "Text as HTML", "used where the text is empty"),
        Choice("owner_id", "Seller’s number", "where no name stands"),
        Choice("incoming", "The buyer wrote", "yes or no"),
        Choice("from_name", "Sender’s name", "of an e-mail"),
        Choice("from_address", "Sender’s address", "of an e-mail"),
        Choice("to_address", "Recipients’ addresses", "of an e-mail"),
        Choice("message_id", "E-mail’s number", "its Message-ID"),
        Choice("thread_id", "Thread’s number", "mails that share it are one conversation"),
        Choice("reply_to_id", "Answers which e-mail", "by its number"),
        Choice("deal_id", "Deal’s number", "facts of the deal are joined by it"),
        Choice("contact_id", "Contact’s number", "facts of the contact are joined by it"),
        Choice("account_id", "Account’s number in the CRM", "given with its signals and lists"),
        Choice("related_id", "Related to which number", "Salesforce’s WhatId"),
        Choice("deleted", "Was deleted", "such rows are not read"),
        Choice("started_at", "Turn began", "seconds or a clock"),
        Choice("ended_at", "Turn ended", "seconds or a clock"),
    ), technical=True),
)  # fmt: skip
