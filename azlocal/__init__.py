"""azlocal: take fleets of Azure Local clusters through the solution upgrade."""

__version__ = "0.1.0"
DISTRIBUTION = "azlocal-upgrade"
"""Tells this package from another tool's that is imported by the same name."""
