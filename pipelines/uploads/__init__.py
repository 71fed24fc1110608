"""Bring conversations in: files and their columns, problems, what an upload changed, whose side speakers are on, and
the way back."""
