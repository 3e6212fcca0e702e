"""The command line. Importing one command imports no other, and `--help` imports none."""
