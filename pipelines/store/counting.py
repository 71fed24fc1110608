"""Which conversations count: the one rule that every figure, list and search asks.

Of what was uploaded again, the newest telling counts; the copies and older versions that it counts in place of are
kept, so that taking an upload back brings them back, but they are neither read nor counted, or what was said once would
be heard twice. Several tellings of one meeting (its note, its transcript) all count, as one: `counted_as`.
"""

# Written into two indexes too (`conversations_unread` and `conversations_read_with`), which SQLite uses only for a condition in their words.
COPIES = ("duplicate", "revision")


def counts(conversation: str) -> str:
    """The condition that a conversation counts, by what the query calls its row."""
    return f"{conversation}.standing NOT IN {COPIES}"


def is_copy(standing: str) -> str:
    """The condition that a standing is that of a copy or an older version."""
    return f"{standing} IN {COPIES}"


COUNTED = counts("c")
