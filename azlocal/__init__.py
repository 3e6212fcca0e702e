"""azlocal: take fleets of Azure Local clusters through the solution upgrade."""

__version__ = "0.1.0"
