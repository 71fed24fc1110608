"""Cells that a spreadsheet would run as a formula: an apostrophe in front keeps them text (OWASP: CSV injection)."""

# The wide signs are the same to a spreadsheet in Japanese.
_OPENINGS = ("=", "+", "-", "@", "\t", "\r", "\n", "'", "＝", "＋", "－", "＠")


def guarded(cell: str) -> str:
    """A cell that no spreadsheet runs. One that opens with an apostrophe gets another, so that it comes back as it
    was."""
    return f"'{cell}" if cell.startswith(_OPENINGS) else cell


def unguarded(cell: str) -> str:
    """What `guarded` was given."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_OPENINGS) else cell
