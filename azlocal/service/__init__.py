"""Use cases over ports: what a door asks for, step by step, without knowing how Azure is reached."""
