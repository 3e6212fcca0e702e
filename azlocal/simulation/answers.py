"""The product's own queries, answered without the query engine: what makes a simulation fast."""

from __future__ import annotations

from azlocal.azure import queries
from azlocal.sandbox.query import fast_census
from azlocal.sandbox.query.fast import Answers
from azlocal.sandbox.world import Azure

KNOWN: Answers = {
    queries.RESOURCES: fast_census.resources,
    queries.SUMMARIES: fast_census.summaries,
    queries.CONTAINERS: fast_census.containers,
}
"""Query text → what makes its answer. A query that changes goes to the engine until its answer here changes, too."""


def know_answers(azure: Azure) -> None:
    """Let *azure* answer the product's queries without the engine."""
    azure.answers.update({text: make() for text, make in KNOWN.items()})
