"""Find quotes, take them out safely, collect them, and say what they may be used for."""
