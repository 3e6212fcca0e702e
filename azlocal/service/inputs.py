"""Upgrade inputs as people work with them: a first draft out of what Azure knows, and a check of all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from azlocal.core.facts import ClusterFacts, FleetFacts
from azlocal.core.ids import key
from azlocal.core.inputs_facts import HostFacts, Surroundings
from azlocal.core.inputs_prefill import Draft, Told, draft_of, fields_of, open_fields, open_note
from azlocal.core.inputs_rules_azure import Compared, Stranger, remarks, strangers
from azlocal.core.plan import FleetPlan, Inputs, RingFinder
from azlocal.core.times import format_time
from azlocal.errors import BadInput, Incomplete
from azlocal.files.inputs_file import Sheet, named_clusters, read_sheets
from azlocal.files.inputs_folder import read_files, write_new
from azlocal.files.inputs_owners import Owners
from azlocal.files.inputs_text import Value, file_name, yaml_text
from azlocal.service.choosing import check_word, choose


class Surveyor(Protocol):
    """Reads around clusters for the sake of their inputs."""

    def survey(self, clusters: Sequence[ClusterFacts], *, whole: bool) -> Surroundings:
        """Return what surrounds *clusters*; *whole* reads each cluster and machine by itself, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """The clusters that inputs may belong to, as the census shows them at one moment."""

    clusters: tuple[ClusterFacts, ...]
    plan: FleetPlan | None
    cloud: str
    now: datetime
    gaps: tuple[str, ...] = ()

    @classmethod
    def of(cls, facts: FleetFacts, plan: FleetPlan | None, now: datetime | None) -> Fleet:
        """Return the fleet of a census."""
        if now is None:
            raise Incomplete("Azure's answers carry no Date header", remedy="check what stands between here and ARM")
        return cls(clusters=facts.clusters, plan=plan, cloud=facts.cloud, now=now, gaps=facts.gaps)

    def ring_of(self) -> Mapping[str, str]:
        """Return the ring's name of every cluster that is in one, by id key."""
        if self.plan is None:
            return {}
        finder = RingFinder(self.plan)
        found = ((key(one.id), finder.ring_of(one)) for one in self.clusters)
        return {cluster: ring.name for cluster, ring in found if ring is not None}


# the check


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedInputs:
    """One cluster: its inputs (None: there are none), their problems, and what somebody should look at.

    Where Azure was not asked and only a name is known, the id is a stand-in.
    """

    name: str
    id: str
    ring: str = ""
    inputs: Inputs | None = None
    problems: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What a check found. `compared` tells whether Azure was asked, `unread` what of it could not be read."""

    clusters: tuple[CheckedInputs, ...]
    compared: bool
    strays: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def problems(self) -> tuple[str, ...]:
        """Return every problem, those that belong to no cluster first."""
        return (*self.strays, *(problem for one in self.clusters for problem in one.problems))

    @property
    def without(self) -> tuple[str, ...]:
        """Return the names of the clusters that have no inputs."""
        return tuple(one.name for one in self.clusters if one.inputs is None)


def check_files(files: Mapping[str, str], words: Sequence[str], template: str) -> Check:
    """Check inputs without Azure: each by itself, and all of them together. *words* narrow what is told."""
    clusters = named_clusters(files)
    sheets, strays = read_sheets(files, clusters, template)
    named = [(cluster_id, name) for cluster_id, name in clusters if key(cluster_id) in sheets]
    wanted = _wanted_names(named, words)
    checked = [
        _checked(sheets[key(cluster_id)], name, cluster_id)
        for cluster_id, name in named
        if wanted is None or key(cluster_id) in wanted
    ]
    return Check(clusters=tuple(checked), compared=False, strays=tuple(strays))


def _wanted_names(clusters: Sequence[tuple[str, str]], words: Sequence[str]) -> set[str] | None:
    if not words:
        return None
    owners, found = Owners(clusters), set[str]()
    for word in words:
        check_word(word)
        meant = owners.of(word)
        if not meant:
            raise BadInput(
                [f"cluster: no inputs are those of '{word}'"],
                remedy="name a cluster as its inputs do: by name, group/name or resource id",
            )
        found |= set(meant)
    return found


def check_fleet(
    files: Mapping[str, str], fleet: Fleet, surveyor: Surveyor, words: Sequence[str], template: str
) -> Check:
    """Check inputs of a fleet, and compare them with what Azure knows.

    *words* narrow what is told, and have each cluster and machine read by itself: a cluster that was named and
    has no inputs is a problem then.
    """
    rings = fleet.ring_of()
    named = [choose(fleet.clusters, word) for word in words]
    members = [one for one in fleet.clusters if fleet.plan is None or key(one.id) in rings or one in named]
    sheets, strays = read_sheets(files, [(one.id, one.name) for one in members], template)
    chosen = named or members
    told = [one for one in chosen if key(one.id) in sheets and not one.solved]
    around = surveyor.survey(told, whole=bool(words)) if told else Surroundings()
    beside = strangers(_without_inputs(fleet, sheets, around))
    checked = tuple(
        replace(_compared(one, sheets.get(key(one.id)), around, fleet.cloud, beside), ring=rings.get(key(one.id), ""))
        for one in {key(one.id): one for one in chosen}.values()
    )
    if words:
        checked = tuple(map(_needed, checked))
    return Check(
        clusters=checked, compared=True, strays=tuple(strays), unread=(*fleet.gaps, *around.problems)
    )  # fmt: skip


def _without_inputs(fleet: Fleet, sheets: Mapping[str, Sheet], around: Surroundings) -> Iterator[HostFacts]:
    """Yield the machines of clusters whose inputs are not known: of the others, the inputs are compared."""
    known = {
        key(machine)
        for one in fleet.clusters
        if key(one.id) in sheets
        for machine in (*(node.machine_id for node in one.nodes), *(each.id for each in one.machines or ()))
    }
    return (host for machine, host in around.hosts.items() if machine not in known)


def _compared(
    cluster: ClusterFacts, sheet: Sheet | None, around: Surroundings, cloud: str, beside: Sequence[Stranger]
) -> CheckedInputs:
    if sheet is None or sheet.document is None or cluster.solved:
        return _checked(sheet, cluster.name, cluster.id)
    looked_at: list[str] = []
    compared = Compared(
        parameters=sheet.inputs.parameters, cluster=cluster, around=around, cloud=cloud, strangers=beside
    )
    for path, message, code, is_open in remarks(compared):
        if is_open:
            looked_at.append(sheet.document.problem(path, message, code).told(sheet.document.place))
        else:
            sheet.document.wrong(path, message, code)
    return replace(_checked(sheet, cluster.name, cluster.id), remarks=tuple(looked_at))


def _checked(sheet: Sheet | None, name: str, cluster_id: str = "") -> CheckedInputs:
    if sheet is None:
        return CheckedInputs(name=name, id=cluster_id)
    inputs = sheet.told()
    return CheckedInputs(name=name, id=cluster_id, inputs=inputs, problems=inputs.problems)


def _needed(one: CheckedInputs) -> CheckedInputs:
    if one.inputs is not None:
        return one
    return replace(one, problems=(f"{one.name}: cluster: has no inputs; azlocal-upgrade inputs init {one.name}",))


# drafts


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """What became of one cluster's draft: `written`, or why not: `exists`, `has-inputs`, `solution`.

    `file` is the path of the draft, or of what is there; `filled` and `open` are fields by dotted path.
    """

    name: str
    id: str
    state: str
    file: str
    filled: tuple[str, ...] = ()
    open: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafts:
    """All that became of a request for drafts, and what of Azure could not be read."""

    clusters: tuple[Drafted, ...]
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Which clusters a draft is wanted for: by CLUSTER, by ring, or every one in scope."""

    words: tuple[str, ...] = ()
    ring: str = ""
    every: bool = False

    def check(self, plan: FleetPlan | None) -> None:
        """Raise BadInput when nothing, or what is not in the plan, is wished for; before anything is sent."""
        if bool(self.words) + bool(self.ring) + self.every != 1:
            raise BadInput(
                ["cluster: name clusters, or a ring (--ring), or every cluster (--all)"],
                remedy="say for which clusters drafts are wanted, in one of the three ways",
            )
        for word in self.words:
            check_word(word)
        rings = [one.name for one in plan.rings] if plan else []
        if self.ring and self.ring not in rings:
            raise BadInput(
                [f"ring: the plan has no ring '{self.ring}'"],
                remedy=f"name one of its rings: {', '.join(rings) or 'none'}",
            )

    def clusters(self, fleet: Fleet) -> list[ClusterFacts]:
        """Return the clusters that are meant."""
        if self.words:
            found = [choose(fleet.clusters, word) for word in self.words]
            return list({key(one.id): one for one in found}.values())
        rings = fleet.ring_of()
        return [one for one in fleet.clusters if self.every or rings.get(key(one.id)) == self.ring]


def drafts_folder(place: str) -> Path:
    """Return the folder for drafts; raise BadInput when *place* is none on this machine."""
    if not place:
        raise BadInput(["folder: the plan names no inputs"], remedy="name a folder with --folder")
    path = Path(place)
    if "://" in place or path.suffix.lower() == ".csv" or path.is_file():
        raise BadInput([f"folder: drafts are files, and '{place}' is no folder"], remedy="name a folder with --folder")
    return path


def draft(folder: Path, wish: Wish, fleet: Fleet, surveyor: Surveyor) -> Drafts:
    """Write a first file of inputs for every cluster that is wished for and has none. Nothing is overwritten."""
    standing = read_files(folder) if folder.exists() else {}
    sheets, strays = read_sheets(standing, [(one.id, one.name) for one in fleet.clusters])
    if strays:
        raise BadInput(strays, remedy="correct the inputs that are there; nothing was written")
    plan = list(_planned(folder, wish, fleet, sheets))
    due = [cluster for cluster, drafted in plan if drafted.state == "due"]
    around = surveyor.survey(due, whole=True) if due else Surroundings()
    return Drafts(
        clusters=tuple(_written(cluster, drafted, around, fleet) for cluster, drafted in plan), unread=around.problems
    )


def _planned(
    folder: Path, wish: Wish, fleet: Fleet, sheets: Mapping[str, Sheet]
) -> Iterator[tuple[ClusterFacts, Drafted]]:
    taken: set[str] = set()
    for cluster in wish.clusters(fleet):
        place = folder / file_name(cluster.name, cluster.id, taken)
        taken.add(place.name.lower())
        sheet = sheets.get(key(cluster.id))
        if sheet is not None:
            state, file = "has-inputs", str(folder / sheet.inputs.source)
        elif place.exists() or place.is_symlink():
            state, file = "exists", str(place)
        elif cluster.solved and not wish.words:
            state, file = "solution", ""
        else:
            state, file = "due", str(place)
        yield cluster, Drafted(name=cluster.name, id=cluster.id, state=state, file=file)


def _written(cluster: ClusterFacts, drafted: Drafted, around: Surroundings, fleet: Fleet) -> Drafted:
    if drafted.state != "due":
        return drafted
    made = draft_of(cluster, around)
    if not write_new(Path(drafted.file), draft_text(cluster, made, fleet.now)):
        return replace(drafted, state="exists")
    filled = tuple(path for path, told in fields_of(made) if told.known)
    return replace(drafted, state="written", filled=filled, open=tuple(open_fields(made)))


def draft_text(cluster: ClusterFacts, made: Draft, now: datetime) -> str:
    """Return a draft as the text of a file."""
    head = (
        f"Upgrade inputs of {cluster.name}, drafted by azlocal-upgrade at {format_time(now)}.",
        "Look at what is marked 'from Azure', and fill in the rest; then: azlocal-upgrade inputs check",
    )
    return yaml_text(
        head, {"cluster": Value(cluster.id), **{name: _values(name, entry) for name, entry in made.items()}}
    )


def _values(name: str, entry: Any) -> Any:
    if isinstance(entry, Told):
        return Value(entry.value, entry.note)
    return [_item(item) for item in entry] or Value((), open_note(name))


def _item(item: Told | Mapping[str, Told]) -> Any:
    if isinstance(item, Told):
        return Value(item.value, item.note)
    return {name: Value(told.value, told.note) for name, told in item.items()}
