"""Steppers where no script runs: the picture that plays, the GIF, the strip of frames."""

from __future__ import annotations

import io
import math
import os
import re
import runpy
import shutil
import sys
import types
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_lite as ag
import nn
from autograd_lite.views.motion.film import LONGEST
from autograd_lite.views.motion.moments import beginning, changes, in_beats
from autograd_lite.views.motion.strip import chosen, frames
from autograd_lite.views.output.svg import size_of
from autograd_lite.views.output.widget import MIME
from autograd_lite.views.picture.card_drawing import gradient_text
from autograd_lite.views.text import number

SVG = "{http://www.w3.org/2000/svg}"
ROOT = Path(__file__).parents[1]
BROWSER = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
MOVES = re.compile(r"@media screen and \(prefers-reduced-motion:no-preference\)\{(.*)\}</style>")
HOSTILE = (
    '"quoted"',
    "<b>bold</b>",
    "a & b",
    "]]>",
    "</style><script>alert(1)</script>",
    "x" * 999,
)


def neuron(Value=None, label="y"):
    Value = Value or ag.Value
    x, w, b = Value(2.0, label="x"), Value(-0.6, label="w"), Value(1.3, label="b")
    p = x * w
    p.label = "p"
    y = (p + b).tanh()
    y.label = label
    return y


def reused(Value=None):
    """(tanh(x w + b) - 1)² + w², in which w has three uses."""
    Value = Value or ag.Value
    w = Value(-0.6, label="w")
    loss = ((Value(2.0, label="x") * w + Value(1.3, label="b")).tanh() - 1.0) ** 2 + w * w
    loss.label = "L"
    return loss


def folded():
    net = nn.MLP(2, [8, 1], seed=1)
    return (net([1.0, -1.0])[0] - 1.0) ** 2


def broken():
    a = ag.Value(-1.0, label="a")
    return a.log() * 2.0 + a


def unfolded():
    xs = [ag.Value(x, label=f"x{i}") for i, x in enumerate((1.0, -2.0, 0.5))]
    return ag.dot(xs, [ag.Value(w, label=f"w{i}") for i, w in enumerate((0.3, 0.1, 2.0))]).tanh()


def film_of(stepper):
    return stepper._film


STEPPERS = {
    "neuron": lambda: ag.step(neuron()),
    "down": lambda: ag.step(neuron(), direction="down"),
    "reused": lambda: ag.step(reused()),
    "folded": lambda: ag.step(folded(), level="layer"),
    "nan": lambda: ag.step(broken()),
    "unfolded": lambda: ag.step(unfolded(), unfold=True),
    "leaf": lambda: ag.step(ag.Value(3.0, label="x")),
    "hostile": lambda: ag.step(sum((ag.Value(2.0, label=x) for x in HOSTILE), neuron())),
}


@pytest.fixture(params=STEPPERS.values(), ids=STEPPERS.keys())
def stepper(request):
    return request.param()


@st.composite
def graphs(draw):
    """A small graph in which values are used again."""
    pool = [
        ag.Value(x, label=f"x{i}")
        for i, x in enumerate(draw(st.lists(st.floats(-2, 2), min_size=2, max_size=3)))
    ]
    for op, i, j in draw(
        st.lists(
            st.tuples(st.sampled_from("+*t"), st.integers(0, 99), st.integers(0, 99)),
            min_size=1,
            max_size=12,
        )
    ):
        a, b = pool[i % len(pool)], pool[j % len(pool)]
        pool.append(a + b if op == "+" else a * b if op == "*" else a.tanh())
    return pool[-1]


# Moments ------------------------------------------------------------------------------------------


@given(graphs())
def test_nothing_is_shown_before_what_it_needs_and_sums_are_the_recorded_ones(root):
    stepper = ag.step(root)
    film = film_of(stepper)
    sources = {card.key: set() for card in film.scene.cards}
    for edge in film.scene.edges:
        sources[edge.target].add(edge.source)
    recorded: dict[str, list[float]] = {}
    for each in stepper.steps:
        if each.phase == "backward":
            for key, _, x, _ in each.sets:
                recorded.setdefault(key, []).append(x)
    for beat in film.beats:
        for change in beat.changes:
            if beat.is_forward:
                assert sources[change.key] <= beat.before.data
            elif change.edges:
                assert beat.before.gradients[change.key][1], "only what is final is passed on"
        for key, (x, _) in beat.after.gradients.items():
            assert any(x == y or x != y for y in recorded[key])
    last = film.beats[-1].after if film.beats else film.beginning
    for card in film.scene.cards:
        if card.key in last.gradients:
            x, final = last.gradients[card.key]
            assert final
            assert x == card.gradient or x != x
        assert card.key in last.data


def test_a_value_that_is_used_again_shows_its_sum_so_far():
    stepper = ag.step(reused())
    [key] = [card.key for card in stepper.scene.cards if card.name == "w"]
    found = changes(stepper.scene, stepper.steps)
    moment, seen = beginning(stepper.scene, found), []
    for change in found:
        moment = moment.after([change])
        if key in moment.gradients:
            seen.append(moment.gradients[key])
    t, w = math.tanh(0.1), -0.6
    assert seen[-1] == (pytest.approx(4.0 * (t - 1.0) * (1.0 - t * t) + 2.0 * w, rel=1e-12), True)
    assert [final for _, final in dict.fromkeys(seen)] == [False, True]
    assert 'opacity="0.55"' in film_of(stepper).still(film_of(stepper).beats[-2].after)


def test_the_steps_of_a_chain_are_beats_and_what_is_independent_is_one():
    film = film_of(ag.step(neuron()))
    assert [beat.is_forward for beat in film.beats] == [True] * 3 + [False] * 4
    x = [ag.Value(float(i), label=f"x{i}") for i in range(4)]
    wide = film_of(ag.step((x[0] * x[1]) + (x[2] * x[3])))
    assert [len(beat.changes) for beat in wide.beats] == [2, 1, 1, 1, 2]


# The picture that plays ---------------------------------------------------------------------------


def test_it_is_one_picture_of_about_eight_seconds(stepper, tmp_path):
    text = stepper.save(tmp_path / "a.svg", animate=True).read_text(encoding="utf-8")
    tree = ET.fromstring(text)
    assert "<script" not in text
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", text)
    assert all(len(x.get("id", "")) > 9 for x in tree.iter() if x.get("id")), "one id, of its own"
    seconds, rounds = re.search(r"\[data-at\]\{animation:([\d.]+)s linear (\d+)\}", text).groups()
    assert float(seconds) == film_of(stepper).seconds
    assert (2.0 if "x, step" in stepper.label else 6.0) < float(seconds) < 9.0
    assert rounds == "3"
    moved = {x.get("data-at") for x in tree.iter() if x.get("data-at")}
    assert moved == set(re.findall(r'\[data-at="(\d+)"\]', text))
    assert all(f"@keyframes {tree.get('id')}-{i}" in text for i in moved)
    for frames_ in re.findall(r"@keyframes [^{]+\{((?:[^{}]*\{[^{}]*\})*)\}", text):
        times = [float(x) for x in re.findall(r"([\d.]+)%", frames_)]
        assert times == sorted(times)
        assert times[-1] < 100.0


def test_without_motion_it_is_the_whole_picture(stepper, tmp_path):
    text = stepper.save(tmp_path / "a.svg", animate=True).read_text(encoding="utf-8")
    assert "animation" not in MOVES.sub("", text), "all that moves is for those who want motion"
    tree = ET.fromstring(text)
    for hidden in [x for x in tree.iter() if x.get("opacity") == "0"]:
        for inner in hidden.iter():
            inner.set("data-part", "gone")
    shown = [x.text for x in tree.iter(f"{SVG}text") if x.get("data-part") == "gradient-text"]
    cards = [card for card in stepper.scene.cards if card.gradient is not None]
    assert sorted(shown) == sorted(gradient_text(card.gradient) for card in cards)


def test_a_neuron_is_small_and_the_same_on_both_engines(tmp_path):
    engines = [engine for engine in (ag.PythonValue, ag.NativeValue) if engine]
    texts = set()
    for engine in engines:
        path = ag.step(neuron(engine)).save(tmp_path / "a.svg", animate=True)
        texts.add(path.read_bytes())
        assert path.stat().st_size < 30_000
    assert len(texts) == 1


def test_products_stand_on_the_lines_with_the_numbers_of_the_steps():
    stepper = ag.step(reused())
    text = film_of(stepper).still(film_of(stepper).beats[-1].after)
    for each in stepper.steps:
        for line in each.lines:
            if line.factors and line.factors[0] != "1":
                assert f">{' × '.join(line.factors)}</text>" in text
                assert f">= {line.result}</text>" in text


def test_it_ends_with_what_a_gradient_means_where_that_is_so(Value, tmp_path):
    y = neuron(Value)
    rises = neuron(Value).data
    x, w, b = Value(2.0), Value(-0.6 + 0.01), Value(1.3)
    assert (x * w + b).tanh().data - rises == pytest.approx(0.0198, rel=0.05)
    told = "raise w by 0.01, and y rises by about 0.0198"
    assert told in ag.step(y).save(tmp_path / "a.svg", animate=True).read_text(encoding="utf-8")
    falls = -neuron(Value)
    falls.label = "z"
    assert "z falls by about 0.0198" in ag.step(falls)._playing
    x = Value(0.001, label="x")
    assert ">Result<" not in ag.step(x.relu() - (-x).relu() + (1000.0 * x).sin())._playing
    assert ">Result<" not in ag.step(Value(0.0, label="x") ** 2.0)._playing


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_keeps_a_theme(theme, tmp_path):
    text = ag.step(neuron()).save(tmp_path / "a.svg", animate=True, theme=theme).read_text()
    assert f'data-theme="{theme}"' in text
    ground = re.search(r'<rect data-part="ground" class="ag-f-ground" fill="(#\w+)"', text)[1]
    assert ground == {"light": "#ffffff", "dark": "#11151b"}[theme]


def test_many_steps_take_longer_but_not_forever():
    x = ag.Value(0.5, label="x")
    y = x
    for _ in range(120):
        y = y.tanh()
    film = film_of(ag.step(y))
    assert 8.0 < film.seconds < LONGEST + 3.0


def test_only_steppers_move(tmp_path):
    with pytest.raises(ValueError, match=r"animate is no option of a picture.*step\(\.\.\.\)"):
        ag.draw(neuron()).save(tmp_path / "a.svg", animate=True)
    with pytest.raises(ValueError, match=r"animate is an option of \.svg; 'a\.png'"):
        ag.step(neuron()).save(tmp_path / "a.png", animate=True)
    with pytest.raises(ValueError, match=r"a picture does not move, so it is no \.gif: step"):
        ag.draw(neuron()).save(tmp_path / "a.gif")


def test_the_pictures_of_the_documentation_are_those_of_today(tmp_path):
    runpy.run_path(shutil.copy(ROOT / "docs" / "pictures.py", tmp_path))
    drawn = sorted(tmp_path.glob("*.svg"))
    assert len(drawn) == 10
    for path in drawn:
        assert path.read_bytes() == (ROOT / "docs" / path.name).read_bytes(), "docs/pictures.py"


def test_a_still_stands_for_a_live_page_where_none_can_run(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "docs" / "_ext")
    import picture_pages

    text = (ROOT / "docs" / "howto" / "playground.md").read_text(encoding="utf-8")
    (still,) = re.findall(r"^!\[.+\]\((.+)\)$", text, re.M)
    assert (ROOT / "docs" / "howto" / still).resolve() == ROOT / "docs" / "playground.svg"
    content = [text]
    picture_pages.show(types.SimpleNamespace(srcdir=ROOT / "docs"), "howto/playground", content)
    assert still not in content[0]
    assert "<autograd-view " in content[0]


@pytest.mark.parametrize("readme", ["README.md", "README.zh.md"])
def test_a_readme_opens_with_it_and_has_a_still_for_those_who_want_no_motion(readme):
    text = (ROOT / readme).read_text(encoding="utf-8")
    found = re.findall(r'(?:media="([^"]+)" srcset|img src)="([^"]+)"', text)
    assert [path for media, path in found if "reduce" in media] == [
        "docs/neuron-rests-down.svg", "docs/neuron-rests.svg",
    ]  # fmt: skip
    for _, path in found:
        picture = (ROOT / path).read_text(encoding="utf-8")
        assert bool(MOVES.search(picture)) == ("plays" in path)


# In a browser -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def chromium():
    driver = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if BROWSER is None:
        pytest.skip("no chromium on the PATH (or in $CHROMIUM)")
    with driver.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield browser
        browser.close()


AT = "time => document.getAnimations().forEach(x => { x.pause(); x.currentTime = 1000 * time; })"
SEEN = """() => Object.fromEntries([...document.querySelectorAll('[data-card]')].map(card => {
  const seen = part => { const node = card.querySelector(`[data-part="${part}"]`);
    return node ? Number(getComputedStyle(node).opacity) > 0.9 : null; };
  return [card.querySelector('[data-part="name"]').textContent, [seen('data'), seen('gradient')]];
}))"""


def test_numbers_come_in_their_order_and_stay(chromium, tmp_path):
    stepper = ag.step(neuron(), name_from={"z": None})
    path = stepper.save(tmp_path / "a.svg", animate=True)
    film = film_of(stepper)
    names = {card.key: card.name for card in film.scene.cards}
    page = chromium.new_page(reduced_motion="no-preference")
    page.goto(path.as_uri())
    for beat in film.beats:
        page.evaluate(AT, beat.end)
        seen = page.evaluate(SEEN)
        assert {name for name, (data, _) in seen.items() if data} == {
            names[key] for key in beat.after.data
        }
        assert {name for name, (_, gradient) in seen.items() if gradient} == {
            names[key] for key in beat.after.gradients
        }
    for time in (0.0, film.seconds - 0.01, 3 * film.seconds - 0.01):
        page.evaluate(AT, time)
        assert set(map(tuple, page.evaluate(SEEN).values())) == {(True, True)}
    page.evaluate("() => document.getAnimations().forEach(x => x.finish())")
    assert set(map(tuple, page.evaluate(SEEN).values())) == {(True, True)}
    page.close()


def test_it_rests_where_motion_is_not_wanted_and_on_paper(chromium, tmp_path):
    path = ag.step(neuron()).save(tmp_path / "a.svg", animate=True)
    page = chromium.new_page(reduced_motion="reduce")
    page.goto(path.as_uri())
    assert page.evaluate("() => document.getAnimations().length") == 0
    page.emulate_media(reduced_motion="no-preference", media="print")
    assert page.evaluate("() => document.getAnimations().length") == 0
    page.emulate_media(reduced_motion="no-preference", media="screen")
    assert page.evaluate("() => document.getAnimations().length") > 10
    page.close()


def test_it_plays_in_an_image(chromium, tmp_path):
    ag.step(neuron()).save(tmp_path / "a.svg", animate=True)
    (tmp_path / "a.html").write_text('<img src="a.svg" width="834">', encoding="utf-8")
    page = chromium.new_page(reduced_motion="no-preference")
    page.goto((tmp_path / "a.html").as_uri())
    page.wait_for_timeout(600)
    shots = set()
    for _ in range(4):
        page.wait_for_timeout(400)
        shots.add(page.screenshot())
    assert len(shots) > 1
    page.close()


# GIF ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", [None, "dark"])
def test_a_gif_plays_the_same_beats(theme, tmp_path):
    pil = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    pytest.importorskip("resvg_py", reason="no rasteriser is installed")
    stepper = ag.step(neuron())
    film = film_of(stepper)
    path = stepper.save(tmp_path / "a.gif", scale=1, theme=theme)
    assert path.stat().st_size < 150_000
    with pil.open(io.BytesIO(path.read_bytes())) as image:
        assert image.size == size_of(film.still(film.beginning))
        assert image.n_frames == len(film.beats) + 2, "before, each beat, the whole"
        assert image.info["loop"] == 2, "twice after the first time"
        times, pictures = [], []
        for i in range(image.n_frames):
            image.seek(i)
            times.append(image.info["duration"])
            pictures.append(image.convert("RGB").tobytes())
        assert {image.convert("RGB").getpixel(place) for place in ((0, 0), (3, 100))} == {
            (17, 21, 27) if theme else (255, 255, 255)
        }
    assert abs(sum(times) / 1000 - film.seconds) < 0.1
    assert len(set(pictures)) == len(pictures), "each beat shows something new"


def test_a_gif_says_what_is_missing(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ImportError, match=r"autograd_lite\[gif\].*animate=True"):
        ag.step(neuron()).save(tmp_path / "a.gif")


# The strip ----------------------------------------------------------------------------------------


def drawn_frames(stepper):
    tree = ET.fromstring(stepper.still)
    return {int(x.get("data-frame")): x for x in tree.iter() if x.get("data-frame")}


def test_a_still_stepper_is_a_strip_of_frames(stepper):
    found = drawn_frames(stepper)
    least = min(4, len(stepper.steps))
    assert least <= len(found) <= 8
    assert list(found) == sorted(found)
    assert list(found)[-1] == len(stepper.steps)
    for k, frame in found.items():
        words = [x for x in frame if x.tag == f"{SVG}text"]
        assert k == 0 or f"step {k} of {len(stepper.steps)}" in "".join(words[0].itertext())
        assert len(words) > 1, "a sentence"


def test_frames_have_the_numbers_of_their_steps():
    stepper = ag.step(reused())
    for k, frame in drawn_frames(stepper).items():
        gradients, data = {}, {card.key for card in stepper.scene.cards if card.kind == "leaf"}
        for each in stepper.steps[:k]:
            for key, what, x, _ in each.sets:
                if what == "data":
                    data.add(key)
                else:
                    gradients[key] = x
        cards = {card.key: card for card in stepper.scene.cards}
        for group in [x for x in frame.iter() if x.get("data-card")]:
            parts = {x.get("data-part"): x.text for x in group.iter(f"{SVG}text")}
            card = cards[group.get("data-card")]
            shown = gradients.get(card.key)
            assert parts.get("gradient-text") == (None if shown is None else gradient_text(shown))
            assert parts.get("data") == (number(card.data) if card.key in data else None)


def flagged_gradient():
    x = ag.Value(0.0, label="x")
    z = (x * 2.0).sqrt() + 1.0
    z.label = "z"
    return ag.step(z)


def test_a_flag_about_a_gradient_waits_for_that_gradient():
    stepper = flagged_gradient()
    flagged = {card.key for card in stepper.scene.cards if card.begins}
    known = min(
        k
        for k, step in enumerate(stepper.steps, 1)
        for key, what, _, final in step.sets
        if key in flagged and what != "data" and final
    )
    for k, frame in drawn_frames(stepper).items():
        words = "".join(frame.itertext())
        assert ("gradient: ∞ begins here" in words) == (k >= known), k
    flags = [cards for cards in pictures_of(stepper) if "begins here" in cards]
    assert 0 < len(flags) < len(pictures_of(stepper))


def pictures_of(stepper):
    """The picture after each of its beats."""
    found = changes(stepper.scene, stepper.steps)
    moment, pictures = beginning(stepper.scene, found), []
    for happening in in_beats(found):
        moment = moment.after(happening)
        pictures.append(repr(moment.scene(stepper.scene).cards))
    return pictures


def test_in_a_picture_that_plays_the_flag_comes_with_the_gradient(tmp_path):
    path = flagged_gradient().save(tmp_path / "a.svg", animate=True)
    tree = ET.fromstring(path.read_text(encoding="utf-8"))
    style = "".join(x.text for x in tree.iter(f"{SVG}style"))
    (layer,) = [
        g
        for g in tree.iter(f"{SVG}g")
        if g.get("data-at") and "begins here" in "".join(g.itertext())
    ]
    flag_at = appears(style, layer.get("data-at"))
    (band,) = [g.get("data-at") for g in layer.iter(f"{SVG}g") if g.get("data-part") == "gradient"]
    assert flag_at == appears(style, band)


def appears(style, move):
    """When something appears, as a share of the round."""
    return float(re.search(rf"-{move}\{{0%\{{opacity:1\}}[\d.]+%,([\d.]+)%", style)[1])


def test_of_a_large_picture_a_frame_shows_where_its_step_happens():
    net = nn.MLP(2, [3, 1], seed=1)
    stepper = ag.step((net([1.0, -1.0])[0] - 1.0) ** 2, level="operation")
    found = drawn_frames(stepper)
    parts = {k: frame.find(f"{SVG}svg") for k, frame in found.items()}
    assert [k for k, part in parts.items() if part is not None] == list(found)[2:-1]
    for k, part in parts.items():
        if part is None:
            continue
        x0, y0, wide, high = map(float, part.get("viewBox").split())
        assert wide / float(part.get("width")) <= 1.26, "its text is large enough"
        [card] = [x for x in part.iter() if x.get("data-card") == stepper.steps[k - 1].key]
        x, y = map(float, re.findall(r"[\d.]+", card.get("transform")))
        box = card.find(f"{SVG}rect")
        assert x0 <= x <= x + float(box.get("width")) <= x0 + wide + 1.0
        assert y0 <= y <= y + float(box.get("height")) <= y0 + high + 1.0


def test_long_steppers_say_how_many_steps_lie_between():
    x = ag.Value(0.5, label="x")
    y = x
    for _ in range(20):
        y = (y * 1.1).tanh()
    stepper = ag.step(y)
    found = frames(stepper.scene, stepper.steps)
    numbers = [frame.number for frame in found]
    assert numbers == chosen(stepper.steps, 8)
    assert len(numbers) == 8
    assert numbers[:3] == [0, 40, 41]
    assert numbers[-1] == len(stepper.steps)
    between = [b - a - 1 for a, b in pairwise(numbers[2:])]
    assert [frame.skipped for frame in found][3:] == between
    texts = ["".join(frame.itertext()) for frame in drawn_frames(stepper).values()]
    assert sum(" between" in text for text in texts) == sum(n > 0 for n in [
        frame.skipped for frame in frames(stepper.scene, stepper.steps, len(texts))
    ])  # fmt: skip


def test_where_shares_add_up_is_among_the_frames():
    stepper = ag.step(reused())
    for most in (6, 8):
        adding = [
            k
            for k in chosen(stepper.steps, most)
            if any(x.total for x in stepper.steps[k - 1].lines)
        ]
        assert [k for k in adding if stepper.steps[k - 1].phase == "backward"]


def test_a_notebook_stores_the_strip_and_a_page_has_the_picture_that_lives():
    stepper = ag.step(neuron())
    forms = stepper._repr_mimebundle_()
    assert forms["image/svg+xml"] == stepper.still
    assert "data-frame" not in forms[MIME]["svg"]
    assert stepper.svg.split("</style>")[1] in forms[MIME]["svg"]
    drawn = ag.draw(neuron())._repr_mimebundle_()
    assert "svg" not in drawn[MIME]


def test_files_without_motion_have_the_strip(tmp_path):
    stepper = ag.step(neuron())
    assert stepper.save(tmp_path / "a.svg").read_text(encoding="utf-8") == stepper.still
    dark = stepper.save(tmp_path / "b.svg", theme="dark").read_text(encoding="utf-8")
    assert dark.count("data-frame") == stepper.still.count("data-frame")


def test_strips_are_the_same_on_both_engines():
    engines = [engine for engine in (ag.PythonValue, ag.NativeValue) if engine]
    assert len({ag.step(reused(engine)).still for engine in engines}) == 1
