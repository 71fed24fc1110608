"""What stands for a theme is a sentence that can be quoted, where the theme has one."""

import numpy as np

from insights.typical import representatives


def unit(*rows):
    found = np.array(rows, np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def test_a_whole_sentence_comes_before_a_more_typical_piece_of_one():
    texts = ["the servers stand in the wrong country", "Our data must stay in the country.", "not with our names"]
    vectors = unit([1, 0.1], [1, 0.5], [1, -0.2])

    chosen = representatives(texts, vectors, ids=["piece", "whole", "short"], whole=[False, True, False], most=3)

    assert chosen[0] == "whole"


def test_what_is_far_from_the_matter_does_not_come_first_for_being_whole():
    texts = ["the servers stand in the wrong country", "Thank you so much for the coffee."]
    vectors = unit([1, 0], [0, 1])

    chosen = representatives(
        texts, vectors, ids=["piece", "whole"], whole=[False, True], centroid=np.array([1, 0], np.float32), most=2
    )

    assert chosen == ["piece", "whole"]
