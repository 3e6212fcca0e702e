"""What Automation is given, made by the project and run as Automation runs it: nothing but the bundle's wheels."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

pytest.importorskip("duckdb", reason="the sandbox needs Python 3.11")

from automation_job import MOST_MEMORY, Hosts, Worker
from installation import BASE, Installation, push

from azlocal.sandbox.clock import RealClock

ROOT = Path(__file__).parents[2]
RUNBOOKS = ("detect_candidates", "validate_readiness", "apply_upgrade", "fleet_tick", "fleet_report")
MB = 1024 * 1024
pytestmark = pytest.mark.full("python3.10")


def tool(*arguments):
    command = [sys.executable, ROOT / "tools" / "bundle.py", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    """Return the folder that `nox -s bundle` makes."""
    folder = tmp_path_factory.mktemp("bundle") / "bundle"
    done = tool(folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def manifest(bundle):
    return json.loads((bundle / "manifest.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def python(bundle, tmp_path_factory):
    """Return a Python 3.10 that has the bundle's wheels: no index, no dependency that is not among them."""
    from programs import find

    folder = tmp_path_factory.mktemp("environment") / "venv"
    subprocess.run([find("python3.10"), "-m", "venv", folder], check=True)
    found = folder / "bin" / "python"
    pip = [found, "-m", "pip", "--quiet", "--disable-pip-version-check", "install", "--no-index", "--only-binary=:all:"]
    done = subprocess.run(
        [*pip, "--find-links", bundle, "azlocal-upgrade"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    # Automation has neither: whatever imports them by accident has to fail here.
    subprocess.run([found, "-m", "pip", "--quiet", "uninstall", "-y", "setuptools", "pip"], check=True)
    return found


class Hasty(RealClock):
    """A clock whose sleeps take no time: only the installation sleeps on it."""

    def sleep(self, seconds):
        self.advance(timedelta(seconds=seconds))


class Fleet(Installation):
    """A sandbox with azlocal installed out of the bundle's own template, plan and inputs pushed."""

    def __init__(self, bundle):
        super().__init__(clock=Hasty())
        self.template = json.loads((bundle / "main.json").read_text("utf-8"))
        self.install(scheduledRunbooks=list(RUNBOOKS))
        self.give_roles()
        push(self)
        self.azure.rbac = True  # from here on each job may do what its identity's roles give

    def body(self, name="main.json", **given):
        found = super().body(name, **given)
        if name == "main.json":
            found["properties"]["template"] = self.template
            found["properties"]["parameters"].pop("packages")
        return found


@pytest.fixture
def fleet(bundle):
    return Fleet(bundle)


@pytest.fixture
def worker(fleet, bundle, python, tmp_path):
    hosts = Hosts(fleet, tmp_path)
    yield Worker(python, bundle, hosts, tmp_path)
    hosts.stop()


# the folder


def test_the_manifest_names_every_file_with_its_hash_and_size(bundle, manifest):
    told = [*manifest["packages"], *manifest["runbooks"]]
    assert {one["file"] for one in told} == {path.name for path in bundle.iterdir() if path.suffix in {".whl", ".py"}}
    for one in told:
        content = (bundle / one["file"]).read_bytes()
        assert (one["size"], one["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    assert {one["name"] for one in manifest["runbooks"]} == set(RUNBOOKS)


def test_every_wheel_is_for_python_310_on_linux_and_the_whole_is_small(manifest):
    fits = re.compile(
        r"-(py2\.py3|py3)-none-any\.whl$|-cp310-cp310-.*manylinux.*x86_64|-cp3\d+-abi3-.*manylinux.*x86_64"
    )
    assert [one["file"] for one in manifest["packages"] if not fits.search(one["file"])] == []
    assert len(manifest["packages"]) <= 35
    assert sum(one["size"] for one in manifest["packages"]) <= 20 * MB


def test_the_bundle_holds_our_wheel_and_exactly_what_is_locked(manifest):
    locked = dict(
        re.findall(r"^([\w.-]+)==(\S+)", (ROOT / "arm-templates/automation/lock.txt").read_text(), re.MULTILINE)
    )
    found = {one["name"].replace("_", "-").lower(): one["version"] for one in manifest["packages"]}
    from azlocal import __version__

    assert found.pop("azlocal-upgrade") == __version__
    assert found == locked


def test_the_template_in_the_bundle_knows_packages_and_hashes(bundle, manifest, fleet):
    packages = fleet.of_type("Microsoft.Automation/automationAccounts/runtimeEnvironments/packages")
    pulled = {
        one["properties"]["contentLink"]["uri"]: one["properties"]["contentLink"]["contentHash"]["value"]
        for one in packages
    }
    assert pulled == {f"{BASE}{one['file']}": one["sha256"] for one in manifest["packages"]}
    runbooks = fleet.of_type("Microsoft.Automation/automationAccounts/runbooks")
    for one in runbooks:
        link = one["properties"]["publishContentLink"]
        assert (
            link["contentHash"]["value"]
            == hashlib.sha256((bundle / link["uri"].rsplit("/", 1)[-1]).read_bytes()).hexdigest()
        )


def test_a_folder_with_something_in_it_is_left_alone(tmp_path):
    (tmp_path / "mine").write_text("x")
    assert tool(tmp_path).returncode != 0
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_every_run_time_package_still_has_a_wheel_for_python_310(monkeypatch):
    """Asks the index for the newest that fits; fails the day a package has no wheel that Automation can take."""
    from programs import find

    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    import bundle

    found = {name for name, _, _ in bundle.resolve(find("python3.10"), bundle.declared())}
    assert {re.split(r"[<>=~! ]", one)[0] for one in bundle.declared()} <= found


def test_a_package_without_a_wheel_for_python_310_is_seen(monkeypatch):
    """The sandbox's query engine has none: that is why it is no run-time package."""
    from programs import find

    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    import bundle

    with pytest.raises(subprocess.CalledProcessError):
        bundle.resolve(find("python3.10"), ["duckdb>=2"])


# the five runbooks


def jobs(fleet):
    return dict(fleet.jobs())


def starts(fleet):
    return [
        entry.body["properties"]["parameters"]["deploymentMode"]["value"]
        for entry in fleet.front.journal.after()
        if entry.method == "PUT" and "/deployments/azl-up-" in entry.path.lower() and entry.effect
    ]


def test_every_job_of_the_deployed_account_does_its_part_within_its_memory(worker, fleet, record_property):
    """Runbook and argument as deployed, each as the identity that was deployed for it, from census to the upgraded."""
    told, peak = jobs(fleet), 0
    order = (
        ("detect_candidates", ""), ("fleet_report", ""), ("validate_readiness", "PT1H"), ("detect_candidates", ""),
        ("apply_upgrade", "PT6H"), ("fleet_tick", ""), ("fleet_report", ""),
    )  # fmt: skip
    outputs = {}
    for runbook, wait in order:
        done = worker.run(runbook, told[runbook], assets=False)
        assert (done.code, done.error) == (0, ""), done.output + done.error
        outputs[runbook], peak = done.output, max(peak, done.memory)
        if wait:
            fleet.azure.advance(timedelta(hours=int(wait[2:-1])))
    assert starts(fleet) == ["Validate", "Deploy"]
    assert "Solution, Done (Upgraded)" in outputs["fleet_tick"]
    assert "1 on the solution" in outputs["fleet_report"]
    assert {one["Lease"] for one in fleet.azure.tables["AzLocalTick_CL"]} >= {"clean"}
    assert 0 < peak < 200 * MB < MOST_MEMORY
    record_property("peak", peak)
    print(f"peak memory of the jobs: {peak / MB:.0f} MB")


def test_the_observer_looks_and_the_operator_starts(worker, fleet):
    for runbook, argument in fleet.jobs():
        worker.hosts.asked.clear()
        worker.run(runbook, argument, assets=False)
        observer = runbook in {"detect_candidates", "fleet_report"}
        expected = fleet.outputs["observerClientId" if observer else "operatorClientId"]
        assert set(worker.hosts.asked) == {expected}, runbook


def test_a_job_started_by_hand_takes_the_rest_from_the_accounts_variables(worker, fleet):
    done = worker.run("fleet_tick", json.dumps({"clientId": fleet.outputs["operatorClientId"], "dryRun": True}))
    assert (done.code, done.error) == (0, ""), done.output
    assert "StartValidation" in done.output
    assert starts(fleet) == []


def test_without_an_argument_a_job_looks_as_the_observer(worker, fleet):
    done = worker.run("detect_candidates")
    assert (done.code, done.error) == (0, ""), done.output
    assert set(worker.hosts.asked) == {fleet.outputs["observerClientId"]}


@pytest.mark.parametrize("runbook", RUNBOOKS)
def test_quotes_are_stripped_and_an_unknown_key_is_refused_by_name(worker, fleet, runbook):
    before = len(fleet.front.journal.after())
    done = worker.run(runbook, "'" + json.dumps({"dryrun": True}) + "'")
    assert done.code == 1
    assert "ERROR: dryrun: unknown key; did you mean dryRun?" in done.output
    assert "RunbookFailed" in done.error
    assert len(fleet.front.journal.after()) == before


def test_an_identity_that_the_account_has_not_fails_the_job_in_one_line(worker, fleet):
    done = worker.run("fleet_tick", json.dumps({"clientId": "00000000-0000-4000-8000-000000000000"}))
    assert done.code == 1
    assert [line.startswith("ERROR: ") for line in done.output.splitlines()].count(True) == 2
    assert starts(fleet) == []


def test_importing_is_quick_and_small(python, tmp_path):
    """Cold import of a runbook: design, budgets."""
    code = (
        "import time; began = time.perf_counter(); import azlocal.app, azlocal.automation;"
        "from azlocal.azure import reader, starter, lease, telemetry, blobs; import azure.identity;"
        "print(time.perf_counter() - began, [int(line.split()[1]) / 1024 for line in open('/proc/self/status') if line.startswith('VmHWM:')][0])"
    )
    runs = [
        subprocess.run([python, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path).stdout.split()
        for _ in range(3)
    ]
    megabytes = max(float(memory) for _, memory in runs)
    print(f"import: {min(float(seconds) for seconds, _ in runs):.2f} s, {megabytes:.0f} MB")
    assert megabytes <= 90
