"""The pages in a real browser without network: what is drawn, what a click tells, and that no text becomes a script."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from siting.export import explore, write_all, write_difference
from siting.plan.record import Plan
from tests.browser.chromium import Browser, browser, find
from tests.export.differences import small_difference
from tests.export.small_plan import small_plan

pytestmark = pytest.mark.browser

_PAYLOADS = (
    "<script>window.ran = 1</script>",
    "</script><script>window.ran = 2</script>",
    "</style><script>window.ran = 3</script>",
    "<img src=x onerror='window.ran = 4'>",
    "\"><svg onload='window.ran = 5'>",
    "' onmouseover='window.ran = 6' autofocus onfocus='window.ran = 6'",
    "<iframe srcdoc='<script>parent.ran = 7</script>'></iframe>",
    "<a href='javascript:window.ran = 8'>click</a>",
    "<base href='http://evil.invalid/'>",
    "<meta http-equiv='refresh' content='0;url=http://evil.invalid/'>",
    "<link rel='stylesheet' href='http://evil.invalid/a.css'>",
    "<!-- <script>",
    "]]><details open ontoggle='window.ran = 9'>",
    "&lt;script&gt;window.ran = 10&lt;/script&gt;",
    "{{constructor.constructor('window.ran = 11')()}}",
    "\u2028window.ran = 12//",
    "<form action='http://evil.invalid/'><input type=submit>",
)


def _hostile(text: str) -> str:
    return text + " ".join(_PAYLOADS)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    write_all(small_plan(), folder)
    return folder


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    plan = small_plan(_hostile)
    write_all(plan, folder)
    write_difference(small_difference(_hostile), (_hostile("a"), _hostile("b")), plan.layers, folder, [_hostile("note")])
    return folder


def _opened(chromium: Browser, path: Path) -> None:
    chromium.open(path)
    chromium.wait("window.sitingMap && window.sitingMap.ready")


def _quiet(chromium: Browser) -> None:
    assert chromium.requests == []
    assert chromium.complaints == []
    assert chromium.dialogs == []


@pytest.fixture(scope="module")
def on_map(running: Browser, pages: Path) -> Browser:
    """The plan's map, opened once: the tests that share it leave it as they found it."""
    running.forget()
    _opened(running, pages / "map.html")
    return running


def test_the_map_shows_as_many_chosen_sites_as_the_geojson_holds(on_map: Browser, pages: Path) -> None:
    features = json.loads((pages / "sites.geojson").read_bytes())["features"]
    chosen = sum(feature["properties"]["verdict"] == "chosen" for feature in features)
    assert on_map.ask("sitingMap.mode") == "webgl"
    assert on_map.ask("sitingMap.chosen") == chosen
    assert on_map.ask("sitingMap.shown()") == chosen
    assert on_map.ask("document.querySelectorAll('.sites li').length") == chosen
    _quiet(on_map)


def test_names_on_the_map_overlap_neither_each_other_nor_the_legend(on_map: Browser) -> None:
    boxes = on_map.ask(
        "[...document.querySelectorAll('.label')].filter(one => one.style.visibility === 'visible')"
        ".concat([document.querySelector('.legend')])"
        ".map(one => one.getBoundingClientRect()).map(box => [box.left, box.top, box.right, box.bottom])"
    )
    assert len(boxes) >= 5
    for n, a in enumerate(boxes):
        for b in boxes[:n]:
            assert a[2] <= b[0] or a[0] >= b[2] or a[3] <= b[1] or a[1] >= b[3]


def test_a_period_shows_what_stands_by_its_end(on_map: Browser) -> None:
    on_map.ask("document.querySelectorAll('.periods button')[0].click()")
    on_map.wait("sitingMap.shown() === 2")
    assert on_map.ask("document.querySelector('[data-layer=chosen] .count').textContent") == "2"
    assert on_map.ask("document.querySelectorAll('.sites .later').length") == 2
    on_map.ask("document.querySelectorAll('.periods button')[2].click()")
    on_map.wait("sitingMap.shown() === 4")


def test_a_layer_can_be_switched_off_and_on(on_map: Browser) -> None:
    on_map.ask("document.querySelector('[data-layer=chosen] input').click()")
    on_map.wait("sitingMap.shown() === 0")
    assert on_map.ask("[...document.querySelectorAll('.label.site')].every(one => one.style.visibility === 'hidden')")
    on_map.ask("document.querySelector('[data-layer=chosen] input').click()")
    on_map.wait("sitingMap.shown() === 4")


def test_a_click_on_a_site_tells_why(on_map: Browser, plan: Plan) -> None:
    for row, tag in ((plan.chosen.iloc[0], "Chosen · opens 2027"), (plan.sites.iloc[-1], "Passed over")):
        on_map.ask("[...document.querySelectorAll('.maplibregl-popup-close-button')].forEach(one => one.click())")
        x, y = on_map.ask(f"sitingMap.at({row.geometry.x}, {row.geometry.y})")
        on_map.click(x, y)
        on_map.wait("document.querySelector('.card .tag') !== null")
        assert on_map.ask("document.querySelector('.card .tag').textContent") == tag
        assert row["why"] in on_map.ask("document.querySelector('.card').textContent")
    _quiet(on_map)


def test_the_list_flies_to_a_site_and_its_card_is_not_cut_off(on_map: Browser, plan: Plan) -> None:
    row = plan.chosen.iloc[1]
    on_map.ask("document.querySelectorAll('.sites button')[1].click()")
    on_map.wait(f"(document.querySelector('.card h3') || {{}}).textContent === '{row['name']}'")
    on_map.wait("sitingMap.zoom() > 8")
    left, top, right, bottom = on_map.ask(_box(".map"))
    x, y = on_map.ask(f"sitingMap.at({row.geometry.x}, {row.geometry.y})")
    assert left < x < right
    assert top < y < bottom
    card = on_map.ask(_box(".maplibregl-popup-content"))
    assert (left, top) <= (card[0], card[1])
    assert card[2] <= right
    assert card[3] <= bottom
    _quiet(on_map)


def _box(place: str) -> str:
    return f"(box => [box.left, box.top, box.right, box.bottom])(document.querySelector('{place}').getBoundingClientRect())"


def test_no_text_of_a_plan_runs_on_the_map(chromium: Browser, hostile: Path) -> None:
    _opened(chromium, hostile / "map.html")
    chromium.ask("sitingMap.pick(0)")
    chromium.wait("document.querySelector('.card') !== null")
    _harmless(chromium)


def test_no_text_of_a_plan_runs_on_the_difference_map(chromium: Browser, hostile: Path) -> None:
    _opened(chromium, hostile / "diff.html")
    assert chromium.ask("sitingMap.shown()") == 5
    chromium.ask("sitingMap.pick(0)")
    chromium.wait("document.querySelector('.card') !== null")
    _harmless(chromium)


def test_no_text_of_a_plan_runs_in_the_report(chromium: Browser, hostile: Path) -> None:
    chromium.open(hostile / "report.html")
    _harmless(chromium)


def _harmless(chromium: Browser) -> None:
    """Every payload is on the page as text, none as an element, none ran, none asked for anything."""
    text = chromium.ask("document.body.textContent")
    for payload in _PAYLOADS:
        assert payload in text
    assert chromium.ask("window.ran") is None
    assert (
        chromium.ask(
            "document.querySelectorAll('img, iframe, base, link, form, a[href^=javascript], [onload], [onerror]').length"
        )
        == 0
    )
    assert chromium.ask("document.querySelectorAll('meta[http-equiv=refresh]').length") == 0
    _quiet(chromium)


def test_the_report_reads_without_scripts_and_asks_for_nothing(chromium: Browser, pages: Path) -> None:
    chromium.open(pages / "report.html")
    assert chromium.ask("document.scripts.length") == 0
    assert chromium.ask("document.querySelectorAll('table.sites tbody tr').length") == 4
    assert chromium.ask("document.documentElement.scrollWidth <= window.innerWidth")
    _quiet(chromium)


def test_a_notebook_frame_draws_the_map(chromium: Browser, plan: Plan, tmp_path: Path) -> None:
    path = tmp_path / "notebook.html"
    path.write_text(f"<!doctype html><title>n</title><body>{explore(plan)._repr_html_()}</body>", encoding="utf-8")
    chromium.open(path)
    chromium.wait_in_frame("document.body.dataset.ready === 'webgl'")
    _quiet(chromium)


def test_without_webgl_the_map_is_drawn_plainly(pages: Path) -> None:
    if find() is None:
        pytest.skip("no Chromium found on this machine")
    with browser(webgl=False) as chromium:
        _opened(chromium, pages / "map.html")
        assert chromium.ask("sitingMap.mode") == "flat"
        assert chromium.ask("sitingMap.shown()") == 4
        chromium.ask("sitingMap.period(0)")
        assert chromium.ask("sitingMap.shown()") == 2
        chromium.ask("document.querySelector('.flat [data-layer=passed]').firstChild.dispatchEvent(new Event('click'))")
        assert "Passed over" in chromium.ask("document.querySelector('.flatcard').textContent")
        _quiet(chromium)
