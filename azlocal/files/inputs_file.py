"""Upgrade inputs: YAML files, one for each cluster, and CSV files, one row for each cluster.

A YAML file belongs to the cluster that its key `cluster` names, else to the one it is called after
(`<cluster>.yaml`). A key `network` names the network its addresses lie in. Its other keys are the parameters
of `solution-upgrade.json`, mode and cluster name apart. Inputs of clusters that nobody asks for are passed over.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from azlocal.core.digest import digest_of_properties, settings_properties
from azlocal.core.ids import name_of
from azlocal.core.inputs_rules_together import Claim, clashes
from azlocal.core.plan import Inputs
from azlocal.errors import BadInput
from azlocal.files.document import Document, Unreadable, read_yaml
from azlocal.files.inputs_codes import code_of
from azlocal.files.inputs_csv import OWNER, read_csv
from azlocal.files.inputs_fields import NETWORK, network
from azlocal.files.inputs_owners import Owners
from azlocal.files.inputs_parameters import read_parameters
from azlocal.files.words import found, quoted

_ID = 400
"""Characters of an id that are shown: all that Azure allows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What one file or row says, and whom it names. `broken` says why nothing can be made of it.

    `reference` is the cluster as it was written, `called` the one the file is called after.
    """

    source: str
    at: str
    reference: str
    called: str = ""
    document: Document | None = None
    network: str = ""
    broken: str = ""

    def but(self, message: str) -> Entry:
        """Return the entry as one of which nothing can be made."""
        return replace(self, document=None, broken=self.broken or f"{self.at}: {OWNER}: {message} [CLUSTER]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One cluster's inputs with the document they stand in, so that later rules, too, can say file and line.

    Without a document nothing could be made of them; `inputs` then tells why.
    """

    inputs: Inputs
    document: Document | None = None
    network: str = ""

    def told(self) -> Inputs:
        """Return the inputs with every problem that the document knows by now."""
        return self.inputs if self.document is None else replace(self.inputs, problems=self.document.told())


def read_inputs(
    files: Mapping[str, str], clusters: Sequence[tuple[str, str]], template: str = ""
) -> Mapping[str, Inputs]:
    """Return the inputs of those of *clusters* (id, name) that have any, by id key.

    *files* maps file names to texts; *template* is the digest of the template they are sent with. What is
    wrong with one cluster's inputs lands in its `problems`. Raises BadInput only for what belongs to no
    cluster: a table that cannot be read, a row without owner, a broken file named after nobody.
    """
    sheets, strays = read_sheets(files, clusters, template)
    if strays:
        raise BadInput(strays, remedy="correct the inputs; nothing was sent")
    return {cluster: sheet.told() for cluster, sheet in sheets.items()}


def read_sheets(
    files: Mapping[str, str], clusters: Sequence[tuple[str, str]], template: str = ""
) -> tuple[Mapping[str, Sheet], Sequence[str]]:
    """Return what `read_inputs` does as sheets, and beside them the problems that belong to no cluster."""
    owners = Owners(clusters)
    strays: list[str] = []
    claims = _claims(owners, list(read_entries(files, strays)), strays)
    sheets = {cluster: _sheet(owners.ids[cluster], entries, template) for cluster, entries in claims.items()}
    _compare(sheets)
    return sheets, strays


def _compare(sheets: Mapping[str, Sheet]) -> None:
    """Note in the documents what the inputs of several clusters break together."""
    claims = (
        Claim(
            cluster_id=one.inputs.cluster_id, source=one.inputs.source, parameters=one.inputs.parameters,
            network=one.network,
        )
        for one in sheets.values()
    )  # fmt: skip
    for cluster, path, message, code in clashes(claims):
        document = sheets[cluster].document
        if document is not None:
            document.wrong(path, message, code)


def _claims(owners: Owners, entries: Sequence[Entry], strays: list[str]) -> dict[str, list[Entry]]:
    claims: dict[str, list[Entry]] = defaultdict(list)
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


def _ambiguous(entry: Entry, count: int) -> Entry:
    return entry.but(f"{quoted(entry.reference)} is the name of {count} clusters; write the resource id")


def read_entries(files: Mapping[str, str], strays: list[str]) -> Iterator[Entry]:
    """Yield what each file or row says; append to *strays* what belongs to nobody."""
    for place, text in sorted(files.items()):
        ending = place.lower().rpartition(".")[2]
        if ending in {"yaml", "yml"}:
            yield _from_yaml(place, text)
        elif ending == "csv":
            yield from _from_csv(place, text, strays)
        else:
            strays.append(f"{place}:1: inputs are read from .yaml, .yml and .csv files")


def _from_yaml(place: str, text: str) -> Entry:
    stem = place.rpartition("/")[2].rpartition(".")[0]
    try:
        document = read_yaml(text, place)
    except Unreadable as error:
        return Entry(source=place, at=f"{place}:1", reference=stem, broken=str(error))
    named = document.data.pop(OWNER, stem)
    at = f"{place}:{document.line((OWNER,))}"
    if not isinstance(named, str) or not named.strip():
        return Entry(source=place, at=at, reference=stem).but(
            f"expected a name, group/name or id, found {found(named)}"
        )
    return Entry(
        source=place, at=at, reference=named.strip(), called=stem, document=document, network=_network(document)
    )


def _network(document: Document) -> str:
    """Take the word out of a document that says in which network its addresses lie."""
    told = document.data.pop(NETWORK, "")
    if told == "":
        return ""
    try:
        return network(told)
    except ValueError as error:
        document.wrong((NETWORK,), str(error), code_of(NETWORK))
        return ""


def _from_csv(place: str, text: str, strays: list[str]) -> Iterator[Entry]:
    try:
        rows = list(read_csv(text, place))
    except Unreadable as error:
        strays.append(str(error))
        return
    for named, document in rows:
        at = f"{place}:{document.line(())}"
        if named:
            yield Entry(source=at, at=at, reference=named, document=document, network=_network(document))
        else:
            strays.append(f"{at}: {OWNER}: missing; nobody can say whose row this is [CLUSTER]")


def named_clusters(files: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the clusters (id, name) that inputs name, without asking Azure which there are.

    Where only a name is known, the id is one that no cluster has: nothing may be sent by it.
    """
    references = list(dict.fromkeys(entry.reference for entry in read_entries(files, [])))
    whole = [(one, name_of(one)) for one in references if one.startswith("/")]
    owners = Owners(whole)
    return whole + [(_stand_in(one), name_of(one)) for one in references if not owners.of(one)]


def _stand_in(reference: str) -> str:
    group, _, name = reference.strip("/").rpartition("/")
    # A group of its own, where none is named: clusters of unknown groups share nothing.
    return f"/subscriptions/-/resourceGroups/{group or f'-{name}'}/providers/Microsoft.AzureStackHCI/clusters/{name}"


def _sheet(cluster_id: str, entries: Sequence[Entry], template: str) -> Sheet:
    sources = ", ".join(entry.source for entry in entries)
    broken = [entry.broken for entry in entries if entry.broken]
    if len(entries) > 1:
        one = entries[-1]
        broken.append(f"{one.at}: {OWNER}: the inputs of this cluster stand in {sources}; keep one [CLUSTER]")
    document = entries[0].document
    if broken or document is None:
        return Sheet(inputs=_inputs(cluster_id, {}, sources, template, tuple(broken)))
    parameters = read_parameters(document, name_of(cluster_id))
    return Sheet(
        inputs=_inputs(cluster_id, parameters, sources, template), document=document, network=entries[0].network
    )


def _inputs(
    cluster_id: str, parameters: Mapping[str, Any], source: str, template: str, problems: tuple[str, ...] = ()
) -> Inputs:
    return Inputs(
        cluster_id=cluster_id, parameters=parameters, source=source, problems=problems, template=template,
        digest=digest_of_properties(settings_properties(parameters, name_of(cluster_id))),
    )  # fmt: skip
