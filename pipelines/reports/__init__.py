"""What the reports are made of beside `pipelines.report`: stretches, cuts, sentences, and each report of its own
kind."""
