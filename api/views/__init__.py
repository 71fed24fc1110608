"""What each page shows, as one value a page; HTML, JSON, files and the terminal are renderings of it."""
