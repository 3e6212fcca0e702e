"""Who takes part: each module runs as a process of its own, does a census, and writes down its verdicts."""
