from insights.records import stable_id, text_hash


def test_an_id_depends_on_where_the_parts_end():
    assert stable_id("ab", "c") != stable_id("a", "bc")


def test_the_same_words_have_the_same_hash_in_every_process():
    assert text_hash("Does it work offline?") == "8a0dbba2928f8013"


def test_broken_surrogates_can_be_hashed():
    assert len(stable_id("\ud800")) == 16
