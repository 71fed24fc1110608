"""What the pages of themes show, one value a page; nothing is decided here or in a template."""
