"""Transcripts to turns: captions, transcripts as text, the JSON of recorders, chats."""
