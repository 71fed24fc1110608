"""The doors: HTTP, HTML and the terminal. Translate, call, show; nothing is decided here."""
