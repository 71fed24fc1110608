"""Cells that name somebody with an address, also such as are made to keep a reader busy."""

import time

import pytest

from insights.formats.tables.crm import person


@pytest.mark.parametrize("cell", [" " * 30_000 + "@x", "a" + " " * 30_000 + "@x", "a " * 30_000 + "@"])
def test_a_cell_of_blanks_is_looked_at_in_no_time(cell):
    began = time.process_time()
    assert person(cell) == (cell, "")
    assert time.process_time() - began < 1


def test_the_first_of_a_list_is_found_behind_blanks():
    assert person("  Dana Wu (dana@acme.example);Raj (raj@acme.example)") == ("Dana Wu", "dana@acme.example")
