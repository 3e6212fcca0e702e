"""`plan push PLACE`: put the plan and its inputs where the runbooks read them, with the person's own rights."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import click

from azlocal.cli import output
from azlocal.cli.door import Door, door
from azlocal.core.digest import short
from azlocal.errors import BadInput
from azlocal.plan_source import remote

if TYPE_CHECKING:
    from collections.abc import Mapping

PLAN, INPUTS = "plan.yaml", "inputs/"


@click.command()
@click.argument("place")
@door
def push(here: Door, place: str) -> int:
    """Upload the plan and its inputs to PLACE, the https address of a blob container.

    The plan becomes PLACE/plan.yaml, each file of inputs PLACE/inputs/FILE: where the runbooks of main.json
    look. Both are checked before anything is sent. Signed with your own credential (Azure CLI or environment),
    never with a managed identity; it needs Storage Blob Data Contributor on the container.
    """
    from azlocal.azure.blobs import names_in, write_text
    from azlocal.azure.credentials import signer

    target = container_of(place)
    text, inputs = local_files(here)
    wrong = here.app.check_inputs(offline=True).problems if inputs else ()
    if wrong:
        raise BadInput(wrong, remedy="correct the inputs; docs/inputs.md explains the codes")
    digest = short(here.app.needed_plan().digest)
    person = here.app.person
    signer(person.credential, person.cloud)  # refuses a managed identity
    # The plan comes last: nobody reads it beside inputs that are not there yet.
    for name, content in inputs.items():
        write_text(person, f"{target}{INPUTS}{quote(name)}", content)
    write_text(person, f"{target}{PLAN}", text)
    for name in names_in(person, f"{target}{INPUTS}"):
        if name not in inputs:
            output.tell(
                f"note: {INPUTS}{name} is there and not among the local files; delete it if it no longer counts"
            )
    here.say(f"pushed plan {digest} and {len(inputs)} files of inputs to {target}")
    return 0


def container_of(place: str) -> str:
    """Return a container's address with a slash at its end; raise BadInput for another or a signed one."""
    parts = urlsplit(place)
    if parts.scheme.lower() != "https" or not parts.netloc or not parts.path.strip("/"):
        raise BadInput(
            [f"place: '{place.partition('?')[0]}' is no https address of a blob container"],
            remedy="give one such as https://ACCOUNT.blob.core.windows.net/azlocal-files",
        )
    if parts.query:
        raise BadInput(["place: it carries a signature"], remedy="leave out what follows the question mark")
    return place.rstrip("/") + "/"


def local_files(here: Door) -> tuple[str, Mapping[str, str]]:
    """Return the plan's text and the texts of its inputs by name; raise BadInput unless they are local and right."""
    from azlocal.files.inputs_folder import read_file, read_files

    settings, plan = here.app.settings, here.app.needed_plan()
    if remote(settings.plan):
        raise BadInput(["plan: it is in Azure already"], remedy="name the local file with --plan")
    folder = settings.inputs or plan.inputs
    if remote(folder):
        raise BadInput(["inputs: they are in Azure already"], remedy="name the local folder with --inputs")
    beside = Path(settings.plan).parent / folder if folder and not settings.inputs else Path(folder)
    return read_file(Path(settings.plan), "plan"), read_files(beside) if folder else {}
