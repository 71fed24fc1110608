import numpy as np
import pytest

from insights import exact, graph


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def blobs():
    """Three tight groups of 20 around unrelated directions, in 384 dimensions."""
    random = np.random.default_rng(5)
    centres = unit(random.normal(size=(3, 384)))
    return unit(np.repeat(centres, 20, axis=0) + 0.02 * random.normal(size=(60, 384)))


@pytest.mark.parametrize(("size", "count"), [(5, 4), (33, 7), (700, 20), (1200, 60)])
def test_neighbours_are_those_of_a_full_sort(size, count):
    vectors = unit(np.random.default_rng(size).normal(size=(size, 16)))
    indices, cosines = graph.neighbours(exact.on_grid(vectors), count)
    every = vectors @ vectors.T
    np.fill_diagonal(every, -2)
    np.testing.assert_allclose(cosines, -np.sort(-every, axis=1)[:, :count], atol=1e-3)
    np.testing.assert_allclose(np.take_along_axis(every, indices, axis=1), cosines, atol=1e-3)


def test_separate_groups_become_separate_communities(blobs):
    labels = graph.communities(blobs)
    assert [len(set(labels[start : start + 20])) for start in (0, 20, 40)] == [1, 1, 1]
    assert len(set(labels)) == 3


def test_the_same_vectors_give_the_same_communities(blobs):
    assert np.array_equal(graph.communities(blobs), graph.communities(blobs))


def test_halves_of_one_group_are_merged_and_others_are_not(blobs):
    halved = np.repeat([0, 1, 2, 3, 4, 5], 10)
    assert graph.merged(exact.on_grid(blobs), halved).tolist() == np.repeat([0, 1, 2], 20).tolist()


def test_a_group_too_small_is_no_theme(blobs):
    labels = graph.GraphClusterer().fit(blobs[:42]).labels_
    assert (labels[40:] == -1).all()
    assert (labels[:40] >= 0).all()


def test_a_vector_that_stands_for_many_texts_counts_as_many(blobs):
    weights = np.array([1] * 40 + [2, 2])
    assert (graph.GraphClusterer(weights).fit(blobs[:42]).labels_ >= 0).all()


@pytest.mark.parametrize(("size", "least"), [(8, 3), (900, 3), (10_000, 10), (10**6, 25)])
def test_the_least_size_of_a_theme_grows_with_the_set(size, least):
    assert graph.least_theme_size(size) == least


def test_products_on_the_grid_are_whole_numbers_however_they_are_split():
    vectors = exact.on_grid(unit(np.random.default_rng(1).normal(size=(300, 384))))
    whole = vectors.astype(np.int64) @ vectors.T.astype(np.int64)
    halves = vectors[:, :100] @ vectors.T[:100] + vectors[:, 100:] @ vectors.T[100:]
    assert np.array_equal(vectors @ vectors.T, whole)
    assert np.array_equal(halves, whole)


def test_cosines_on_the_grid_are_near_the_true_ones():
    vectors = unit(np.random.default_rng(2).normal(size=(50, 384)))
    found = exact.cosines(exact.on_grid(vectors), exact.on_grid(vectors))
    np.testing.assert_allclose(found, vectors @ vectors.T, atol=1e-3)


def test_sums_leave_out_what_has_no_group():
    vectors = np.array([[1, 2], [3, 4], [5, 6]], np.float32)
    assert exact.sums(vectors, np.array([1, -1, 1]), 2).tolist() == [[0, 0], [6, 8]]


def test_the_number_of_neighbours_grows_with_the_root_of_the_set():
    assert [graph.neighbour_count(size) for size in (20, 400, 10_000, 10**6)] == [4, 10, 35, 64]
