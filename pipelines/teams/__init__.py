"""What the two teams share: comments, the numbers they agreed on, and digests."""
