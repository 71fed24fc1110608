"""Make things happen in order: ingest, analyse, discover, report."""

from insights.imports import without

# It asks for pandas, for a kind of answer that nobody here wants; that is a third of a second before the first page.
with without("pandas"):
    import sqlite_utils  # noqa: F401
