"""The templates are written as a browser reads them: what it would silently put elsewhere is not written at all."""

import re
from pathlib import Path

import pytest

TEMPLATES = sorted((Path(__file__).parents[2] / "api" / "templates").glob("*.html"))
# A paragraph ends where one of these begins, so that an undo button would fall out of the line that tells of it.
BLOCK_IN_PARAGRAPH = re.compile(
    r"<p\b[^>]*>(?:(?!</p>).)*?<(?:form|div|ul|ol|section|table|details|fieldset|h[1-6]|p)\b"
)


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.stem)
def test_no_block_stands_in_a_paragraph(file):
    lines = file.read_text("utf-8").splitlines()
    assert [line[:120] for line in lines if BLOCK_IN_PARAGRAPH.search(line)] == []
