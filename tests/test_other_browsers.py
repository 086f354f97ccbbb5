"""Pages in Firefox and in WebKit: what differs between browsers; the rest is test_browser.py's."""

import time

import pytest
from other_browsers import missing, started

import autograd_lite as ag

# of the clients, about themselves
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

SIZES = [(1280, 720), (1920, 1080), (500, 844)]  # neither makes a narrower window


@pytest.fixture(scope="module", params=["firefox", "webkit"])
def browser(request):
    reason = missing(request.param)
    if reason:
        pytest.skip(reason)
    with started(request.param) as running:
        yield running


@pytest.fixture(scope="module")
def stepper():
    x, w, b = (ag.Value(n, label=name) for n, name in ((2.0, "x"), (-0.6, "w"), (1.3, "b")))
    p = x * w
    p.label = "p"
    loss = ((p + b).tanh() - 1.0) ** 2 + w * w
    loss.label = "L"
    return ag.step(loss)


@pytest.fixture(scope="module")
def address(stepper, tmp_path_factory):
    return stepper.save(tmp_path_factory.mktemp("page") / "step.html").as_uri()


def said(browser):
    """The words beside the picture, on one line."""
    return " ".join(browser.run("return document.querySelector('.agv-said').innerText").split())


def in_the_end(browser, script):
    """Whether the script comes to give true: addresses and the camera follow with a short delay."""
    for _ in range(400):
        if browser.run(script):
            return True
        time.sleep(0.05)
    return False


def test_keys_take_steps_at_once_and_the_address_follows(browser, address, stepper):
    browser.open(address, 1280, 720)
    for place, step in enumerate(stepper.steps, 1):
        browser.press("ArrowRight" if place % 2 else "PageDown")
        assert step.title in said(browser)
    assert in_the_end(browser, f"return location.hash === '#step={place}'")
    browser.press("Home")
    assert "Start" in said(browser)
    browser.press("End", "PageUp")
    assert stepper.steps[-2].title in said(browser)


def test_an_address_leads_to_its_step(browser, address, stepper):
    browser.open(address + "#step=5", 1280, 720)
    assert stepper.steps[4].title in said(browser)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_the_sentence_is_on_the_screen_and_nothing_is_cut(browser, address, stepper, size):
    browser.open(address, *size)
    assert browser.run("return [innerWidth, innerHeight]") == list(size)
    for _ in stepper.steps:
        browser.press("ArrowRight")
        inside, wide = browser.run(
            """
            const box = document.querySelector(".agv-said > :nth-child(2)").getBoundingClientRect();
            const seen = box.height > 0 && box.top >= 0 && box.left >= 0;
            return [seen && box.bottom <= innerHeight && box.right <= innerWidth,
                    document.documentElement.scrollWidth];
            """
        )
        assert inside
        assert wide <= size[0]


def test_the_cards_of_a_step_are_in_the_picture_and_can_be_read(browser, address, stepper):
    browser.open(address, 1280, 720)
    for _ in stepper.steps[:-1]:
        browser.press("ArrowRight")
        assert in_the_end(
            browser,
            """
            const frame = document.querySelector(".agv-picture").getBoundingClientRect();
            const card = document.querySelector(".agv-now");
            if (!card) return false;
            const box = card.getBoundingClientRect();
            const text = card.querySelector("text").getBoundingClientRect();
            return box.left >= frame.left - 1 && box.right <= frame.right + 1 &&
                   box.top >= frame.top - 1 && box.bottom <= frame.bottom + 1 && text.height >= 11;
            """,
        )


def test_a_group_opens_and_closes_by_keys(browser, tmp_path):
    x, rate = ag.Value(1.0, "x"), ag.Value(0.5, "rate")
    for _ in range(60):
        with ag.scope("decay"):
            x = x - x * rate * 0.1
    x.backward()
    browser.open(ag.draw(x, level=1).save(tmp_path / "chain.html").as_uri(), 1280, 720)
    on = "return (document.activeElement.getAttribute('aria-label') ?? '').startsWith('{}')"
    browser.press("ArrowDown")
    for _ in range(8):
        if browser.run(on.format("decay 2 to 59")):
            break
        browser.press("ArrowDown")
    browser.press("Enter")
    assert in_the_end(browser, "return document.querySelectorAll('.agv-lens svg.ag').length > 0")
    path = "return [...document.querySelectorAll('.agv-trail li')].map((li) => li.innerText)"
    assert browser.run(path)[-1] == "decay 2 to 59"
    browser.press("Escape")
    assert in_the_end(browser, "return document.querySelector('.agv-lens') === null")
    assert browser.run(on.format("decay 2 to 59"))


def test_a_page_inside_another_one_says_how_high_it_is(browser, address, tmp_path):
    from autograd_lite.export import main

    assert main(["--element", "-o", str(tmp_path / "autograd-view.js")]) == 0
    around = tmp_path / "around.html"
    around.write_text(
        '<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Around</title>'
        f'<script src="autograd-view.js" defer></script><autograd-view src="{address}">'
        "</autograd-view><p>After.</p>",
        encoding="utf-8",
    )
    browser.open(around.as_uri(), 1280, 720)
    high = "document.querySelector('iframe').clientHeight"
    assert in_the_end(browser, f"return {high} > 300 && {high} !== 480")  # 30rem before it has said
    before = browser.run(f"return {high}")
    time.sleep(0.3)
    assert browser.run(f"return {high}") == before, "it does not grow by itself"


def test_a_leaf_follows_keys_and_typing(browser, address, stepper):
    browser.open(address, 1280, 720)
    browser.press("End")
    leaf = "document.querySelector('.agv-pull')"
    browser.run(f"{leaf}.focus()")
    before = browser.run(f"return Number({leaf}.getAttribute('aria-valuenow'))")
    browser.press("ArrowUp")
    assert in_the_end(browser, f"return {leaf}.getAttribute('aria-valuenow') !== '{before:g}'")
    browser.press("2", ",", "5", "Enter")
    assert in_the_end(browser, f"return {leaf}.getAttribute('aria-valuenow') === '2.5'")
    assert "2.5" in str(browser.run("return document.querySelector('.agv-x').textContent"))
    browser.run(f"{leaf}.focus()")
    browser.press("d")
    assert in_the_end(
        browser, "return document.querySelector('.agv-way').textContent.includes('→')"
    )
