"""What a report counts: conversations, the accounts they are of, or the deals they belong to, as SQL over
`conversations c`.

A deal is known by its id in the CRM, else by its name within its account (every second one is called "Renewal"); a
conversation that names none (recorders and mail seldom do) belongs to the one deal of its account, and where an account
has none or several, those that name none are one deal. An outcome is the deal's, so whoever counts conversations against
it counts a deal once for every call.

What one would get wrong: DEAL looks at all conversations once a statement. Where columns are at hand, `deal_keys` is
asked instead.
"""

from typing import Literal

Unit = Literal["conversation", "account", "deal"]

UNITS: tuple[Unit, ...] = ("conversation", "account", "deal")

ACCOUNT = "coalesce(nullif(c.account_key, ''), c.counted_as)"
# What a deal's keys begin with: whoever sets a deal by hand takes these away first, so OWN_DEAL must look at no others.
DEAL_KEYS = ("id:deal:", "id:006", "name:")
# The deal that a conversation names itself, NULL for none. Salesforce ids start with 006 where they are an opportunity's.
# A name that is empty says that it is of none (see `settle`).
OWN_DEAL = f"""coalesce(
    (SELECT min(k.key) FROM conversation_keys k WHERE k.conversation_id = c.id AND (k.key LIKE 'id:deal:%' OR k.key GLOB 'id:006*')),
    (SELECT iif(min(k.key) = 'name:', {ACCOUNT}, 'name:' || iif(c.account_key = '', '', c.account_key || '|') || substr(min(k.key), 6))
        FROM conversation_keys k WHERE k.conversation_id = c.id AND k.key LIKE 'name:%'))"""
_ONE_DEAL = f"""SELECT account_key, min(deal) AS deal FROM (
        SELECT c.account_key, {OWN_DEAL} AS deal FROM conversations c WHERE c.account_key <> '')
    WHERE deal LIKE '%:%' GROUP BY account_key HAVING count(DISTINCT deal) = 1"""
DEAL = f"coalesce({OWN_DEAL}, (SELECT o.deal FROM ({_ONE_DEAL}) o WHERE o.account_key = c.account_key), {ACCOUNT})"
EXPRESSIONS: dict[Unit, str] = {"conversation": "c.counted_as", "account": ACCOUNT, "deal": DEAL}
