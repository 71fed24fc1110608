"""Each report as a Document, which every export format renders (see api/exports/document.py)."""
