"""The functions of ARM's template language; importing this package registers all of them."""

from __future__ import annotations

from azlocal.sandbox.templates.functions import (
    collections,
    dates,
    lambdas,
    logic,
    network,
    numbers,
    resources,
    surroundings,
    text,
)

__all__ = ["collections", "dates", "lambdas", "logic", "network", "numbers", "resources", "surroundings", "text"]
