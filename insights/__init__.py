"""What words mean. Values in, values out: no database, no HTTP, no clock, no global state."""
