"""The product's own code on the sandbox, judged by what it sent: turns, histories, invariants."""
