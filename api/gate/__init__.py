"""Who stands before the door, what they may do, and what is not shown to them."""
