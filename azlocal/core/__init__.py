"""Pure: facts in, decisions out. No I/O, no clock, no SDK."""
