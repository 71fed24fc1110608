"""Who sees what as it was said, what is kept how long, and how a person is forgotten."""
