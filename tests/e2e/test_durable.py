"""The app with Durable Functions on, under Microsoft's own worker: every trigger of it, and a run from end to end."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

pytest.importorskip("duckdb", reason="the sandbox needs Python 3.11")

from durable_backend import Backend
from function_worker import Host, built
from programs import find

from azlocal.sandbox.run import Sandbox

pytestmark = pytest.mark.full("python3.13")


class Extension:
    """The Durable extension's own endpoint, to which the client's binding leads. `status` is what an instance is in."""

    def __init__(self):
        self.started, self.status = [], None
        extension = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                known = extension.status
                self.answer(404 if known is None else 200, {"instanceId": "x", "runtimeStatus": known})

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                # The client sends the input as JSON text in JSON; the extension takes the outer layer off.
                extension.started.append((self.path.split("?")[0], json.loads(json.loads(body))))
                self.answer(202, {"id": self.path.split("?")[0].rsplit("/", 1)[-1]})

            def answer(self, status, told):
                body = json.dumps(told).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def binding(self):
        base = f"http://127.0.0.1:{self._server.server_port}/durabletask/"
        urls = dict.fromkeys(("id", "statusQueryGetUri", "purgeHistoryDeleteUri"), f"{base}instances/INSTANCEID")
        return json.dumps({
            "taskHubName": "azlocal", "creationUrls": {}, "managementUrls": urls, "baseUrl": base,
            "requiredQueryStringParameters": "code=x", "rpcBaseUrl": base,
        })  # fmt: skip

    def stop(self):
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(scope="module")
def host():
    app = built()
    with Sandbox.start("single-happy") as sandbox:
        here = Host(sandbox, find("python3.13"), app, AZLOCAL_DURABLE="true")
        yield here
        here.stop()


@pytest.fixture
def extension():
    here = Extension()
    yield here
    here.stop()


def timer(host, extension):
    told = {"Schedule": {"AdjustForDST": True}, "ScheduleStatus": None, "IsPastDue": False}
    return host.worker.invoke("fleet_tick", json=json.dumps(told), inputs={"client": extension.binding})


def worked(host):
    """Return a backend whose orchestrator and activities run in the worker."""

    def handle(told):
        answer = host.worker.invoke("fleet_run", string=told)
        assert answer["status"] == "Success", answer["exception"]
        return json.loads(answer["value"]) if answer["value"].startswith('"') else answer["value"]

    def activity(name):
        def run(given):
            answer = host.worker.invoke(name, json=json.dumps(given))
            if answer["status"] != "Success":
                raise RuntimeError(answer["exception"])
            return json.loads(answer["value"])

        return run

    return Backend(handle, {name: activity(name) for name in ("divide", "observe", "act")})


def test_the_timer_starts_one_run_and_none_while_it_goes_on(host, extension):
    assert timer(host, extension)["status"] == "Success"
    assert extension.started == [("/durabletask/orchestrators/fleet_run/azlocal-fleet", {})]
    for status in ("Running", "Pending"):
        extension.status = status
        answer = timer(host, extension)
        assert answer["status"] == "Success"
        assert "still goes on" in json.dumps(answer["log"])
    assert len(extension.started) == 1
    extension.status = "Failed"
    timer(host, extension)
    assert len(extension.started) == 2


def test_a_message_starts_the_run_of_its_ticket_and_a_strange_one_none(host, extension):
    for text in (json.dumps({"ticket": "20261124T1210Z"}), "{}", "x", json.dumps({"ticket": "../x"})):
        answer = host.worker.invoke("asked_tick", string=text, inputs={"client": extension.binding})
        assert answer["status"] == "Success"
    told = {"ticket": "20261124T1210Z"}
    assert extension.started == [("/durabletask/orchestrators/fleet_run/azlocal-20261124T1210Z", told)]


def test_a_run_under_the_worker_starts_what_a_tick_starts(host):
    backend = worked(host)
    told = backend.run()
    assert (told["clusters"], told["actions"]) == (1, 1)
    assert [name for name, _ in backend.calls] == ["divide", "observe", "act"]
    assert len(host.starts()) == 1
    assert host.document("fleet", "reader")[1]["tick"]["tickId"] == told["tick"]
    worked(host).run()
    assert len(host.starts()) == 1
