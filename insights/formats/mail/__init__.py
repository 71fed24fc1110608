"""Mails and mailboxes: each mail becomes its author's own words, mails that answer each other become one thread.

Reading and threading are two steps, because the mails of one thread can lie in several files and come at several times.
Whoever keeps mails (as JSON: `dataclasses.asdict`, `from_dict`) finds those that may belong together by their `marks`
and what these have `sought`, and gives all of them to `threads` again whenever one is added or taken back.
"""

from collections.abc import Iterator

from insights.formats.mail.boxes import is_mail, is_mbox, read_mails
from insights.formats.mail.outlook import is_outlook
from insights.formats.mail.records import Embedded, Mail, Words, from_dict
from insights.formats.mail.threads import held, is_held, marks, moment, normal_subject, sought, threads
from insights.formats.sources import Source
from insights.formats.tables.columns import ColumnMapping
from insights.records import Conversation, Problem

__all__ = [
    "Embedded", "Mail", "Words", "from_dict", "held", "is_held", "is_mail", "is_mbox", "is_outlook", "marks", "moment", "normal_subject",
    "read",
    "read_mails", "sought", "threads",
]  # fmt: skip


def read(source: Source, mapping: ColumnMapping) -> Iterator[Conversation | Problem]:
    """Read one mail or a mailbox and thread what it holds."""
    mails: list[Mail] = []
    for item in read_mails(source.name, source.stream, limits=source.limits):
        if isinstance(item, Mail):
            mails.append(item)
        else:
            yield item
    yield from threads(mails)
