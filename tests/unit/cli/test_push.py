"""`plan push`: what is right goes up, inputs first, signed by a person; what is wrong sends nothing."""

from __future__ import annotations

import pytest
from installation import Installation

from azlocal.app import App, Settings
from azlocal.cli.main import run
from azlocal.errors import BadInput

PLACE = "https://stazlocalops.blob.core.windows.net/azlocal-files"


class Desk:
    """A folder with plan and inputs beside a sandbox, and what of it came to the storage account."""

    def __init__(self, folder):
        self.place = Installation()
        self.place.azure.blobs.clear()
        self.folder = folder
        (folder / "inputs").mkdir()
        (folder / "plan.yaml").write_text(self.place.plan, "utf-8")
        for name, text in self.place.inputs.items():
            (folder / "inputs" / name).write_text(text, "utf-8")
        self.credential = self.place.person

    def run(self, *arguments, plan="plan.yaml", **settings):
        found = App(
            Settings(plan=plan if plan.startswith("https") else str(self.folder / plan), **settings), {},
            transport=self.place.transport, credential=self.credential,
        )  # fmt: skip
        return run(["plan", "push", *arguments], lambda given: found)

    @property
    def blobs(self):
        return {name: bytes(content).decode() for (_, _, name), content in self.place.azure.blobs.items()}

    @property
    def written(self):
        return [
            one.path.rsplit("azlocal-files/", 1)[-1] for one in self.place.front.journal.after() if one.method == "PUT"
        ]


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def test_plan_and_inputs_go_where_the_runbooks_look_the_plan_last(desk, capsys):
    assert desk.run(PLACE) == 0
    told = capsys.readouterr()
    assert "pushed plan " in told.out
    assert "1 files of inputs" in told.out
    assert desk.blobs == {"plan.yaml": desk.place.plan, **{f"inputs/{n}": t for n, t in desk.place.inputs.items()}}
    assert desk.written[-1] == "plan.yaml"


def test_what_stands_is_replaced_and_what_is_left_over_is_told(desk, capsys):
    key = ("stazlocalops", "azlocal-files", "inputs/clu-gone.yaml")
    desk.place.azure.blobs[key] = b"x: y"
    assert desk.run(PLACE + "/") == 0
    assert desk.run(PLACE) == 0
    assert "inputs/clu-gone.yaml is there and not among the local files" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("http://x/azlocal-files", "no https address"),
        ("https://x.blob.core.windows.net", "no https address"),
        (f"{PLACE}?sig=secret", "it carries a signature"),
    ],
)
def test_a_place_that_is_none_is_refused_without_showing_a_signature(desk, capsys, place, said):
    assert desk.run(place) == BadInput.exit_code
    told = capsys.readouterr().err
    assert said in told
    assert "secret" not in told
    assert desk.blobs == {}


def test_a_plan_with_a_mistake_is_not_sent(desk, capsys):
    (desk.folder / "plan.yaml").write_text(desk.place.plan + "colour: blue\n", "utf-8")
    assert desk.run(PLACE) == BadInput.exit_code
    assert "colour" in capsys.readouterr().err
    assert desk.blobs == {}


def test_inputs_with_a_mistake_are_not_sent(desk, capsys):
    (desk.folder / "inputs" / "clu-oslo-01.yaml").write_text("arbDeploymentAppID: x\n", "utf-8")
    assert desk.run(PLACE) == BadInput.exit_code
    assert "2411.3" in capsys.readouterr().err
    assert desk.blobs == {}


def test_what_is_in_azure_already_is_not_pushed(desk, capsys):
    assert desk.run(PLACE, inputs=f"{PLACE}/inputs/") == BadInput.exit_code
    assert "in Azure already" in capsys.readouterr().err


class Machine:
    """A managed identity's credential."""

    def get_token(self, *_, **__):
        from azure.core.credentials import AccessToken

        return AccessToken("e30.eyJ4bXNfbWlyaWQiOiAieCJ9.e30", 10**11)


def test_a_managed_identity_pushes_nothing(desk, capsys):
    desk.credential = Machine()
    assert desk.run(PLACE) == 3
    assert "managed identity" in capsys.readouterr().err
    assert desk.blobs == {}


def test_a_refusal_is_told_with_the_blob(desk, capsys):
    assert desk.run("https://stazlocalops.blob.core.windows.net/nowhere") == 3
    assert "ContainerNotFound" in capsys.readouterr().err
