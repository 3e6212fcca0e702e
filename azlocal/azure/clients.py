"""The connection: one credential, one pipeline for reads, and one that sends exactly once for starts."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any, TypeVar, cast

from azure.core.exceptions import AzureError
from azure.core.pipeline.policies import (
    HeadersPolicy,
    RequestIdPolicy,
    RetryPolicy,
    SansIOHTTPPolicy,
    UserAgentPolicy,
)
from azure.core.pipeline.transport import HttpTransport, RequestsTransport
from azure.core.rest import HttpRequest
from azure.mgmt.azurestackhci import AzureStackHCIClient
from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy

from azlocal import __version__
from azlocal.azure import credentials
from azlocal.azure.clouds import Cloud, cloud
from azlocal.azure.errors import translated

_ANY_SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
LONGEST_WAIT = 60.0
"""Seconds of a Retry-After that a read waits out; beyond it the answer stands."""
START_TIMEOUT = 25.0
_IN_TIME: dict[str, Any] = {"connection_timeout": START_TIMEOUT, "read_timeout": START_TIMEOUT}
_CONNECT, _READ = 10.0, 70.0
"""Seconds: ARM's gateway gives up after 60, and nobody waits five minutes for a host that is not there."""
_LEFT = "x-ms-ratelimit-remaining-subscription-"
LOW = 12
"""Requests left in a bucket of ARM's below which a second is waited: it brings 25 reads, or 10 writes."""
_Client = TypeVar("_Client")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back: headers in lower case, the body as JSON when it is JSON, else None."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    date: datetime | None = None

    @property
    def _error(self) -> Mapping[str, Any]:
        error = self.json.get("error") if isinstance(self.json, Mapping) else None
        return error if isinstance(error, Mapping) else {}

    @property
    def code(self) -> str:
        """Return ARM's error code, or an empty string."""
        return str(self._error.get("code", ""))

    @property
    def message(self) -> str:
        """Return ARM's error message, or an empty string."""
        return str(self._error.get("message", ""))

    @property
    def correlation_id(self) -> str:
        """Return ARM's correlation id."""
        return self.headers.get("x-ms-correlation-request-id", "")


@dataclass(frozen=True, slots=True)
class Unknown:
    """No answer: whether the request had an effect is not known."""

    text: str


class PatientRetry(RetryPolicy[Any, Any]):
    """azure-core's retry for what may pass by itself, and for nothing else.

    azure-core would retry any 4xx that carries Retry-After, and sleep for as long as it says.
    """

    def is_retry(self, settings: dict[str, Any], response: Any) -> bool:
        """Return whether to send again: only passing statuses, and only after a short wait."""
        status = response.http_response.status_code
        if status not in {408, 429, 500, 502, 503, 504}:
            return False
        wait = self.get_retry_after(response)
        return (wait is None or wait <= LONGEST_WAIT) and bool(super().is_retry(settings, response))


class Connection:
    """Azure as one identity reaches it. Also the tick's watch: it remembers ARM's dates and counts calls."""

    def __init__(self, place: Cloud, credential: Any, transport: Any = None) -> None:
        self.cloud = place
        self.credential = credential
        self.transport: HttpTransport[Any, Any] = transport or carrier()
        self.first: datetime | None = None
        self.newest: datetime | None = None
        self.calls = 0
        self.throttled = 0

    def sleep(self, seconds: float) -> None:
        """Let wall time pass, on the transport's clock."""
        self.transport.sleep(seconds)

    # reads and writes that may be repeated

    def get(self, path: str, api_version: str, **query: str) -> Answer:
        """GET a path below ARM, or an absolute URL that ARM gave; any status is an answer."""
        return self.request("GET", path, api_version, None, query)

    def post(self, path: str, api_version: str, body: Any) -> Answer:
        """POST JSON to a path below ARM."""
        return self.request("POST", path, api_version, body)

    def patch(self, path: str, api_version: str, body: Any) -> Answer:
        """PATCH a path below ARM with JSON."""
        return self.request("PATCH", path, api_version, body)

    def request(
        self, method: str, path: str, api_version: str, body: Any, query: Mapping[str, str] | None = None
    ) -> Answer:
        """Send a request that may be repeated; raise AzlocalError when no answer came."""
        request = self._request(method, path, api_version, body, query)
        with translated(f"{method} {path.split('?', maxsplit=1)[0]}", self.cloud.arm):
            response = self._reads.send_request(request)
        answer = self._answer(response)
        self._pace(answer)
        return answer

    def _pace(self, answer: Answer) -> None:
        """Wait before a quota of ARM says no: a 429 costs as much and helps nobody."""
        left = (text for name, text in answer.headers.items() if name.startswith(_LEFT) and "global" not in name)
        if any(text.isdecimal() and int(text) < LOW for text in left):
            self.sleep(1.0)

    def _request(
        self, method: str, path: str, api_version: str, body: Any, query: Mapping[str, str] | None
    ) -> HttpRequest:
        if path.lower().startswith("https://"):
            return HttpRequest(method, path, json=body)
        url = f"{self.cloud.arm}/{path.lstrip('/')}"
        return HttpRequest(method, url, params={"api-version": api_version, **(query or {})}, json=body)

    # starts: one request, whatever happens

    def send_once(self, method: str, path: str, api_version: str, body: Any) -> Answer | Unknown:
        """Send exactly one request; no answer within 25 s is `Unknown`, never an exception."""
        request = self._request(method, path, api_version, body, None)
        seen: list[Any] = []
        client = self._client(AzureStackHCIClient, _ANY_SUBSCRIPTION, seen)
        return self._once(seen, lambda: client.send_request(request, **_IN_TIME))

    def deploy_once(self, subscription: str, group: str, name: str, body: Mapping[str, Any]) -> Answer | Unknown:
        """PUT a deployment with the deployments client, exactly once and without polling."""
        from azure.mgmt.resource.deployments import DeploymentsMgmtClient

        seen: list[Any] = []
        client = self._client(DeploymentsMgmtClient, subscription, seen)
        return self._once(
            seen,
            lambda: client.deployments.begin_create_or_update(
                group, name, cast("Any", body), polling=False, **_IN_TIME
            ),
        )  # fmt: skip

    def _once(self, seen: list[Any], send: Callable[[], object]) -> Answer | Unknown:
        """Send; whatever the client raises, only a response tells what became of the request."""
        try:
            send()
        except Exception as error:
            # Azure may have taken the request although its answer could not be made sense of.
            if not seen:
                return Unknown(f"{type(error).__name__}: {error}"[:300])
        return self._answer(seen[-1]) if seen else Unknown("the client gave no answer")

    # pipelines

    @cached_property
    def _reads(self) -> AzureStackHCIClient:
        return self._client(AzureStackHCIClient, _ANY_SUBSCRIPTION, None)

    def _client(self, kind: Callable[..., _Client], subscription: str, once: list[Any] | None) -> _Client:
        """Return a client that repeats reads, or one that sends once and leaves the response in *once*."""
        return kind(
            self.credential, subscription,
            base_url=self.cloud.arm, policies=self._policies(once), transport=Shared(self.transport),
        )  # fmt: skip

    def _policies(self, once: list[Any] | None) -> list[Any]:
        """Return the policies of a pipeline: none registers providers, follows redirects, or minds the body."""
        signing = (self.credential, self.cloud.arm_scope)
        if once is None:
            retry = PatientRetry(retry_total=4, retry_status=3, retry_connect=2, retry_read=2)
            sending: list[Any] = [retry, ARMChallengeAuthenticationPolicy(*signing)]
        else:
            sending = [_SignOnce(*signing), _Keep(once)]
        return [
            RequestIdPolicy(),
            HeadersPolicy(),
            UserAgentPolicy(f"azlocal-upgrade/{__version__}"),
            *sending,
            _Count(self),
        ]

    def _answer(self, response: Any) -> Answer:
        headers = {str(name).lower(): str(value) for name, value in response.headers.items()}
        try:
            text = response.text() if callable(response.text) else response.text
            body = json.loads(text)
        except (ValueError, LookupError, AzureError):
            body = None
        return Answer(status=response.status_code, headers=headers, json=body, date=_date(headers))

    def note(self, status: int, headers: Mapping[str, str]) -> None:
        """Remember the date of one answer of ARM."""
        self.throttled += status == 429
        moment = _date({str(name).lower(): str(value) for name, value in headers.items()})
        if moment is None:
            return
        self.first = self.first or moment
        self.newest = moment if self.newest is None else max(self.newest, moment)

    def restart_watch(self) -> None:
        """Begin a new tick: its moment is the date of the next answer."""
        self.first, self.calls, self.throttled = None, 0, 0


class _SignOnce(ARMChallengeAuthenticationPolicy):
    """Signs a request, and does not send it again when Azure challenges the token."""

    def on_challenge(self, request: Any, response: Any) -> bool:
        """Leave the 401 as the answer."""
        del request, response
        return False


class _Keep(SansIOHTTPPolicy[Any, Any]):
    """Keeps the response itself, because what a client makes of it may fail after the service took the request."""

    def __init__(self, kept: list[Any]) -> None:
        self._kept = kept

    def on_response(self, request: Any, response: Any) -> None:
        """Keep the response."""
        del request
        self._kept.append(response.http_response)


class _Count(SansIOHTTPPolicy[Any, Any]):
    """Lets the connection see every request and answer, repeated ones included."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def on_request(self, request: Any) -> None:
        """Count the request."""
        del request
        self._connection.calls += 1

    def on_response(self, request: Any, response: Any) -> None:
        """Note the answer."""
        del request
        self._connection.note(response.http_response.status_code, response.http_response.headers)


class Shared(HttpTransport[Any, Any]):
    """A transport that several clients use and none closes."""

    def __init__(self, inner: HttpTransport[Any, Any]) -> None:
        self._inner = inner

    def open(self) -> None:
        """Open the shared transport."""
        self._inner.open()

    def close(self) -> None:
        """Leave the shared transport open."""

    def __exit__(self, *_: object) -> None:
        return None

    def send(self, request: Any, **kwargs: Any) -> Any:
        """Send through the shared transport."""
        return self._inner.send(request, **kwargs)

    def sleep(self, duration: float) -> None:
        """Sleep on the shared transport's clock."""
        self._inner.sleep(duration)


def _date(headers: Mapping[str, str]) -> datetime | None:
    try:
        moment = parsedate_to_datetime(headers["date"])
    except (KeyError, ValueError, TypeError):
        return None
    # HTTP knows only GMT; "-0000" comes back without a zone.
    return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)


def carrier() -> HttpTransport[Any, Any]:
    """Return the transport that reaches Azure."""
    transport: HttpTransport[Any, Any] = RequestsTransport(connection_timeout=_CONNECT, read_timeout=_READ)
    return transport


def connect(
    setting: str,
    role: str,
    environment: Mapping[str, str],
    *,
    client_id: str = "",
    transport: Any = None,
    credential: Any = None,
) -> Connection:
    """Return a connection in the *role* `acting` or `person`; raise BadInput for an unknown cloud."""
    shared = transport or carrier()
    place = cloud(setting, lambda url: _fetch(shared, url))
    if credential is None:
        credential = (
            credentials.person(place, environment, transport)
            if role == "person"
            else credentials.acting(place, environment, client_id, transport)
        )
    return Connection(place, credential, shared)


def _fetch(transport: Any, url: str) -> Any:
    from azure.core import PipelineClient

    with translated("read the endpoint's metadata", url):
        client: Any = PipelineClient(url, policies=[PatientRetry(retry_total=2)], transport=Shared(transport))
        response = client.send_request(HttpRequest("GET", url))
        response.raise_for_status()
        return response.json()
