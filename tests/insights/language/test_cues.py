"""The parts of a rule are found near each other, however often a text holds one of them."""

from insights.language.cues import Rule, chain

GAP = 4
RULE = Rule(0, "objection", "price", 0.8, {}, parts=(0, 1, 2), gaps=(0, GAP, GAP), start="", end=False)


class Watched(list):
    """Hits that may be looked up, and of which only few may be taken out."""

    def __iter__(self):
        raise AssertionError("every hit was looked at")

    def __getitem__(self, place):
        found = super().__getitem__(place)
        assert not isinstance(place, slice) or len(found) <= GAP + 1
        return found


def test_a_rules_parts_follow_each_other_within_their_gaps():
    hits = {0: [(0, 1), (20, 21)], 1: [(3, 4), (30, 31)], 2: [(5, 6), (8, 10), (9, 11)]}
    assert chain(RULE, hits, 1) == 10  # the one at 9 begins five words on
    assert chain(RULE, hits, 21) == 0


def test_only_hits_that_are_near_are_looked_at():
    often = Watched((n, n + 1) for n in range(0, 100_000, 2))
    assert chain(RULE, {0: often, 1: often, 2: often}, 50_001) == 50_009
