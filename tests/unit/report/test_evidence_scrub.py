"""No secret leaves by an evidence file."""

from __future__ import annotations

import json

import pytest

from azlocal.report.evidence_scrub import LEFT_OUT, scrubbed, without_secrets

KEY = "Ab+/" * 21 + "Ab=="
VAULT = "https://kv-oslo.vault.azure.net/secrets/oslo-AzureStackLCMUserCredential/0123456789abcdef0123456789abcdef"
SECRETS = {
    f"see {VAULT}, please": VAULT,
    f'{{"secretLocation": "{VAULT}"}}': VAULT,
    "https://kv.vault.usgovcloudapi.net/keys/k/1": "/keys/k",
    "https://st.blob.core.windows.net/c/b?sv=2024&sig=aBcDeF%2F1234567890%3D&se=2026": "aBcDeF",
    "https://fn.azurewebsites.net/api/x?code=abcDEF123456==": "abcDEF123456",
    "AccountName=st;AccountKey=" + KEY + ";EndpointSuffix=core.windows.net": KEY,
    "the key " + KEY + " was refused": KEY,
    "Password=hunter2;Server=x": "hunter2",
    "Invoke-Command -Password hunter2 -Name x": "hunter2",
    "login failed, password: hunter2 for user x": "hunter2",
    '{"lcmPassword": "hunter 2", "a": 1}': "hunter 2",
    "clientSecret='hunter2'": "hunter2",
    "Authorization: Bearer abc.def-0123456789": "abc.def",
    "token eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0abc.c2ln": "eyJzdWIiOiIxIn0abc",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY----- rest": "MIIEow",
    "https://anna:hunter2@proxy.corp:8080/": "hunter2",
}


@pytest.mark.parametrize("text", SECRETS, ids=range(len(SECRETS)))
def test_what_looks_like_a_secret_is_left_out_of_texts(text):
    told = scrubbed(text)
    assert SECRETS[text] not in told
    assert LEFT_OUT[:-1] in told


@pytest.mark.parametrize(
    "text",
    [
        "DeploymentFailed: code=AnotherOperationInProgress; see https://aka.ms/x?code=1",
        "the credential was refused: access denied",
        "basic authentication is off",
        "the secret does not exist in the vault kv-oslo",
        "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
        "ab" * 32,
        "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg",
    ],
)
def test_what_is_no_secret_stays(text):
    assert scrubbed(text) == text


def test_what_a_name_tells_is_left_out_of_documents_at_any_depth():
    told = without_secrets({
        "a": [{"lcmSecretUri": VAULT, "AccessKey": 7, "hasPassword": True, "secretName": "n", "n": None}], VAULT: 1,
    })  # fmt: skip
    assert told["a"] == [
        {"lcmSecretUri": LEFT_OUT, "AccessKey": LEFT_OUT, "hasPassword": True, "secretName": "n", "n": None}
    ]
    assert VAULT not in json.dumps(told)
