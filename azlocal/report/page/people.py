"""What waits for whom, and what fails by what is alike in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from azlocal.core.diagnosis import FailureGroup, groups, next_step
from azlocal.core.failed_steps import diagnosis_of
from azlocal.core.ids import key
from azlocal.core.rollout import ClusterDecision
from azlocal.report.advice import without_links
from azlocal.report.page.links import address, page_link
from azlocal.report.page.markup import Html, fit, raw, tag, void
from azlocal.report.state import Waiting, waiting, who_approves
from azlocal.report.text import count
from azlocal.service.look import FleetLook

MOST_NAMED, MOST_ROWS = 12, 60
Addresses = Mapping[str, str]


def waits(look: FleetLook, addresses: Addresses) -> Html:
    """Return what waits for a person: who it is, what is the matter, what to do."""
    found = waiting(look)
    head = tag("h2", "Waiting for a person", id="waiting")
    if not found:
        return tag("section", head, tag("p", "Nothing waits for a person."), aria_labelledby="waiting")
    by_name = _by_name(look.clusters, addresses)
    rows = [_wait(one, by_name) for one in found[:MOST_ROWS]]
    return tag(
        "section", head,
        tag("p", f"{count(len(found), 'thing')} to do; {who_approves(look.facts)}.", class_="hint"),
        _grid("Things to do", ("Who", "What", "To do", "Clusters"), rows), *_more(len(found)),
        aria_labelledby="waiting",
    )  # fmt: skip


def _by_name(clusters: Sequence[ClusterDecision], addresses: Addresses) -> dict[str, str]:
    """Return the link words of clusters by name; of clusters that share a name, there is none."""
    found: dict[str, str] = {}
    for one in clusters:
        found[one.cluster.name] = "" if one.cluster.name in found else addresses[key(one.cluster.id)]
    return found


def _wait(one: Waiting, by_name: Addresses) -> Html:
    matter = [tag("b", one.reason), void("br") if one.message else raw(""), one.message]
    if one.ring:
        matter.insert(0, raw(f"{tag('span', f'ring {one.ring}', class_='chip')} "))
    return tag(
        "tr",
        tag("th", one.who, scope="row"),
        tag("td", *matter),
        tag("td", without_links(one.do)),
        tag("td", *_names([(name, by_name.get(name, "")) for name in one.clusters])),
    )


def failures(look: FleetLook, shown: Sequence[ClusterDecision], addresses: Addresses) -> Html:
    """Return what fails, the widest first, with what is known of it."""
    failed = {one.cluster.id: one for one in shown if one.reading.phase.failed}
    head = tag("h2", "Failures", id="failures")
    if not failed:
        return tag("section", head, tag("p", "Nothing has failed."), aria_labelledby="failures")
    found = groups({identity: diagnosis_of(one.cluster, one.reading) for identity, one in failed.items()})
    told = {identity for group in found for identity in group.clusters}
    silent = [one for identity, one in failed.items() if identity not in told]
    rows = [_failure(group, failed, addresses) for group in found[:MOST_ROWS]]
    rows += [_silent(silent, addresses)] if silent else []
    return tag(
        "section", head,
        tag("p", f"{count(len(failed), 'cluster')} failed, by what is alike in it.", class_="hint"),
        _grid("Failures", ("Failure", "What helps", "Retry", "Clusters"), rows), *_more(len(found)),
        aria_labelledby="failures",
    )  # fmt: skip


def _failure(group: FailureGroup, failed: Mapping[str, ClusterDecision], addresses: Addresses) -> Html:
    issue, members = group.issue, [failed[identity] for identity in group.clusters]
    remedy = issue.remedy if issue else "nobody documents it: read the step's log, and ask Microsoft support"
    page = [raw(" · "), page_link(issue.url, "documentation")] if issue else []
    return tag(
        "tr",
        tag("th", group.title, void("br"), tag("code", group.signature), scope="row"),
        tag("td", remedy, *page),
        tag("td", tag("b", group.retry), void("br"), f"It {next_step(group.retry)}."),
        tag("td", *_names([(one.cluster.name, addresses[key(one.cluster.id)]) for one in members])),
    )


def _silent(ones: Sequence[ClusterDecision], addresses: Addresses) -> Html:
    return tag(
        "tr",
        tag("th", "Azure says no more than that it failed", scope="row"),
        tag("td", "open the cluster's deployment in the portal"),
        tag("td", ""),
        tag("td", *_names([(one.cluster.name, addresses[key(one.cluster.id)]) for one in ones])),
    )


# what tables share


def _grid(title: str, heads: Sequence[str], rows: Sequence[Html]) -> Html:
    table = tag(
        "table",
        tag("caption", title, class_="unseen"),
        tag("thead", tag("tr", *(tag("th", one, scope="col") for one in heads))),
        tag("tbody", *rows),
        class_="grid",
    )
    return tag("div", table, class_="wide", tabindex="0", role="region", aria_label=title)


def _names(names: Sequence[tuple[str, str]]) -> Iterator[Html]:
    for place, (name, word) in enumerate(names[:MOST_NAMED]):
        shown = tag("bdi", fit(name))
        yield raw(", " if place else "")
        yield tag("a", shown, href=address(word)) if word else shown
    if len(names) > MOST_NAMED:
        yield raw(f" and {len(names) - MOST_NAMED:,} more")


def _more(number: int) -> Iterator[Html]:
    if number > MOST_ROWS:
        yield tag("p", f"and {number - MOST_ROWS} more: filter the clusters below", class_="hint")
