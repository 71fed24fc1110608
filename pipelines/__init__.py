"""Make things happen in order: ingest, analyse, discover, report."""
