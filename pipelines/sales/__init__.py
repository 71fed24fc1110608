"""What sales gets back: what to send, and what is open in each account and deal."""
