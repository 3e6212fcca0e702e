"""The benchmark: azlocal beside what else one would use, on one sandbox, with the same work. Run `python -m bench`."""
