"""Everything as people read it: values, terms, events, pasted quotes."""
