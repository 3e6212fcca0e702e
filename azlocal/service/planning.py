"""A first plan out of a census, and the check of one: every mistake with its line, and what was hardly meant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from azlocal.core.drafting import draft
from azlocal.core.facts import FleetFacts
from azlocal.core.forecast import FleetForecast
from azlocal.core.plan import FleetPlan
from azlocal.core.plan_review import Warned, review, review_fleet
from azlocal.core.times import format_time
from azlocal.errors import BadInput
from azlocal.files.document import Problem
from azlocal.files.plan_draft import Wish, plan_text
from azlocal.files.plan_file import read_plan_lines
from azlocal.service.forecast import foresee
from azlocal.service.look import in_scope, judge
from azlocal.words import count


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A plan without mistakes, and the warnings about it. `forecast` is given where a census was looked at."""

    place: str
    plan: FleetPlan
    warnings: tuple[Problem, ...]
    forecast: FleetForecast | None = None

    @property
    def told(self) -> tuple[str, ...]:
        """Return the warnings as `place:line: path: message`."""
        return tuple(one.told(self.place) for one in self.warnings)


def check(text: str, place: str, now: datetime, census: tuple[FleetFacts, datetime] | None = None) -> Checked:
    """Check the plan that *text* holds; *census* are facts and their moment. Raise BadInput with every mistake."""
    plan, document = read_plan_lines(text, place)
    found = None
    warned = list(review(plan, now))
    if census is not None:
        facts, moment = in_scope(census[0], plan), census[1]
        found = foresee(judge(facts, plan, {}, moment), plan)
        warned += review_fleet(plan, facts.clusters, found)
    problems = sorted((document.problem(*one) for one in _distinct(warned)), key=lambda one: one.line)
    return Checked(place=document.place, plan=plan, warnings=tuple(problems), forecast=found)


def _distinct(warned: list[Warned]) -> Iterator[Warned]:
    return iter(dict.fromkeys(warned))


def first_plan(facts: FleetFacts, now: datetime, wish: Wish) -> str:
    """Return a first plan for the fleet of *facts*, as a file's text; raise BadInput when *wish* is no good."""
    if not facts.clusters:
        raise BadInput(
            ["census: there is no cluster in it, so there is nothing to plan"],
            remedy="look where clusters are: --subscription, or a census of more subscriptions",
        )
    about = f"a census of {format_time(now)} with {count(len(facts.clusters), 'cluster')}"
    text = plan_text(draft(judge(facts, None, {}, now).clusters), wish, about)
    try:
        read_plan_lines(text, "plan")
    except BadInput as error:
        # Only what the person said can be wrong in a text of ours.
        told = [problem.split(": ", 1)[-1] for problem in error.problems]
        raise BadInput(told, remedy="correct --control, --lease or --zone") from None
    return text
