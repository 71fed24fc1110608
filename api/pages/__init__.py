"""The pages, by subject: read the address, call the view, render it. Forms answer with a redirect."""
