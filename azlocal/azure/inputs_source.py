"""Where upgrade inputs come from: files on this machine, or blobs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from azlocal.azure.starter import template
from azlocal.core.digest import template_digest
from azlocal.core.facts import ClusterFacts
from azlocal.core.plan import Inputs
from azlocal.errors import BadInput
from azlocal.settings import Settings

if TYPE_CHECKING:
    from azlocal.azure.clients import Connection


class InputFiles:
    """Upgrade inputs out of files, which *files* gives by name when they are first needed."""

    def __init__(self, files: Callable[[], Mapping[str, str]] = dict) -> None:
        self.files = files

    @classmethod
    def at(cls, place: str, connection: Callable[[], Connection]) -> InputFiles:
        """Return the inputs at a place; local files are read at once, so that mistakes show before a call."""
        if not place:
            return cls()
        if not _remote(place):
            from azlocal.files.inputs_folder import read_files

            files = read_files(Path(place))
            return cls(lambda: files)
        from azlocal.azure.blobs import read_folder

        return cls(lambda: read_folder(connection(), place))

    def read(self, clusters: Sequence[ClusterFacts]) -> Mapping[str, Inputs]:
        """Return the inputs of *clusters* that have any, by id key."""
        files = self.files()
        if not files:
            return {}
        from azlocal.files.inputs_file import read_inputs

        return read_inputs(files, [(one.id, one.name) for one in clusters], sent_template())


def sent_template() -> str:
    """Return the digest of the template that azlocal sends."""
    return template_digest(template())


def check_place(settings: Settings, named: Callable[[], str], *, offline: bool) -> str:
    """Return where inputs are, which *named* tells; raise BadInput when they cannot be checked there."""
    if offline and not settings.inputs and _remote(settings.plan):
        raise BadInput(
            [f"plan: '{settings.plan.partition('?')[0]}' is read from Azure"],
            remedy="leave --offline out, or name the inputs with --inputs",
        )
    place = named()
    if not place:
        raise BadInput(["inputs: none were named"], remedy="name them with --inputs, AZLOCAL_INPUTS or in the plan")
    if offline and _remote(place):
        raise BadInput([f"inputs: '{place}' is read from Azure"], remedy="leave --offline out, or name a folder")
    return place


def _remote(place: str) -> bool:
    return place.lower().startswith("https://")
