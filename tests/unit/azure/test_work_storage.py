"""The app's own storage, against the sandbox's blobs and queues."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace

import pytest

from azlocal.azure.clients import connect
from azlocal.azure.work_storage import CONTAINER, QUEUE, WorkStorage, identity_of
from azlocal.errors import AzureRefused, BadInput
from azlocal.sandbox import documents_shared, identity
from azlocal.sandbox.clock import VirtualClock
from azlocal.sandbox.front import Front
from azlocal.sandbox.inprocess import InProcessTransport
from azlocal.sandbox.providers import generic, storage
from azlocal.sandbox.world import Azure
from azlocal.simulation.wire import StandingCredential

NOW = datetime(2026, 11, 24, 12, tzinfo=timezone.utc)
ACCOUNT = "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/stone"
QUEUES = f"{ACCOUNT}/queueServices/default/queues/{QUEUE}"
HOST = "https://sandbox.invalid"
SETTINGS = {
    "AzureWebJobsStorage__blobServiceUri": f"{HOST}/stone/",
    "AzureWebJobsStorage__queueServiceUri": f"{HOST}/stone.queue",
}


@pytest.fixture
def azure():
    azure = Azure(VirtualClock(NOW))
    for module in (identity, storage, generic):
        module.register(azure)
    azure.store.put(documents_shared.storage_account(ACCOUNT, "westeurope", NOW))
    azure.store.put(documents_shared.container(ACCOUNT, CONTAINER, NOW))
    azure.store.put(
        {
            "id": QUEUES,
            "name": QUEUE,
            "type": "Microsoft.Storage/storageAccounts/queueServices/queues",
            "properties": {},
        }
    )
    return azure


@pytest.fixture
def connection(azure):
    transport = InProcessTransport(Front(azure).handle, azure.clock.sleep)
    credential = StandingCredential(azure, identity.IDENTITY_CLIENT)
    return connect(HOST, "acting", {}, transport=transport, credential=credential)


def test_a_document_comes_back_as_it_was_written_and_the_last_one_stands(connection):
    desk = WorkStorage.at(connection, SETTINGS)
    assert desk.read("ticks/x.json") is None
    desk.write("ticks/x.json", {"state": "åsked"})
    desk.write("ticks/x.json", {"state": "døne"})
    assert desk.read("ticks/x.json") == {"state": "døne"}


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"7"])
def test_what_is_no_document_counts_as_none(azure, connection, content):
    azure.blobs[("stone", CONTAINER, "x.json")] = content
    assert WorkStorage.at(connection, SETTINGS).read("x.json") is None


def test_a_message_lies_hidden_for_as_long_as_it_was_told_in_the_form_the_host_reads(azure, connection):
    WorkStorage.at(connection, SETTINGS).post('{"ticket": "x"}', timedelta(seconds=50))
    (message,) = azure.queues[QUEUES.lower()]
    assert base64.b64decode(message.text) == b'{"ticket": "x"}'
    assert message.visible == NOW + timedelta(seconds=50)
    assert message.expires == NOW + timedelta(days=1)


def test_storage_that_is_not_there_is_refused_by_name(azure, connection):
    azure.store.delete(QUEUES)
    with pytest.raises(AzureRefused, match="QueueNotFound"):
        WorkStorage.at(connection, SETTINGS).post("x", timedelta(0))
    azure.store.delete(f"{ACCOUNT}/blobServices/default/containers/{CONTAINER}")
    with pytest.raises(AzureRefused, match="ContainerNotFound"):
        WorkStorage.at(connection, SETTINGS).read("x.json")


@pytest.mark.parametrize(
    ("cloud", "suffix"), [("public", "core.windows.net"), ("custom", "core.windows.net"), ("usgovernment", "core.usgovcloudapi.net")]
)  # fmt: skip
def test_an_account_name_means_the_hosts_of_its_cloud(cloud, suffix):
    there = SimpleNamespace(cloud=SimpleNamespace(name=cloud))
    desk = WorkStorage.at(there, {"AzureWebJobsStorage__accountName": "stone"})
    assert desk._container == f"https://stone.blob.{suffix}/{CONTAINER}"
    assert desk._messages == f"https://stone.queue.{suffix}/{QUEUE}/messages"


@pytest.mark.parametrize("told", [{}, {"AzureWebJobsStorage": "AccountKey=hunter2"}])
def test_without_an_identity_based_connection_there_is_no_storage_and_no_secret_is_told(told):
    with pytest.raises(BadInput, match="AzureWebJobsStorage__accountName") as refused:
        WorkStorage.at(SimpleNamespace(cloud=SimpleNamespace(name="public")), told)
    assert "hunter2" not in f"{refused.value} {refused.value.remedy}"


def test_the_identity_is_known_by_its_application_and_its_object(connection):
    name, object_id = identity.IDENTITY_CLIENT, identity.OBJECTS[identity.IDENTITY_CLIENT][1]
    assert identity_of(connection) == {name, object_id}
