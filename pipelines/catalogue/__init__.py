"""What a company says of itself and its market: competitors, own names, personas, trackers."""
