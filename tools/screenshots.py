"""Make the pictures of the report in docs/images: `python tools/screenshots.py [small|large]`.

Two sandbox fleets are driven into the middle of their rollout, their reports are written, and Chromium takes pictures
of them. Needs the development extra and Chromium; the large fleet takes some minutes.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from azlocal.app import App  # noqa: E402
from azlocal.cli.sandbox import running  # noqa: E402
from azlocal.report.page import page  # noqa: E402
from azlocal.sandbox.wire import Request  # noqa: E402
from azlocal.simulation.story import Story  # noqa: E402

if TYPE_CHECKING:
    from azlocal.sandbox.run import Sandbox

IMAGES = ROOT / "docs" / "images"
MOST_BYTES = 400_000
BROWSER = ("--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--no-first-run", "--disable-sync")


@dataclass(frozen=True)
class Shot:
    """One picture: which part of the page, how large, in which theme, on screen or on paper."""

    name: str
    at: str = ""
    size: tuple[int, int] = (1280, 1400)
    theme: str = "light"
    show: str = ""
    media: str = "screen"


SMALL = (
    Shot("report-24"),
    Shot("report-24-dark", theme="dark"),
    Shot("report-24-clusters", at="clusters", size=(1280, 1200)),
    Shot("report-24-cluster", at="cluster=clu-bremen-01", size=(1280, 1300)),
    Shot("report-24-narrow", size=(390, 1300)),
    Shot("report-24-print", size=(1050, 1480), media="print"),
)
LARGE = (
    Shot("report-10000"),
    Shot("report-10000-blocked", at="clusters", size=(1280, 1000), show="blocked"),
)
FLEETS: Mapping[str, tuple[str, int, tuple[Shot, ...]]] = {
    "small": ("fleet-small", 13, SMALL),
    "large": ("fleet-10000", 4, LARGE),
}
"""Which fleet, after how many ticks, and the pictures of it."""


def main(wanted: list[str]) -> None:
    """Make the pictures of the fleets that are named, of both by default."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    for name in wanted or list(FLEETS):
        scenario, ticks, shots = FLEETS[name]
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder) / "report.html"
            place.write_text(report(scenario, ticks), "utf-8")
            take(place, shots)


def report(scenario: str, ticks: int) -> str:
    """Return the page of a fleet after that many ticks; people approve when asked, and accept no failure."""
    with running(scenario, {"seed": 0, "port": 0}) as sandbox, exported(sandbox.ready["environment"]):
        story = Story(
            acting=App.from_environment,
            person=App.from_environment,
            advance=lambda by: advance(sandbox, by),
            approves=frozenset(sandbox.ready["people"]["approve"]),
        )
        for chapter in islice(story.chapters(), ticks):
            print(f"{scenario}: tick {chapter.number}, {chapter.report.now:%Y-%m-%d %H:%M} UTC", flush=True)
        app = App.from_environment()
        look = app.census()
        return "".join(page(look, app.forecast(look)))


def advance(sandbox: Sandbox, by: timedelta) -> None:
    """Let time pass in a sandbox."""
    body = f'{{"advance": "PT{int(by.total_seconds())}S"}}'
    sandbox.front.handle(Request("POST", "/_sandbox/clock", body=body.encode()))


@contextmanager
def exported(wanted: Mapping[str, str]) -> Iterator[None]:
    """Set variables as a shell would, and put them back."""
    before = dict(os.environ)
    os.environ.update(wanted)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def take(place: Path, shots: tuple[Shot, ...]) -> None:
    """Take pictures of a page, each below 400 KB."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=list(BROWSER))
        for shot in shots:
            picture = IMAGES / f"{shot.name}.png"
            picture.write_bytes(taken(browser, place, shot))
            print(f"{picture.relative_to(ROOT)}: {picture.stat().st_size:,} bytes", flush=True)
            if picture.stat().st_size > MOST_BYTES:
                raise SystemExit(f"{picture}: more than {MOST_BYTES:,} bytes")
        browser.close()


def taken(browser: Any, place: Path, shot: Shot) -> bytes:
    """Return one picture."""
    width, height = shot.size
    tab = browser.new_page(
        viewport={"width": width, "height": height}, color_scheme=shot.theme, reduced_motion="reduce",
        timezone_id="UTC", locale="en-US",
    )  # fmt: skip
    tab.goto(place.as_uri() + (f"#{shot.at}" if shot.at.startswith("cluster=") else ""))
    if shot.show:
        tab.select_option("#show", shot.show)
    if shot.media == "print":
        tab.emulate_media(media="print")
        tab.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    if shot.at == "clusters":
        tab.evaluate("document.querySelector('.fleet').scrollIntoView()")
    told: bytes = tab.screenshot()
    tab.close()
    return told


if __name__ == "__main__":
    main(sys.argv[1:])
