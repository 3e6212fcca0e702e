"""The queues of storage accounts, as the Queue service serves them: `https://host/{account}.queue/{queue}/messages`.

Every storage account in the store has its routes. A message lies hidden until its moment, is handed out for a while to
whoever gets it, and is gone when that one deletes it: at least once, never exactly once.
Source: REST reference of the Queue service: Put, Get, Peek, Update, Delete and Clear Messages; Create and Delete Queue; Authorize access with Microsoft Entra ID.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from azlocal.sandbox.providers import accounts
from azlocal.sandbox.providers.blob_wire import VERSION, BlobError, authorized, http_date, reachable, xml
from azlocal.sandbox.store import Document
from azlocal.sandbox.wire import ArmError, Response
from azlocal.sandbox.world import Azure, Call

_QUEUE = "Microsoft.Storage/storageAccounts/queueServices/queues"
_WEEK = 7 * 24 * 3600
_LONGEST = 64 * 1024
_AT_ONCE = 32
Handler = Callable[[Call, Document], Response]


@dataclass(slots=True)
class Message:
    """One message; `receipt` is of the last time it was handed out or changed."""

    id: str
    text: str
    inserted: datetime
    expires: datetime
    visible: datetime
    receipt: str
    handed_out: int = 0


def follow(azure: Azure) -> None:
    """Give every storage account its queues' routes, and let messages go with their queue."""
    accounts.follow(azure, _serve, lambda world, key: world.queues.pop(key, None))


def _serve(azure: Azure, account: str) -> None:
    queue = f"/{account}.queue/{{queue}}"
    routes: tuple[tuple[str, str, Handler, str], ...] = (
        ("GET", queue, queue_read, "read"),
        ("PUT", queue, queue_put, "write"),
        ("DELETE", queue, queue_delete, "delete"),
        ("POST", f"{queue}/messages", put, "messages/add/action"),
        ("GET", f"{queue}/messages", get, "messages/process/action"),
        ("DELETE", f"{queue}/messages", clear, "messages/delete"),
        ("PUT", f"{queue}/messages/{{message}}", update, "messages/write"),
        ("DELETE", f"{queue}/messages/{{message}}", delete, "messages/process/action"),
    )
    for method, template, handler, verb in routes:
        azure.router.add(
            method, template, partial(_answer, account, handler, verb), resource_type="data-plane",
            action=f"{_QUEUE}/{verb}", data=True,
        )  # fmt: skip


def _answer(account: str, handler: Handler, verb: str, call: Call) -> Response:
    try:
        document = next(one for one in call.azure.store.of_type(accounts.ACCOUNT) if one["name"] == account)
        reachable(document)
        _allowed(call, _id(call, document), verb)
        response = handler(call, document)
    except BlobError as error:
        response = error.response(call)
    asked = call.request.headers.get("x-ms-version", VERSION)
    response.headers = {"x-ms-version": asked, "server": "Windows-Azure-Queue/1.0", **response.headers}
    return response


def _allowed(call: Call, queue: str, verb: str) -> None:
    """Raise the service's 403 for a caller without the right. Who may write messages may put them."""
    writes = verb == "messages/add/action" and call.azure.may(
        call.principal, f"{_QUEUE}/messages/write", queue, data=True
    )
    if not writes:
        authorized(call, f"{_QUEUE}/{verb}", queue, data=verb.startswith("messages/"))


def _id(call: Call, account: Document) -> str:
    return f"{account['id']}/queueServices/default/queues/{call.param('queue')}"


def _messages(call: Call, account: Document) -> list[Message]:
    """Return the messages of a queue that have not expired; raise the service's 404 for one that is not there."""
    identifier = _id(call, account)
    if call.azure.store.get(identifier) is None:
        raise BlobError(404, "QueueNotFound", "The specified queue does not exist.")
    found: list[Message] = call.azure.queues.setdefault(identifier.lower(), [])
    found[:] = [one for one in found if one.expires > call.now]
    return found


def _number(call: Call, name: str, default: int, least: int, most: int) -> int:
    text = next((value for key, value in call.request.query.items() if key.lower() == name), str(default))
    try:
        number = int(text)
    except ValueError:
        number = least - 1
    if not least <= number <= most:
        text = "One of the query parameters specified in the request URI is outside the permissible range."
        raise BlobError(400, "OutOfRangeQueryParameterValue", f"{text} ({name})")
    return number


def queue_read(call: Call, account: Document) -> Response:
    """Answer a queue's properties in headers: about how many messages it has."""
    return Response(200, {"x-ms-approximate-messages-count": str(len(_messages(call, account)))})


def queue_put(call: Call, account: Document) -> Response:
    """Make a queue, as the management plane would; 204 when it is there."""
    identifier = _id(call, account)
    if call.azure.store.get(identifier) is not None:
        return Response(204)
    handling = call.azure.types[_QUEUE.lower()]
    try:
        handling.put(call.azure, identifier, {}, now=call.now, principal=call.principal)
    except ArmError as error:
        raise BlobError(error.status, error.code, error.message) from error
    return Response(201)


def queue_delete(call: Call, account: Document) -> Response:
    """Delete a queue with its messages."""
    _messages(call, account)
    call.azure.store.delete(_id(call, account))
    call.azure.effects += 1
    return Response(204)


def put(call: Call, account: Document) -> Response:
    """Put a message, which may stay hidden for a while."""
    messages, azure, now = _messages(call, account), call.azure, call.now
    text = _text(call.request.body)
    lives = _number(call, "messagettl", _WEEK, -1, 10**9)
    hidden = _number(call, "visibilitytimeout", 0, 0, _WEEK)
    if lives == 0 or 0 < lives <= hidden:
        text = "One of the query parameters specified in the request URI is outside the permissible range."
        raise BlobError(400, "OutOfRangeQueryParameterValue", f"{text} (messagettl)")
    expires = datetime.max.replace(tzinfo=now.tzinfo) if lives < 0 else now + timedelta(seconds=lives)
    made = Message(
        id=f"{azure.random.getrandbits(128):032x}", text=text, inserted=now, expires=expires,
        visible=now + timedelta(seconds=hidden), receipt=_receipt(azure),
    )  # fmt: skip
    messages.append(made)
    azure.effects += 1
    return xml(_listed([made], receipts=True), 201)


def _text(body: bytes) -> str:
    try:
        # Source: the body is `<QueueMessage><MessageText>…`; expat expands no external entity.
        text = ET.fromstring(body).findtext("MessageText")  # noqa: S314
    except ET.ParseError:
        text = None
    if text is None:
        raise BlobError(400, "InvalidXmlDocument", "XML specified is not syntactically valid.")
    if len(text.encode()) > _LONGEST:
        raise BlobError(400, "RequestBodyTooLarge", "The request body is too large and exceeds the maximum limit.")
    return text


def _receipt(azure: Azure) -> str:
    return f"{azure.random.getrandbits(96):024x}"


def get(call: Call, account: Document) -> Response:
    """Hand out messages, oldest first, or only show them."""
    messages, now = _messages(call, account), call.now
    most = _number(call, "numofmessages", 1, 1, _AT_ONCE)
    ready = [one for one in messages if one.visible <= now][:most]
    if call.request.query.get("peekonly", "").lower() == "true":
        return xml(_listed(ready, texts=True))
    hidden = timedelta(seconds=_number(call, "visibilitytimeout", 30, 1, _WEEK))
    for one in ready:
        one.visible, one.receipt, one.handed_out = now + hidden, _receipt(call.azure), one.handed_out + 1
    return xml(_listed(ready, receipts=True, texts=True))


def clear(call: Call, account: Document) -> Response:
    """Delete every message."""
    _messages(call, account).clear()
    call.azure.effects += 1
    return Response(204)


def _one(call: Call, account: Document) -> tuple[list[Message], Message]:
    messages = _messages(call, account)
    found = next((one for one in messages if one.id == call.param("message")), None)
    if found is None:
        raise BlobError(404, "MessageNotFound", "The specified message does not exist.")
    if call.request.query.get("popreceipt") != found.receipt:
        text = "The specified pop receipt did not match the pop receipt for a dequeued message."
        raise BlobError(400, "PopReceiptMismatch", text)
    return messages, found


def delete(call: Call, account: Document) -> Response:
    """Delete a message by the receipt of the last time it was handed out."""
    messages, found = _one(call, account)
    messages.remove(found)
    call.azure.effects += 1
    return Response(204)


def update(call: Call, account: Document) -> Response:
    """Hide a message for longer, or change its text."""
    _, found = _one(call, account)
    found.visible = call.now + timedelta(seconds=_number(call, "visibilitytimeout", 0, 0, _WEEK))
    if call.request.body:
        found.text = _text(call.request.body)
    found.receipt = _receipt(call.azure)
    call.azure.effects += 1
    return Response(204, {"x-ms-popreceipt": found.receipt, "x-ms-time-next-visible": http_date(found.visible)})


def _listed(messages: Iterable[Message], *, receipts: bool = False, texts: bool = False) -> str:
    return f"<QueueMessagesList>{''.join(_shown(one, receipts, texts) for one in messages)}</QueueMessagesList>"


def _shown(one: Message, receipts: bool, texts: bool) -> str:
    told = {"MessageId": one.id, "InsertionTime": http_date(one.inserted), "ExpirationTime": http_date(one.expires)}
    if receipts:
        told |= {"PopReceipt": one.receipt, "TimeNextVisible": http_date(one.visible)}
    if texts:
        told |= {"DequeueCount": str(one.handed_out), "MessageText": escape(one.text)}
    return f"<QueueMessage>{''.join(f'<{name}>{value}</{name}>' for name, value in told.items())}</QueueMessage>"
