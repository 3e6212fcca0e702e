"""What Azure's errors mean for the person who must act: the one place that translates them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from azlocal.errors import AzlocalError, AzureRefused, AzureUnreachable

if TYPE_CHECKING:
    from azlocal.azure.clients import Answer

_ACTION = re.compile(r"perform action '([^']+)'(?: over scope '([^']+)')?")


def raise_for(answer: Answer, action: str, scope: str) -> None:
    """Raise when *answer* is not a success, saying what could not be done, where, and what to do."""
    if answer.status < 300:
        return
    raise refused(answer, action, scope)


def refused(answer: Answer, action: str, scope: str) -> AzlocalError:
    """Return the error that stands for an answer of 300 and more."""
    evidence = f"HTTP {answer.status}, correlation id {answer.correlation_id or 'none'}"
    code = answer.code or f"HTTP {answer.status}"
    text = f"could not {action} ({scope}): {code}: {answer.message or 'no message'}{_cause(answer)}"
    kind = AzureUnreachable if answer.status in {408, 429} or answer.status >= 500 else AzureRefused
    return kind(text, remedy=_remedy(answer, scope), code=answer.code, evidence=evidence)


def _cause(answer: Answer) -> str:
    """Return the innermost of an error's details: Resource Graph says only there what is wrong."""
    error = answer.json.get("error") if isinstance(answer.json, Mapping) else None
    told = ""
    while isinstance(error, Mapping):
        details = error.get("details")
        error = details[0] if isinstance(details, Sequence) and details else None
        if isinstance(error, Mapping) and (error.get("code") or error.get("message")):
            told = f" ({error.get('code', '')}: {error.get('message', '')})"
    return told


def _remedy(answer: Answer, scope: str) -> str:
    if answer.status == 401:
        return "sign in again, or check the managed identity: the token was not accepted (expired, or wrong audience)"
    if answer.code in {"AuthorizationFailed", "LinkedAuthorizationFailed"}:
        found = _ACTION.search(answer.message)
        wanted = f"a role with {found[1]} at {found[2] or scope}" if found else f"a role at {scope}"
        return f"grant the identity {wanted}, and wait five minutes"
    if answer.code in {"SubscriptionNotFound", "InvalidSubscriptionId"}:
        return "check the subscription's id in the plan's scope, and that the identity can read it"
    if answer.status == 404:
        return "check the name and the group; what is read may have been moved or deleted"
    if answer.status == 429:
        return "wait; something spends this identity's quota"
    if answer.status >= 500:
        return "try again; if it lasts, look at Azure's service health"
    return "see the message; nothing was changed"


@contextmanager
def translated(action: str, scope: str) -> Iterator[None]:
    """Turn what the SDK raises when there is no answer into an error a person can act on."""
    from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError

    try:
        yield
    except ClientAuthenticationError as error:
        raise AzureRefused(
            f"could not {action} ({scope}): no token: {_first_line(error)}",
            remedy="check the managed identity, the client id and secret, or sign in with az login",
            code="NoToken", evidence=type(error).__name__,
        ) from error  # fmt: skip
    except HttpResponseError as error:
        raise AzureRefused(
            f"could not {action} ({scope}): {_first_line(error)}",
            remedy="see the message; nothing was changed", evidence=f"HTTP {error.status_code}",
        ) from error  # fmt: skip
    except AzureError as error:
        raise AzureUnreachable(
            f"no answer when trying to {action} ({scope}): {_first_line(error)}",
            remedy="check the endpoint, the network, the proxy and the certificate authority (REQUESTS_CA_BUNDLE)",
            evidence=type(error).__name__,
        ) from error
    except (OSError, ValueError) as error:
        raise AzureUnreachable(
            f"no usable answer when trying to {action} ({scope}): {_first_line(error)}",
            remedy="check the endpoint and what stands between here and it", evidence=type(error).__name__,
        ) from error  # fmt: skip


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return (lines[0] if lines else type(error).__name__)[:300]
