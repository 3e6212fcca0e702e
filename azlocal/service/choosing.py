"""Which cluster a person means: a name, group/name, or a resource id."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from azlocal.core.facts import ClusterFacts
from azlocal.core.ids import group_name_of, key, parse_id
from azlocal.errors import BadInput

CLUSTER_TYPE = "microsoft.azurestackhci/clusters"
_FORMS = "give its name, group/name, or its resource id"
_MOST = 10


def check_word(word: str) -> None:
    """Raise BadInput when *word* cannot mean a cluster, before anything is sent."""
    text = word.strip()
    if text.startswith("/"):
        _check_id(text)
    elif not all(text.split("/")) or text.count("/") > 1:
        raise BadInput([f"cluster: '{word}' is neither a name, nor group/name, nor a resource id"], remedy=_FORMS)


def _check_id(text: str) -> None:
    try:
        found = parse_id(text)
    except ValueError as error:
        raise BadInput([f"cluster: {error}"], remedy=_FORMS) from error
    if found.kind.lower() != CLUSTER_TYPE:
        raise BadInput([f"cluster: '{text}' is the id of a {found.kind}, not of a cluster"], remedy=_FORMS)


def choose(clusters: Iterable[ClusterFacts], word: str) -> ClusterFacts:
    """Return the one cluster that *word* means; raise BadInput with the near or the many names."""
    check_word(word)
    known = list(clusters)
    found = [one for one in known if _means(word.strip(), one)]
    if len(found) == 1:
        return found[0]
    if not found:
        raise BadInput([f"cluster: no cluster in scope is '{word}'{_near(word, known)}"], remedy=_SCOPE)
    listed = "".join(f"\n  {one.id}" for one in found[:_MOST])
    more = f"\n  and {len(found) - _MOST} more" if len(found) > _MOST else ""
    raise BadInput(
        [f"cluster: '{word}' means {len(found)} clusters:{listed}{more}"],
        remedy="give group/name or the resource id of the one that is meant",
    )


_SCOPE = f"{_FORMS}; the scope is the plan's, or that of --subscription: azlocal-upgrade census lists it"


def _means(word: str, cluster: ClusterFacts) -> bool:
    if word.startswith("/"):
        return key(word) == key(cluster.id)
    return word.lower() in {cluster.name.lower(), _group_and_name(cluster).lower()}


def _group_and_name(cluster: ClusterFacts) -> str:
    return f"{group_name_of(cluster.id)}/{cluster.name}"


def _near(word: str, known: Sequence[ClusterFacts]) -> str:
    name = word.strip().rstrip("/").rsplit("/", 1)[-1].lower()
    names = {one.name.lower(): one for one in known}
    close = [names[one] for one in get_close_matches(name, names, n=3, cutoff=0.6)]
    spelled = [_group_and_name(one) if "/" in word else one.name for one in close]
    return f"; did you mean {' or '.join(spelled)}?" if spelled else ""
