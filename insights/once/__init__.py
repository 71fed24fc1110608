"""Count once: the same content, an edited record, and the several accounts of one meeting, told from what merely looks
alike."""
