"""What a report counts: conversations, the accounts they are of, or the deals they belong to, as SQL over
`conversations c`.

A deal is known by its id in the CRM, else by its name, else an account's conversations are one deal: an outcome is
the deal's, so whoever counts conversations against it counts a deal once for every call.
"""

from typing import Literal

Unit = Literal["conversation", "account", "deal"]

UNITS: tuple[Unit, ...] = ("conversation", "account", "deal")

ACCOUNT = "coalesce(nullif(c.account_key, ''), c.counted_as)"
# What a deal's keys begin with: whoever sets a deal by hand takes these away first, so DEAL must look at no others.
DEAL_KEYS = ("id:deal:", "id:006", "name:")
# Salesforce ids start with 006 where they are an opportunity's.
DEAL = f"""coalesce(
    (SELECT min(k.key) FROM conversation_keys k WHERE k.conversation_id = c.id AND (k.key LIKE 'id:deal:%' OR k.key GLOB 'id:006*')),
    (SELECT min(k.key) FROM conversation_keys k WHERE k.conversation_id = c.id AND k.key LIKE 'name:%'),
    {ACCOUNT})"""
EXPRESSIONS: dict[Unit, str] = {"conversation": "c.counted_as", "account": ACCOUNT, "deal": DEAL}
