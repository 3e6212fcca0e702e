"""A job of Azure Automation on this machine: Python 3.10, the bundle's wheels, 400 MB, and Azure by its public names.

The child process believes to be in the public cloud. A proxy on loopback answers for every host it asks, out of one
sandbox world; the identity endpoint knows only the identities that the deployed account has.
Source of what a job has: hosting notes of Azure Automation's Python runbooks (environment, assets, streams, limits).
"""

from __future__ import annotations

import contextlib
import json
import ssl
import subprocess
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from installation import ACCOUNT

from azlocal.sandbox import identity
from azlocal.sandbox.carriers import _Handler
from azlocal.sandbox.wire import Request

MOST_MEMORY = 400 * 1024 * 1024
_ASSETS = """
import json, pathlib
VARIABLES = json.loads(pathlib.Path(__file__).with_name("variables.json").read_text())
class AutomationAssetNotFound(Exception): pass
def get_automation_variable(name):
    if name not in VARIABLES: raise AutomationAssetNotFound(name)
    return VARIABLES[name]
def _absent(*_): raise AutomationAssetNotFound
set_automation_variable = get_automation_credential = get_automation_connection = get_automation_certificate = _absent
"""
_RUN = """
import atexit, json, pathlib, resource, runpy, sys
most, told = int(sys.argv[1]), pathlib.Path(sys.argv[2])
resource.setrlimit(resource.RLIMIT_DATA, (most, most))
def forbidden(*_, **__): raise PermissionError("a job may start no process")
import subprocess, os
subprocess.Popen, os.system, os.fork = forbidden, forbidden, forbidden
# Not ru_maxrss: that begins with what the parent had when it forked.
peak = lambda: next(line for line in open("/proc/self/status") if line.startswith("VmHWM:")).split()[1]
atexit.register(lambda: told.write_text(str(int(peak()) * 1024)))
sys.argv = sys.argv[3:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@dataclass(frozen=True)
class Job:
    """How a job ended; `memory` is its peak in bytes."""

    code: int
    output: str
    error: str
    memory: int


class Hosts:
    """Every host of Azure on loopback: a proxy for HTTPS, and the identity endpoint of one account."""

    def __init__(self, place, folder):
        import trustme

        self.place, self.authority = place, trustme.CA()
        self.ca = folder / "ca.pem"
        self.ca.write_bytes(self.authority.cert_pem.bytes())
        self.asked: list[str] = []
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._lock = threading.Lock()
        self._server = _Proxy(self)
        self.base = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()

    def context(self, host):
        """Return what shows a certificate for *host*."""
        with self._lock:
            if host not in self._contexts:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                self.authority.issue_cert(host).configure_cert(context)
                self._contexts[host] = context
            return self._contexts[host]

    def identity(self, query, headers):
        """Answer the identity endpoint: a token for the client id of an identity that the account has."""
        (account,) = self.place.of_type(ACCOUNT)
        told = account["identity"].get("userAssignedIdentities") or {}
        known = {one["clientId"].lower() for one in told.values()}
        if query.get("client_id", "").lower() not in known:
            message = "No User Assigned or Delegated Managed Identity found for specified ClientId"
            return 400, json.dumps({"statusCode": 400, "message": message}).encode()
        self.asked.append(query["client_id"])
        response = self.place.front.handle(Request("GET", "/msi/token", query, headers))
        return response.status, response.body


class _Tunnel:
    """What the sandbox's own handler needs of a server."""

    log = None

    def __init__(self, handle):
        self.handle = handle


class _Proxied(BaseHTTPRequestHandler):
    """One connection of the job: a tunnel to a host, or a question to the identity endpoint."""

    protocol_version = "HTTP/1.1"

    def do_CONNECT(self):
        host = self.path.partition(":")[0]
        self.send_response_only(200, "Connection established")
        self.end_headers()
        self.wfile.flush()
        with contextlib.suppress(OSError):
            secured = self.server.hosts.context(host).wrap_socket(self.connection, server_side=True)
            _Handler(secured, self.client_address, _Tunnel(self.server.hosts.place.handle))
        self.close_connection = True

    def do_GET(self):
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        status, body = self.server.hosts.identity(dict(parse_qsl(parts.query)), headers)
        self.send_response_only(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Say nothing."""


class _Proxy(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, hosts):
        self.hosts = hosts
        super().__init__(("127.0.0.1", 0), _Proxied)

    def handle_error(self, *_):
        """Ignore a client that hangs up."""


class Worker:
    """Runs jobs of a deployed account."""

    def __init__(self, python, runbooks, hosts, folder):
        self.python, self.runbooks, self.hosts, self.folder = python, Path(runbooks), hosts, Path(folder)

    def run(self, runbook, *arguments, assets=True, **environment) -> Job:
        """Run a runbook with its argument; *assets* says whether the module of the account's variables is there."""
        modules = self.folder / ("assets" if assets else "none")
        modules.mkdir(exist_ok=True)
        if assets:
            (modules / "automationassets.py").write_text(_ASSETS, "utf-8")
            (modules / "variables.json").write_text(json.dumps(self.hosts.place.variables()), "utf-8")
        (self.folder / "launch.py").write_text(_RUN, "utf-8")
        peak = self.folder / "peak"
        peak.unlink(missing_ok=True)
        done = subprocess.run(
            [self.python, self.folder / "launch.py", str(MOST_MEMORY), peak, self.runbooks / f"{runbook}.py", *arguments],
            env={
                "PATH": "/nowhere", "PYTHONPATH": str(modules), "HOME": str(self.folder),
                "IDENTITY_ENDPOINT": f"{self.hosts.base}/msi/token", "IDENTITY_HEADER": identity.IDENTITY_HEADER,
                "HTTPS_PROXY": self.hosts.base, "NO_PROXY": "127.0.0.1", "REQUESTS_CA_BUNDLE": str(self.hosts.ca),
                **environment,
            },
            cwd=self.folder, capture_output=True, text=True, timeout=240, check=False,
        )  # fmt: skip
        return Job(done.returncode, done.stdout, done.stderr, int(peak.read_text()) if peak.exists() else 0)
