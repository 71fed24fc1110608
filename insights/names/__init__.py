"""The parts that naming is made of: words, the grammar of short phrases, and a lexicon of English written by hand."""
