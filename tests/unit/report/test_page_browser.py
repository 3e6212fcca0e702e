"""The page in a real browser: it asks for nothing, filters, sorts, opens a cluster, prints, and can be read by all."""

from __future__ import annotations

import time

import pytest
from fleets import HOSTILE, NOW, cluster, facts, look
from page_fleet import made, midway, rings

from azlocal.service.look import judge

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.full("chromium")
ARGUMENTS = (
    "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run",
)  # fmt: skip
SERIOUS = {"serious", "critical"}


@pytest.fixture(scope="module")
def browser():
    from programs import find

    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=find("chromium"), args=list(ARGUMENTS))
        yield started
        started.close()


class Tab:
    """One page that is open, and everything that went wrong on it or left it."""

    def __init__(self, browser, file, **wishes):
        wishes = {"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce"} | wishes
        self.context = browser.new_context(**wishes)
        self.context.set_default_timeout(20_000)
        self.tab = self.context.new_page()
        self.wrong = []
        self.tab.on("console", lambda told: self.wrong.append(told.text))
        self.tab.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.tab.on("request", self._asked)
        self.tab.on("dialog", lambda dialog: self.wrong.append(dialog.message))
        self.url = file.as_uri()
        self.tab.goto(self.url)

    def _asked(self, request):
        if not request.url.startswith((self.url, "data:")):
            self.wrong.append(request.url)

    def names(self):
        return self.tab.locator("#body a").all_inner_texts()

    def count(self):
        return self.tab.locator("#count").inner_text()

    def sheet(self):
        return self.tab.locator("dialog[open]")


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    place = tmp_path_factory.mktemp("page") / "report.html"
    place.write_text(made(*midway()), "utf-8")
    return place


@pytest.fixture
def opened(browser, file):
    tab = Tab(browser, file)
    yield tab
    tab.context.close()
    assert not tab.wrong


def test_it_opens_without_an_error_and_asks_nobody(opened):
    assert opened.count() == "60 clusters of 60"
    assert len(opened.names()) == 50
    assert opened.tab.locator("#place").inner_text() == "1 to 50 of 60"


def test_it_filters_by_words_and_by_choice_and_says_how_many_are_left(opened):
    opened.tab.fill("#find", "norwayeast")
    assert (opened.names(), opened.count()) == (["delta-01"], "1 cluster of 60")
    opened.tab.fill("#find", "beta failed")
    assert opened.names() == ["beta-02", "beta-03"]
    opened.tab.select_option("#state", "ApplyFailed")
    assert opened.names() == ["beta-02"]
    opened.tab.fill("#find", "no such cluster")
    assert opened.count() == "0 clusters of 60: nothing fits these filters"
    opened.tab.click("#clear")
    assert opened.count() == "60 clusters of 60"


def test_a_number_of_the_summary_selects_its_clusters(opened):
    tile = opened.tab.locator("[data-show=failed]")
    tile.click()
    assert opened.names() == ["beta-02", "beta-03"]
    assert tile.get_attribute("aria-pressed") == "true"
    opened.tab.click("[data-phase=Os22H2]")
    assert opened.names() == ["gamma-01"]
    opened.tab.click("[data-ring=one]")
    assert opened.names() == ["alpha-01", "alpha-02", "alpha-03"]


def test_heads_sort_and_tell_so(opened):
    head = opened.tab.locator("th.c-region")
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert opened.names()[0] == "alpha-01"
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "descending"
    assert opened.names()[0] == "delta-01"
    assert opened.tab.locator("thead .c-name").get_attribute("aria-sort") == "none"


def test_pages_turn(opened):
    opened.tab.click("#forth")
    assert len(opened.names()) == 10
    assert opened.tab.locator("#forth").is_disabled()
    opened.tab.click("#back")
    assert len(opened.names()) == 50


def test_a_cluster_opens_with_evidence_remedy_and_links(opened):
    opened.tab.click('#body bdi:text-is("beta-02")')
    told = opened.sheet().inner_text()
    assert "beta-02" in told
    assert "The value of TrustedHosts cannot be changed" in told
    assert "Checks that are not met, or not known" in told
    assert "Evidence:" in told
    links = [one.get_attribute("href") for one in opened.sheet().locator("a").all()]
    assert any(link.startswith("https://portal.azure.com/#resource/subscriptions/") for link in links)
    opened.tab.keyboard.press("Escape")
    assert not opened.sheet().count()
    # The browser tells that a sheet was closed in a moment of its own.
    opened.tab.wait_for_url(lambda url: "#cluster=" not in url)
    assert opened.tab.evaluate("location.hash") == ""


def test_a_link_leads_to_one_cluster(browser, file):
    tab = Tab(browser, file)
    tab.tab.goto(f"{file.as_uri()}#cluster=GAMMA-02")
    assert "gamma-02" in tab.sheet().inner_text()
    tab.tab.goto(f"{file.as_uri()}#cluster=nobody")
    assert not tab.sheet().count()
    assert tab.count() == "This report has no such cluster."
    tab.context.close()
    assert not tab.wrong


def test_the_keyboard_is_enough(opened):
    keys = opened.tab.keyboard
    keys.press("Tab")
    keys.press("Enter")
    assert opened.tab.evaluate("document.activeElement.id") == "clusters"
    keys.press("Tab")
    assert opened.tab.evaluate("document.activeElement.id") == "find"
    keys.type("gamma-03")
    while opened.tab.evaluate("document.activeElement.closest('tbody') === null"):
        keys.press("Tab")
    keys.press("Enter")
    assert "stocktaking" in opened.sheet().inner_text()
    assert opened.tab.evaluate("document.activeElement.closest('dialog') !== null")
    keys.press("Escape")
    assert opened.tab.evaluate("document.activeElement.textContent") == "gamma-03"


def test_what_has_the_focus_is_seen(opened):
    opened.tab.keyboard.press("Tab")
    opened.tab.keyboard.press("Tab")
    outline = opened.tab.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


def test_it_prints_all_that_is_essential(opened):
    opened.tab.emulate_media(media="print")
    opened.tab.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert len(opened.names()) == 60
    assert not opened.tab.locator(".filters").is_visible()
    assert opened.tab.evaluate("[...document.querySelectorAll('details')].every((one) => one.open)")
    opened.tab.evaluate("window.dispatchEvent(new Event('afterprint'))")
    opened.tab.emulate_media(media="screen")
    assert opened.tab.pdf().startswith(b"%PDF-")


def test_an_open_cluster_prints_alone_and_whole(opened):
    whole = _pages(opened.tab.pdf(prefer_css_page_size=True))
    opened.tab.click('#body bdi:text-is("beta-02")')
    alone = _pages(opened.tab.pdf(prefer_css_page_size=True))
    assert 2 <= alone < whole


def _pages(pdf):
    return (
        pdf.count(b"/Type /Page\n")
        or pdf.count(b"/Type /Page ")
        or pdf.count(b"/Type/Page") - pdf.count(b"/Type/Pages")
    )


def test_the_theme_can_be_chosen(opened):
    ground = "getComputedStyle(document.body).backgroundColor"
    light = opened.tab.evaluate(ground)
    opened.tab.select_option("#theme", "dark")
    assert opened.tab.evaluate(ground) != light
    opened.tab.reload()
    assert opened.tab.evaluate("document.documentElement.dataset.theme") == "dark"
    opened.tab.select_option("#theme", "")
    opened.tab.emulate_media(color_scheme="dark")
    assert opened.tab.evaluate(ground) != light


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_a_narrow_screen_has_to_scroll_in_one_direction_only(browser, file, width):
    tab = Tab(browser, file, viewport={"width": width, "height": 800})
    assert tab.tab.evaluate("document.documentElement.scrollWidth") <= width
    tab.context.close()


@pytest.mark.full("node")
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(browser, file, node_packages, theme):
    tab = Tab(browser, file, color_scheme=theme, bypass_csp=True)
    tab.tab.add_script_tag(path=str(node_packages / "node_modules" / "axe-core" / "axe.min.js"))
    for where in ("", "#cluster=beta-02"):
        tab.tab.evaluate("(hash) => { location.hash = hash; }", where)
        tab.tab.wait_for_function(f"Boolean(document.querySelector('dialog[open]')) === {str(bool(where)).lower()}")
        found = tab.tab.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
        told = [
            (one["id"], node["target"], node["failureSummary"])
            for one in found if one["impact"] in SERIOUS for node in one["nodes"]
        ]  # fmt: skip
        assert not told
    tab.context.close()


def test_hostile_words_do_nothing(browser, tmp_path):
    words = ["</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>", HOSTILE, "مرحبا", "🧨", "__proto__"]
    place = tmp_path / "hostile.html"
    found = look(
        *(cluster(word, location=word, error=word) for word in words),
        *(cluster(f"held{at}", tags={"azlocal-hold": word}) for at, word in enumerate(words)), gaps=tuple(words),
    )  # fmt: skip
    place.write_text(made(found), "utf-8")
    tab = Tab(browser, place)
    assert tab.count() == "12 clusters of 12"
    for at in range(len(tab.names())):
        link = tab.tab.locator("#body a").nth(at)
        name = link.inner_text()
        link.click()
        playwright.expect(tab.tab.locator("#sheet-title")).to_have_text(name)
        tab.tab.keyboard.press("Escape")
    assert tab.tab.locator("img").count() == 0
    assert tab.tab.locator("script:not([type])").count() == 1
    tab.context.close()
    assert not tab.wrong


def test_the_readers_zone_changes_nothing(browser, file):
    told = []
    for zone in ("Pacific/Auckland", "America/Los_Angeles"):
        tab = Tab(browser, file, timezone_id=zone, locale="de-DE")
        tab.tab.goto(f"{file.as_uri()}#cluster=beta-01")
        told.append(tab.tab.locator("body").inner_text())
        tab.context.close()
    assert told[0] == told[1]
    assert "2026-11-24 12:00 UTC" in told[0]


@pytest.mark.long
def test_ten_thousand_clusters_are_filtered_within_a_fifth_of_a_second(browser, tmp_path):
    place = tmp_path / "large.html"
    many = [cluster(f"clu-{at:05}", location=f"region{at % 9}") for at in range(10_000)]
    place.write_text(made(judge(facts(*many), rings(), {}, NOW)), "utf-8")
    tab = Tab(browser, place)
    took = tab.tab.evaluate("""() => ["clu-0123", "region4", "no such thing", ""].map((word) => {
        const box = document.getElementById("find"), began = performance.now();
        box.value = word;
        box.dispatchEvent(new Event("input"));
        return performance.now() - began;
    })""")
    began = time.perf_counter()
    tab.tab.click("th.c-region button")
    assert time.perf_counter() - began < 5
    assert max(took) < 200
    assert tab.count() == "10,000 clusters of 10,000"
    tab.context.close()
