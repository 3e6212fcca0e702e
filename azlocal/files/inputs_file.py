"""Upgrade inputs: YAML files, one for each cluster, and CSV files, one row for each cluster.

A YAML file belongs to the cluster that its key `cluster` names, else to the one it is called after
(`<cluster>.yaml`). Its other keys are the parameters of `solution-upgrade.json`, mode and cluster name
apart. Inputs of clusters that nobody asks for are passed over.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from azlocal.core.digest import digest_of_properties, settings_properties
from azlocal.core.ids import name_of
from azlocal.core.plan import Inputs
from azlocal.errors import BadInput
from azlocal.files.document import Document, Unreadable, read_yaml
from azlocal.files.inputs_csv import OWNER, read_csv
from azlocal.files.inputs_owners import Owners
from azlocal.files.inputs_parameters import read_parameters
from azlocal.files.words import found, quoted

_ID = 400
"""Characters of an id that are shown: all that Azure allows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """What one file or row says, and whom it names. `broken` says why nothing can be made of it."""

    source: str
    at: str
    reference: str
    called: str = ""
    document: Document | None = None
    broken: str = ""

    def but(self, message: str) -> _Entry:
        """Return the entry as one of which nothing can be made."""
        return replace(self, document=None, broken=self.broken or f"{self.at}: {OWNER}: {message}")


def read_inputs(files: Mapping[str, str], clusters: Sequence[tuple[str, str]]) -> Mapping[str, Inputs]:
    """Return the inputs of those of *clusters* (id, name) that have any, by id key.

    *files* maps file names to texts. What is wrong with one cluster's inputs lands in its `problems`.
    Raises BadInput only for what belongs to no cluster: a table that cannot be read, a row without
    owner, a broken file named after nobody.
    """
    owners = Owners(clusters)
    strays: list[str] = []
    claims = _claims(owners, list(_entries(files, strays)), strays)
    if strays:
        raise BadInput(strays, remedy="correct the inputs; nothing was sent")
    return {cluster: _inputs(owners.ids[cluster], entries) for cluster, entries in claims.items()}


def _claims(owners: Owners, entries: Sequence[_Entry], strays: list[str]) -> dict[str, list[_Entry]]:
    claims: dict[str, list[_Entry]] = defaultdict(list)
    for entry in entries:
        meant = owners.of(entry.reference)
        if not meant and entry.broken:
            strays.append(entry.broken)
        for cluster in meant:
            claims[cluster].append(entry if len(meant) == 1 else _ambiguous(entry, len(meant)))
    for entry in entries:
        # A file called after a cluster that has no other inputs, but naming another: most likely a slip.
        lonely = [] if owners.of(entry.reference) else owners.of(entry.called)
        for cluster in lonely:
            claims.setdefault(cluster, [entry.but(f"{quoted(entry.reference, _ID)} is no cluster that is seen here")])
    return claims


def _ambiguous(entry: _Entry, count: int) -> _Entry:
    return entry.but(f"{quoted(entry.reference)} is the name of {count} clusters; write the resource id")


def _entries(files: Mapping[str, str], strays: list[str]) -> Iterator[_Entry]:
    for place, text in sorted(files.items()):
        ending = place.lower().rpartition(".")[2]
        if ending in {"yaml", "yml"}:
            yield _from_yaml(place, text)
        elif ending == "csv":
            yield from _from_csv(place, text, strays)
        else:
            strays.append(f"{place}:1: inputs are read from .yaml, .yml and .csv files")


def _from_yaml(place: str, text: str) -> _Entry:
    stem = place.rpartition("/")[2].rpartition(".")[0]
    try:
        document = read_yaml(text, place)
    except Unreadable as error:
        return _Entry(source=place, at=f"{place}:1", reference=stem, broken=str(error))
    named = document.data.pop(OWNER, stem)
    at = f"{place}:{document.line((OWNER,))}"
    if not isinstance(named, str) or not named.strip():
        return _Entry(source=place, at=at, reference=stem).but(
            f"expected a name, group/name or id, found {found(named)}"
        )
    return _Entry(source=place, at=at, reference=named.strip(), called=stem, document=document)


def _from_csv(place: str, text: str, strays: list[str]) -> Iterator[_Entry]:
    try:
        rows = list(read_csv(text, place))
    except Unreadable as error:
        strays.append(str(error))
        return
    for named, document in rows:
        at = f"{place}:{document.line(())}"
        if named:
            yield _Entry(source=at, at=at, reference=named, document=document)
        else:
            strays.append(f"{at}: {OWNER}: missing; nobody can say whose row this is")


def _inputs(cluster_id: str, entries: Sequence[_Entry]) -> Inputs:
    sources = ", ".join(entry.source for entry in entries)
    broken = [entry.broken for entry in entries if entry.broken]
    if len(entries) > 1:
        broken.append(f"{entries[-1].at}: {OWNER}: the inputs of this cluster stand in {sources}; keep one")
    document = entries[0].document
    if broken or document is None:
        return _told(cluster_id, {}, sources, tuple(broken))
    parameters = read_parameters(document, name_of(cluster_id))
    return _told(cluster_id, parameters, sources, document.told())


def _told(cluster_id: str, parameters: Mapping[str, Any], source: str, problems: tuple[str, ...]) -> Inputs:
    return Inputs(
        cluster_id=cluster_id, parameters=parameters, source=source, problems=problems,
        digest=digest_of_properties(settings_properties(parameters, name_of(cluster_id))),
    )  # fmt: skip
