"""What CRM records add to a conversation, and what several uploads of it say together."""

from insights.merging import joined
from insights.records import Conversation, CrmRecord, Utterance


def test_facts_and_fields_come_from_the_same_deal():
    call = Conversation("c", "call", "", "", (Utterance("", "seller", "reported", "Too dear."),))
    deals = [CrmRecord("deal", (f"id:{n}",), {"stage": f"stage {n}"}, {"Amount": f"{n}000"}) for n in (1, 2)]
    found = joined(call, deals)
    assert (found.stage, found.fields["deal Amount"]) == ("stage 1", "1000")


def test_a_deals_stage_tells_its_outcome_where_the_conversation_has_an_earlier_stage():
    call = Conversation("c", "call", "", "", (Utterance("", "seller", "reported", "Too dear."),), stage="Negotiation")
    deal = CrmRecord("deal", ("id:1",), {"stage": "Closed Lost"}, {})
    other = CrmRecord("deal", ("id:2",), {"stage": "Closed Won"}, {})
    found = joined(call, [deal, other])
    assert (found.stage, found.outcome) == ("Negotiation", "lost")
    assert joined(call, [CrmRecord("deal", ("id:1",), {"stage": "Proposal"}, {}), other]).outcome == ""
