"""Where inputs come from, and the template that goes with them."""

from __future__ import annotations

import pytest

from azlocal.azure.inputs_source import InputFiles, check_place, sent_template
from azlocal.azure.starter import template
from azlocal.core.digest import template_digest
from azlocal.core.facts import ClusterFacts
from azlocal.errors import BadInput
from azlocal.settings import Settings

ID = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.AzureStackHCI/clusters/oslo"
BLOBS = "https://x.blob.core.windows.net/files/"


def never():
    raise AssertionError("Azure was asked")


def test_inputs_are_read_with_the_template_that_is_sent(tmp_path):
    (tmp_path / "oslo.yaml").write_text("domainFqdn: ad.example.com\n")
    (inputs,) = InputFiles.at(str(tmp_path), never).read([ClusterFacts(id=ID, name="oslo")]).values()
    assert inputs.template == sent_template() == template_digest(template())
    assert inputs.request_digest not in {inputs.digest, inputs.template}


def test_files_on_this_machine_are_read_at_once_and_blobs_when_they_are_needed(tmp_path):
    with pytest.raises(BadInput, match="is neither a folder nor a file"):
        InputFiles.at(str(tmp_path / "nowhere"), never)
    later = InputFiles.at(BLOBS, never)
    with pytest.raises(AssertionError):
        later.files()


def test_no_place_is_no_inputs():
    assert InputFiles.at("", never).read([ClusterFacts(id=ID, name="oslo")]) == {}


@pytest.mark.parametrize(
    ("settings", "place", "problem"),
    [
        ({}, "", "inputs: none were named"), ({"inputs": BLOBS}, BLOBS, f"inputs: '{BLOBS}' is read from Azure"),
        ({"plan": f"{BLOBS}plan.yaml?sig=hunter2"}, "inputs", f"plan: '{BLOBS}plan.yaml' is read from Azure"),
    ],
)  # fmt: skip
def test_a_place_that_cannot_be_checked_offline_is_refused(settings, place, problem):
    with pytest.raises(BadInput) as refused:
        check_place(Settings(**settings), lambda: place, offline=True)
    assert refused.value.problems == (problem,)


def test_with_azure_every_place_is_fine():
    assert check_place(Settings(plan=f"{BLOBS}plan.yaml"), lambda: BLOBS, offline=False) == BLOBS
    assert check_place(Settings(plan=f"{BLOBS}plan.yaml", inputs="here"), lambda: "here", offline=True) == "here"
