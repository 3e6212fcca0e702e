"""Microsoft.ResourceGraph: queries over the index, paged, within a quota of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from azlocal.sandbox.api_versions import RESOURCE_GRAPH
from azlocal.sandbox.clock import stamp
from azlocal.sandbox.providers import resource_graph_errors as errors
from azlocal.sandbox.providers.resource_graph_facets import Facet
from azlocal.sandbox.query import dialect, limits
from azlocal.sandbox.query.index import Index, Reads, tables_by_name
from azlocal.sandbox.query.pages import Answer, Answers, Token, digest_of
from azlocal.sandbox.query.refusals import Refused
from azlocal.sandbox.query.scope import Hierarchy, NothingReadable, malformed, visible
from azlocal.sandbox.quotas import Window
from azlocal.sandbox.wire import ArmError, Response, reply
from azlocal.sandbox.world import Azure, Call, require

LARGEST = 16_777_216
"""Bytes of an answer. Source: the message of ResponsePayloadTooLarge in public reports."""
MOST_ROWS = 1000


def register(azure: Azure) -> Index:
    """Register the query route; return the index, which sees every later change of the store."""
    graph = ResourceGraph(azure)
    azure.router.add(
        "POST",
        "/providers/Microsoft.ResourceGraph/resources",
        graph.resources,
        resource_type="Microsoft.ResourceGraph/resources",
        api_versions=RESOURCE_GRAPH,
        # The permission list names Microsoft.ResourceGraph/resources/read; whether it is asked is a switch.
        action="",
    )
    return graph.index


@dataclass(frozen=True, slots=True)
class Asked:
    """A request's body, checked."""

    query: str
    subscriptions: list[str]
    groups: list[str]
    top: int | None
    skip: int | None
    token: str | None
    table: bool
    facets: list[Facet]


class ResourceGraph:
    """The service over one world."""

    def __init__(self, azure: Azure) -> None:
        self._azure = azure
        self.index = Index(azure)
        self._window = Window()
        self._answers = Answers()

    def resources(self, call: Call) -> Response:
        """Answer a query, or say why not; the quota is told in every answer."""
        principal = call.principal.object_id if call.principal else ""
        allowed, remaining, resets = self._window.take(principal, call.azure.clock.wall())
        headers = _quota(remaining, resets)
        try:
            if not allowed:
                raise errors.throttled(call)
            response = reply(self._answered(call, _asked(call)), 200, headers)
            if len(response.body) > LARGEST:
                raise errors.too_large(call, len(response.body), LARGEST)
        except ArmError as error:
            error.headers = {**headers, **error.headers}
            raise
        return response

    def _answered(self, call: Call, asked: Asked) -> dict[str, Any]:
        scope = _scope(call, asked)
        digest = digest_of(asked.query, scope | _reader(call))
        token = None if asked.token is None else _token(call, asked.token, digest)
        taken = token.taken if token else stamp(call.now)
        haze = call.azure.haze
        answer = self._answers.get(token) if token and not (haze and haze.forgotten()) else None
        if answer is None:
            taken = stamp(call.now)
            answer = self._evaluated(call, asked.query, scope)
        start = _start(asked, token)
        size = asked.top or (token.size if token else int(call.azure.switch("graph-default-top")))
        size = haze.size(size) if haze else size
        body = _page(answer, start, size, asked)
        body["data"] = haze.page(body["data"]) if haze and not asked.table else body["data"]
        body["facets"] = [self._facet(call, asked, facet, scope) for facet in asked.facets]
        if start + size < len(answer.rows) and _pageable(answer, asked.query):
            self._answers.keep(digest, taken, answer)
            body["resultTruncated"] = "false"
            body["$skipToken"] = Token(digest, taken, start + size, size).text()
        return body

    def _evaluated(self, call: Call, query: str, scope: frozenset[str]) -> Answer:
        try:
            if query not in call.azure.answers:
                limits.check(query)
            return self._asked_index(query, scope, call)
        except Refused as refused:
            raise errors.refusal(call, refused) from refused

    def _asked_index(self, query: str, scope: frozenset[str], call: Call) -> Answer:
        now, reads = call.now, _reads(call)
        known = self._azure.answers.get(query)
        if known is not None:
            told = self.index.tell(known, scope, now, reads)
            return Answer(known.columns, tuple(_as_it_is for _ in known.columns), list(told))
        result = self.index.ask(dialect.graph(query, tables_by_name()), scope, now, reads)
        writers = tuple(column.graph_writer() for column in result.columns)
        return Answer(result.columns, writers, list(result.rows))

    def _facet(self, call: Call, asked: Asked, facet: Facet, scope: frozenset[str]) -> dict[str, Any]:
        """Return one more statistic over the result, or why there is none; it never spoils the answer."""
        try:
            answer = self._asked_index(facet.query(asked.query), scope, call)
        except Refused:
            return facet.error()
        return facet.result(answer, table=asked.table)


def _as_it_is(value: Any) -> Any:
    return value


def _start(asked: Asked, token: Token | None) -> int:
    """Return the first row of the page. Source: Azure Resource Graph documentation, skipping records."""
    if limits.stops_paging(asked.query):
        return 0
    return asked.skip or (token.skip if token else 0)


def _page(answer: Answer, start: int, size: int, asked: Asked) -> dict[str, Any]:
    end = min(start + size, len(answer.rows))
    count = max(0, end - start)
    return {
        "totalRecords": len(answer.rows),
        "count": count,
        "data": answer.table(start, end) if asked.table else answer.objects(start, end),
        "facets": [],
        "resultTruncated": "true" if end < len(answer.rows) else "false",
    }


def _pageable(answer: Answer, query: str) -> bool:
    return any(column.name == "id" for column in answer.columns) and not limits.stops_paging(query)


def _asked(call: Call) -> Asked:
    body = require(call.request.json(), dict, "The request body must be an object.")
    query = body.get("query")
    if not isinstance(query, str) or not query.strip():
        raise errors.bad(call, "InvalidQuery", "Query cannot be null or empty.")
    told = require(body.get("options") or {}, dict, "'options' must be an object.")
    options = {str(name).lower(): value for name, value in told.items()}
    return Asked(
        query=query,
        subscriptions=_names(call, body, "subscriptions"),
        groups=_names(call, body, "managementGroups"),
        top=errors.whole(call, options, "$top", 1, MOST_ROWS),
        skip=errors.whole(call, options, "$skip", 0, None),
        token=options.get("$skiptoken") or None,
        table=str(options.get("resultformat") or "objectArray").lower() == "table",
        facets=[Facet.read(call, one) for one in require(body.get("facets") or [], list, "'facets' must be a list.")],
    )


def _names(call: Call, body: Mapping[str, Any], key: str) -> list[str]:
    found = body.get(key) or []
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise errors.bad(call, "InvalidRequestBody", f"'{key}' must be a list of text.")
    return found


def _scope(call: Call, asked: Asked) -> frozenset[str]:
    wrong = malformed(asked.subscriptions)
    if wrong:
        text = f"Subscriptions contain invalid GUIDs. Given: '{', '.join(wrong)}'."
        raise errors.bad(call, "SubscriptionsContainInvalidGuids", text)
    try:
        seen = visible(Hierarchy(call.azure.store, call.azure.tenant_id), asked.subscriptions, asked.groups)
        return _readable(call, asked, seen)
    except NothingReadable as nothing:
        if nothing.groups:
            raise errors.denied(call) from nothing
        text = (
            "There must be at least one subscription that is eligible to contain resources. Given: "
            f"'{', '.join(nothing.asked)}'."
        )
        raise errors.bad(call, "NoValidSubscriptionsInQueryRequest", text) from nothing


def _readable(call: Call, asked: Asked, seen: frozenset[str]) -> frozenset[str]:
    """Return what of *seen* the caller has a right to; raise NothingReadable when that is nothing."""
    hidden = frozenset(one for one in seen if _is_hidden(call, _path_of(one)))
    if hidden and all(one.startswith("/") for one in seen - hidden):
        raise NothingReadable(asked.groups or asked.subscriptions, groups=bool(asked.groups) or not asked.subscriptions)
    return seen - hidden


def _is_hidden(call: Call, path: str) -> bool:
    azure, principal = call.azure, call.principal
    if principal is None:
        return False
    if azure.rbac and path.startswith("/subscriptions/"):
        needed = azure.switch("graph-action") == "needed"
        if not azure.rights.holds_any(principal.object_id, path) or (needed and not _may_query(call, path)):
            return True
    return azure.is_hidden(principal, path)


def _may_query(call: Call, path: str) -> bool:
    action = "Microsoft.ResourceGraph/resources/read"
    assert call.principal is not None
    return call.azure.may(call.principal, action, path) or call.azure.rights.reaches_into(
        call.principal.object_id, action, path
    )


def _reads(call: Call) -> Reads | None:
    """Return what tells which resources the caller may read, each by its type's own action; None for all."""
    azure, principal = call.azure, call.principal
    if not azure.rbac or principal is None:
        return None
    return lambda key, kind: azure.may(principal, f"{kind}/read", key)


def _reader(call: Call) -> frozenset[str]:
    """Return whose answer it is, where that makes a difference."""
    return frozenset({call.principal.object_id}) if call.azure.rbac and call.principal else frozenset()


def _path_of(scope: str) -> str:
    return scope if scope.startswith("/") else f"/subscriptions/{scope}"


def _token(call: Call, text: Any, digest: str) -> Token:
    try:
        token = Token.parse(text)
    except (ValueError, TypeError) as error:
        raise errors.bad(call, "InvalidSkipToken", "The skip token is invalid.") from error
    if token.digest != digest:
        raise errors.bad(call, "InvalidSkipToken", "The skip token belongs to another query or scope.")
    return token


def _quota(remaining: int, resets: float) -> dict[str, str]:
    seconds = int(resets + 0.999)
    return {
        "x-ms-user-quota-remaining": str(remaining),
        "x-ms-user-quota-resets-after": f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}",
        "x-ms-ratelimit-remaining-tenant-resource-requests": str(remaining),
        "x-ms-tenant-subscription-limit-hit": "false",
    }
