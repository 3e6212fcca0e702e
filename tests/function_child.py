"""The Functions host's other half: loads the app by Microsoft's worker library and invokes what it is told to.

Run by the Python of a venv that has the library: `python function_child.py APP_FOLDER`. One JSON object a line comes in
({"function", "json" | "string" | "http", "metadata", "inputs"}), one a line goes out. Messages are plain objects in place of the
protobuf classes, which the library never asks for by name.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from pathlib import Path


class Msg:
    """A message: keywords, and the little of protobuf that the library touches."""

    def __init__(self, **fields):
        self.__dict__.update(fields)

    def WhichOneof(self, group):
        if group == "rpc_data":
            return "data"
        return next((name for name, value in self.__dict__.items() if value is not None), None)

    def __getattr__(self, name):
        if name.startswith("__") or name == "TypedData":
            raise AttributeError(name)


class Protos:
    """Makes a class of messages for every name."""

    def __getattr__(self, name):
        kind = type(name, (Msg,), {})
        if name == "StatusResult":
            kind.Success, kind.Failure = "Success", "Failure"
        if name == "BindingInfo":
            kind.out, kind.inout, kind.undefined = 1, 2, None
        if name == "RpcHttpCookie":
            kind.SameSite = Msg(None_=0, Lax=1, Strict=2, ExplicitNone=3)
        setattr(self, name, kind)
        return kind


class Kept(logging.Handler):
    """Keeps what the app logs, as the host would be sent it."""

    def __init__(self):
        super().__init__()
        self.lines = []

    def emit(self, record):
        if not record.name.startswith("azure_functions_runtime"):
            self.lines.append([record.levelname, record.name, self.format(record)])

    def taken(self):
        taken, self.lines = self.lines, []
        return taken


PROTOS = Protos()


def message(verb, told):
    return Msg(request=Msg(**{verb: told}), properties={"host": "127.0.0.1", "protos": PROTOS})


def data_of(told):
    if "http" in told:
        asked = told["http"]
        return Msg(http=Msg(
            method=asked["method"], url=asked["url"], headers=asked.get("headers", {}), params=asked.get("params", {}),
            query=asked.get("query", {}), body=Msg(bytes=asked.get("body", "").encode()),
        ))  # fmt: skip
    return Msg(**{kind: told[kind] for kind in ("json", "string") if kind in told})


def shown(answer, lines):
    failed = answer.result.exception
    http = answer.return_value.http if answer.return_value is not None else None
    return {
        "status": answer.result.status,
        "exception": failed.message if failed is not None else "",
        "http": None if http is None else shown_http(http),
        "value": None if answer.return_value is None else answer.return_value.json or answer.return_value.string,
        "log": lines,
        "memory": peak(),
    }


def peak():
    """Return the peak in bytes. Not ru_maxrss: that begins with what the parent had when it forked."""
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    return 1024 * int(next(line for line in lines if line.startswith("VmHWM:")).split()[1])


def shown_http(http):
    body = http.body.bytes if http.body is not None else b""
    text = body if isinstance(body, str) else (body or b"").decode()
    headers = {name: value if isinstance(value, str) else value.value for name, value in (http.headers or {}).items()}
    return {"status": int(http.status_code), "headers": headers, "body": text}


async def main(folder):
    import azure_functions_runtime as worker

    kept = Kept()
    logging.getLogger().addHandler(kept)
    logging.getLogger().setLevel(logging.INFO)
    sys.path.insert(0, folder)
    worker.start_threadpool_executor()
    told = Msg(function_app_directory=folder, capabilities={})
    begun = await worker.worker_init_request(message("worker_init_request", told))
    if begun.result.status != "Success":
        print(json.dumps({"status": "Failure", "exception": begun.result.exception.message}), flush=True)
        return
    found = await worker.functions_metadata_request(message("functions_metadata_request", Msg()))
    ids = {one.name: one for one in found.function_metadata_results}
    bindings = {name: [json.loads(raw) for raw in one.raw_bindings] for name, one in ids.items()}
    print(json.dumps({"status": "Success", "functions": bindings, "modules": sorted(sys.modules)}), flush=True)
    loop = asyncio.get_running_loop()
    number = 0
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        asked, number = json.loads(line), number + 1
        one = ids[asked["function"]]
        trigger = next(each for each in bindings[asked["function"]] if each["type"].endswith("Trigger"))
        request = Msg(
            invocation_id=str(number), function_id=one.function_id,
            trigger_metadata={name: Msg(json=json.dumps(value)) for name, value in asked.get("metadata", {}).items()},
            trace_context=Msg(trace_parent="", trace_state="", attributes={}),
            retry_context=Msg(retry_count=0, max_retry_count=0, exception=Msg()),
            input_data=[
                Msg(name=trigger["name"], data=data_of(asked)),
                *(Msg(name=name, data=Msg(string=value)) for name, value in asked.get("inputs", {}).items()),
            ],
        )  # fmt: skip
        answer = await worker.invocation_request(message("invocation_request", request))
        print(json.dumps(shown(answer, kept.taken())), flush=True)


asyncio.run(main(sys.argv[1]))
