"""The Functions host for tests: the app as it is deployed, in a child process under Microsoft's worker library.

What the host does with triggers is done here: a timer fires, Event Grid delivers what the sandbox has to tell, a queue
hands out messages, HTTP comes through App Service authentication. The app reaches the sandbox over HTTPS.
"""

from __future__ import annotations

import atexit
import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from programs import find

ROOT = Path(__file__).parents[1]
APP = ROOT / "function_app"
CHILD = Path(__file__).with_name("function_child.py")
PACKAGES = Path(".python_packages") / "lib" / "site-packages"
"""Where the platform looks for packages of an app that was built before it is deployed."""


def pip(folder, version, *wanted):
    """Install packages for another Python into *folder*, by our pip in that Python, which may have none of its own."""
    command = [
        sys.executable, "-m", "pip", "--python", find(f"python{version}"), "install", "--quiet",
        "--disable-pip-version-check", "--no-compile", "--target", str(folder), "--only-binary=:all:", *wanted,
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@cache
def built(version="3.13"):
    """Return an app folder as it is zipped: the app, its packages, ours among them. It is made once, and stays as it is."""
    folder = Path(tempfile.mkdtemp(prefix="azlocal-function-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    app = folder / "app"
    shutil.copytree(APP, app, ignore=shutil.ignore_patterns("__pycache__"))
    packages = app / PACKAGES
    pip(packages, version, "-r", str(APP / "requirements.txt"), "azure-functions-runtime")
    wheels = folder / "wheels"
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(wheels), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    pip(packages, version, "--no-deps", *map(str, wheels.glob("*.whl")))
    return app


class Worker:
    """The child process. `functions` are the bindings of each function by name."""

    def __init__(self, python, app, environment):
        known = {"PATH": os.environ["PATH"], "PYTHONPATH": str(app / PACKAGES), "PYTHONDONTWRITEBYTECODE": "1"}
        self._process = subprocess.Popen(
            [python, CHILD, app], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**known, **environment}, cwd=app,
        )  # fmt: skip
        begun = self._line()
        assert begun["status"] == "Success", begun
        self.functions, self.modules = begun["functions"], set(begun["modules"])
        self.log = []

    def _line(self):
        line = self._process.stdout.readline()
        assert line, self._process.stderr.read()
        return json.loads(line)

    def invoke(self, function, **told):
        """Invoke one function; return its status, exception, HTTP answer and log."""
        self._process.stdin.write(json.dumps({"function": function, **told}) + "\n")
        self._process.stdin.flush()
        answer = self._line()
        answer["log"] = [line for line in answer["log"] if line[1] != "azure.functions"]
        self.log += answer["log"]
        return answer

    def stop(self):
        self._process.stdin.close()
        self._process.wait(timeout=30)
        self._process.stdout.close()
        self._process.stderr.close()


def principal(*roles, kind="aad"):
    """Return the header that App Service authentication adds for somebody with *roles*."""
    claims = [{"typ": "roles", "val": role} for role in roles] + [{"typ": "name", "val": "Ada"}]
    told = {"auth_typ": kind, "claims": claims, "name_typ": "name", "role_typ": "roles"}
    return {"X-MS-CLIENT-PRINCIPAL": base64.b64encode(json.dumps(told).encode()).decode()}


class Host:
    """A sandbox over HTTPS, the app's storage in it, and the app."""

    def __init__(self, sandbox, python, app, **settings):
        self.sandbox, self.azure, self.front = sandbox, sandbox.front.azure, sandbox.front
        storage, self.queue = furnished(self.azure, sandbox.base)
        self.worker = Worker(python, app, {**environment_of(sandbox.ready, storage), **settings})
        self._delivered = 0

    # what triggers functions

    def timer(self):
        """Fire the timer."""
        told = {"Schedule": {"AdjustForDST": True}, "ScheduleStatus": None, "IsPastDue": False}
        return self.worker.invoke("fleet_tick", json=json.dumps(told))

    def event(self, told):
        """Deliver one event."""
        return self.worker.invoke("resource_written", json=json.dumps(told))

    def events(self):
        """Deliver what Event Grid has to tell of subscribed operations since last time; return the answers."""
        found = self.azure.events.after(self._delivered)
        self._delivered = found[-1].seq if found else self._delivered
        return [self.event(one) for one in (each.document() for each in found) if subscribed(one)]

    def messages(self):
        """Hand out what is visible in the queue, and delete what went well; return the answers."""
        now = self.azure.settle()
        standing = self.azure.queues.get(self.queue, [])
        answers = []
        for one in [one for one in standing if one.visible <= now]:
            text = base64.b64decode(one.text).decode()
            answers.append(self.worker.invoke("asked_tick", string=text, metadata={"DequeueCount": 1, "Id": one.id}))
            if answers[-1]["status"] == "Success":
                standing.remove(one)
        return answers

    def http(self, function, *roles, method="GET", headers=None, **params):
        """Send a request of somebody with *roles*, or with *headers* as they are."""
        known = principal(*roles) if headers is None else headers
        asked = {"method": method, "url": f"https://app.example/api/{function}", "headers": known, "params": params}
        return self.worker.invoke(function, http=asked)["http"]

    def document(self, function, *roles, **more):
        """Return (status, JSON body) of a request."""
        answer = self.http(function, *roles, **more)
        return answer["status"], json.loads(answer["body"]) if answer["body"] else None

    # what came of it

    def starts(self):
        """Return the starts that Azure took: path and mode."""
        return [entry for entry in self.front.journal.after() if is_start(entry)]

    def stop(self):
        self.worker.stop()


def is_start(entry):
    """Return whether a journaled request of azlocal started something."""
    path = entry.path.lower()
    return (
        entry.principal == "managed-identity" and entry.method == "PUT" and ("/deployments/" in path or "/extensions/" in path)
    )  # fmt: skip


def storage_of(azure, account):
    """Let there be what the template makes for the app in *account*; return the queue's key."""
    from azlocal.azure.work_storage import CONTAINER, QUEUE
    from azlocal.sandbox.documents_shared import container

    azure.store.put(container(account["id"], CONTAINER, azure.clock.now()))
    queue = f"{account['id']}/queueServices/default/queues/{QUEUE}"
    kind = "Microsoft.Storage/storageAccounts/queueServices/queues"
    azure.store.put({"id": queue, "name": QUEUE, "type": kind, "properties": {}})
    return queue.lower()


def furnished(azure, host="https://sandbox.invalid"):
    """Let there be the app's storage in a world; return the settings that name it, and the key of its queue."""
    account = next(iter(azure.store.of_type("Microsoft.Storage/storageAccounts")))
    queue, name = storage_of(azure, account), account["name"]
    settings = {
        "AzureWebJobsStorage__blobServiceUri": f"{host}/{name}",
        "AzureWebJobsStorage__queueServiceUri": f"{host}/{name}.queue",
    }
    return settings, queue


def environment_of(ready, storage):
    """Return the app settings of a deployed app, for a sandbox: identity only."""
    known = {name: value for name, value in ready["environment"].items() if not name.startswith("AZURE_")}
    return {
        **known,
        "AZLOCAL_PLAN": ready["plan_url"],
        "AZLOCAL_INPUTS": ready["inputs_url"],
        "AZLOCAL_CLIENT_ID": ready["identity_client_id"],
        **storage,
        "WEBSITE_AUTH_ENABLED": "True",
    }


def subscribed(event):
    """Return whether the template's event subscription lets an event through."""
    from azlocal.function.incoming import KINDS

    operation = event["data"]["operationName"].lower()
    return event["eventType"].startswith("Microsoft.Resources.ResourceWrite") and operation in {
        f"{kind}/write" for kind in KINDS
    }
