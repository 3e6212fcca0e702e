"""The sandbox: Azure as azlocal's clients see it, on the other side of the wire.

Nothing in this package imports the rest of azlocal, and nothing in azlocal but the doors imports it.
"""
