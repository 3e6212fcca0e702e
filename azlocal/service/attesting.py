"""What operators state for one cluster, written as a tag with their own rights (design, law 7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from azlocal.core import tags
from azlocal.core.attestations import QUESTIONS, statement
from azlocal.core.ids import name_of
from azlocal.core.plan import Scope
from azlocal.errors import BadInput, Incomplete
from azlocal.files.words import near
from azlocal.service.choosing import check_word, choose
from azlocal.service.consent import Desk
from azlocal.words import one_line

MOST_TAGS = 20
"""Of the 50 tags that Azure allows on a cluster, azlocal takes at most these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """An answer to a question: yes or no, until the end of the day *expires* (text YYYY-MM-DD, empty: no end)."""

    yes: bool = True
    expires: str = ""
    by: str = ""


def check(cluster: str, key: str, wish: Statement) -> None:
    """Raise BadInput with all that is wrong, before anything is sent."""
    problems: list[str] = []
    if key.strip().lower() not in QUESTIONS:
        close = near(key, QUESTIONS)
        hint = f"; did you mean '{close}'?" if close else ""
        problems.append(f"key: '{key}' is no question azlocal asks{hint}; known are {', '.join(sorted(QUESTIONS))}")
    if wish.expires and tags.parse_day(wish.expires) is None:
        problems.append(f"expires: '{wish.expires}' is not a date YYYY-MM-DD")
    try:
        check_word(cluster)
    except BadInput as error:
        problems += error.problems
    if problems:
        raise BadInput(problems, remedy="azlocal-upgrade attest --list shows the keys and their questions")


def attest(desk: Desk, scope: Scope, cluster: str, key: str, wish: Statement) -> str:
    """Write the statement as a tag of the cluster; return a sentence that says what now stands.

    Raises BadInput for an unknown key, a date that is none or has passed, and a cluster that is none or
    several; nothing is written then.
    """
    check(cluster, key, wish)
    known, until = key.strip().lower(), tags.parse_day(wish.expires)
    word = cluster.strip()
    where = word.rstrip("/") if word.startswith("/") else choose(desk.reader.census(scope).clusters, word).id
    standing = {name.lower() for name in desk.reader.tags(where)}
    today = _today(desk)
    if until is not None and until < today:
        raise BadInput([f"expires: {until} is over; Azure's day is {today}"], remedy="name a later day")
    name = f"{tags.ATTEST}{known}"
    _room(where, name, standing)
    desk.merge(where, {name: _text(wish, today, until)})
    return _sentence(name_of(where), known, wish, until)


def _today(desk: Desk) -> date:
    now = desk.watch.newest
    if now is None:
        raise Incomplete("Azure's answers carry no Date header", remedy="check what stands between here and ARM")
    return now.date()


def _text(wish: Statement, today: date, until: date | None) -> str:
    try:
        return statement(value=wish.yes, at=today, until=until, by=one_line(wish.by))
    except ValueError as error:
        raise BadInput([f"by: {error}"], remedy="give a shorter --by") from error


def _room(where: str, name: str, standing: set[str]) -> None:
    ours = {one for one in standing if one.startswith("azlocal-")}
    if name not in standing and len(ours) >= MOST_TAGS:
        raise BadInput(
            [f"cluster: {where} carries {MOST_TAGS} azlocal tags already"],
            remedy="remove azlocal-attest- tags that are no longer needed, or attest in the plan",
        )


def _sentence(name: str, key: str, wish: Statement, until: date | None) -> str:
    end = f"until the end of {until} UTC" if until else "without an end"
    return f"{name}: {key} is attested {'yes' if wish.yes else 'no'} by {wish.by or 'nobody named'}, {end}"
