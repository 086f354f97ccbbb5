"""The language of views: which is spoken where, and that each of them has words for all texts."""

from __future__ import annotations

import ast
import asyncio
import json
import re
import threading
from pathlib import Path

import pytest

import autograd_lite as ag
from autograd_lite.views import language
from autograd_lite.views.language import counted, said_in, say, speaking, texts
from autograd_lite.views.output import page as pages

ROOT = Path(__file__).parents[1]
OTHERS = language.languages()[1:]
SOURCES = [*sorted((ROOT / "autograd_lite").rglob("*.py")), *sorted((ROOT / "nn").rglob("*.py"))]
SCRIPTS = sorted((ROOT / "autograd_lite" / "views" / "output" / "js").glob("*.js"))
HAN = re.compile(r"[\u4e00-\u9fff]")


# Which language is spoken -------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def english_again(monkeypatch):
    monkeypatch.setattr(language, "_set", None)


def neuron(Value=ag.Value):
    x, w, b = Value(2.0, "x"), Value(-0.6, "w"), Value(1.3, "b")
    return (x * w + b).tanh()


def test_a_view_keeps_the_language_in_which_it_was_made(Value):
    y = neuron(Value)
    y.backward()
    for view in (ag.draw, ag.step):
        chinese, english = view(y, language="zh"), view(y)
        ag.set_language("zh")
        assert HAN.search(str(chinese))
        assert not HAN.search(str(english))
        assert HAN.search(chinese.svg)
        assert not HAN.search(english.svg)
        assert HAN.search(str(view(y)))
        ag.set_language("en")
        assert HAN.search(str(chinese))
        assert HAN.search(chinese.payload()["label"])
        assert 'lang="zh"' in chinese.svg
        assert "lang=" not in english.svg


@pytest.mark.parametrize("text", [ag.explain, ag.paths])
def test_printed_text_has_a_language(Value, text):
    y = neuron(Value)
    x = y.parents[0].parents[0].parents[0]
    chinese, english = text(x, y, language="zh"), text(x, y)
    assert HAN.search(str(chinese))
    assert not HAN.search(str(english))
    assert HAN.search(chinese.latex) is None or r"\text{" in chinese.latex
    ag.set_language("zh")
    assert HAN.search(str(text(x, y)))
    assert not HAN.search(str(english))


def test_an_unknown_language_is_refused_with_the_known_ones(Value):
    y = neuron(Value)
    for speak in (
        lambda: ag.set_language("klingon"),
        lambda: ag.draw(y, language="klingon"),
        lambda: ag.step(y, language="klingon"),
        lambda: ag.explain(y, y, language="klingon"),
        lambda: ag.paths(y, y, language="klingon"),
    ):
        with pytest.raises(ValueError, match=r"language is one of en, .*zh.*, got 'klingon'"):
            speak()
    with pytest.raises(TypeError, match="language is a str"):
        ag.set_language(3)
    assert say("Forward") == "Forward"


def test_the_environment_may_name_the_language(monkeypatch):
    monkeypatch.setenv(language.SETTING, "zh")
    language._of_environment.cache_clear()
    try:
        assert say("Forward") == "前向"
        with speaking("en"):
            assert say("Forward") == "Forward"
        ag.set_language("en")
        assert say("Forward") == "Forward"
        monkeypatch.setattr(language, "_set", None)
        monkeypatch.setenv(language.SETTING, "klingon")
        language._of_environment.cache_clear()
        with pytest.raises(ValueError, match="AUTOGRAD_LITE_LANGUAGE is one of en, "):
            say("Forward")
    finally:
        language._of_environment.cache_clear()


def test_a_language_of_one_view_is_not_that_of_other_threads_and_tasks():
    heard = {}

    def elsewhere():
        heard["thread"] = str(say("Forward"))

    async def one():
        with speaking("zh"):
            await asyncio.sleep(0.01)
            heard["one"] = str(say("Forward"))

    async def other():
        await asyncio.sleep(0.005)
        heard["other"] = str(say("Forward"))

    async def both():
        await asyncio.gather(one(), other())

    with speaking("zh"):
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
    asyncio.run(both())
    assert heard == {"thread": "Forward", "one": "前向", "other": "Forward"}


def test_a_part_is_not_filled_again():
    with speaking("zh"):
        assert say("step {place} of {all}", place=2, all="{place}") == "第 2 步，共 {place} 步"


def test_what_a_language_lacks_is_said_in_english(monkeypatch):
    monkeypatch.setattr(language, "texts", lambda language: {})
    with speaking("zh"):
        assert say("Forward") == "Forward"
        assert [counted(n, "leaf", "leaves") for n in (1, 2)] == ["1 leaf", "2 leaves"]


@pytest.mark.slow
def test_the_script_of_a_page_is_in_its_language():
    y = neuron()
    pages_of = {spoken: ag.step(y, language=spoken)._page() for spoken in ("en", "zh")}
    drawn = ag.draw(y, language="zh")._page()
    assert '<html lang="zh">' in pages_of["zh"]
    assert 'say("Help (?)")' in pages_of["en"]
    for text in (pages_of["zh"], drawn):
        assert 'say("帮助（?）")' in text
        assert "Help (?)" not in text
    assert "先预测" in pages_of["zh"]
    assert "先预测" not in drawn
    assert len(pages_of["zh"].encode()) < 1.02 * len(pages_of["en"].encode())
    assert "All steps" in pages_of["en"]
    assert "全部步骤" in pages_of["zh"]
    assert "All steps" in pages.page(
        "Seite", [ag.step(y)], language="de"
    )  # a page in its own words


def test_a_translation_ends_no_script(monkeypatch):
    words = {"Play": "</script><b>", 'a "b"': '\\ "c"'}
    monkeypatch.setattr(language, "texts", lambda spoken: words)
    script = language.in_language('say("Play"); say("a \\"b\\"", { x }); say("c");', "zh")
    assert script == 'say("\\u003c/script>\\u003cb>"); say("\\\\ \\"c\\"", { x }); say("c");'


def test_a_page_speaks_as_its_first_view():
    y = neuron()
    payload = ag.step(y, language="zh").payload()
    for view in (payload, ag.step(y, language="zh")):
        text = pages.page("t", [pages.Section(text="x"), pages.Section(title="t", view=view)])
        assert '<html lang="zh">' in text
        assert "全部步骤" in text
    assert '<html lang="en">' in pages.page("t", [ag.step(y)])
    ag.set_language("zh")
    assert '<html lang="zh">' in pages.page("t", [pages.Section(text="x")])


def test_a_notebook_as_a_page_speaks_as_its_pictures(tmp_path):
    nbformat = pytest.importorskip("nbformat")
    pytest.importorskip("nbconvert")
    from autograd_lite.export import page_of

    output = nbformat.v4.new_output(
        "display_data", ag.step(neuron(), language="zh")._repr_mimebundle_()
    )
    cell = nbformat.v4.new_code_cell("y", outputs=[output], execution_count=1)
    path = tmp_path / "a.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    assert '<html lang="zh">' in (text := page_of(path))
    assert "全部步骤" in text
    assert '<html lang="en">' in page_of(path, language="en")


def test_a_widget_brings_the_words_of_its_script():
    pytest.importorskip("anywidget")
    from autograd_lite.views.output.widget import _widget_class

    payload = _widget_class()(ag.draw(neuron(), language="zh")).payload
    assert payload["language"] == "zh"
    assert payload["words"]["Predict first"] == "先预测"  # one script serves all kinds of views
    assert _widget_class()(ag.draw(neuron())).payload["words"] == {}


# Every text has its words -------------------------------------------------------------------------


def literal(node):
    """A template, also one that is written on two lines."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def called(tree, name):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == name:
            yield node


def said_in_python(path):
    """The keys of all that a file says, and the places of those that are no literal."""
    keys, odd = [], []
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imports = [x for x in ast.walk(tree) if isinstance(x, ast.ImportFrom)]
    names = {
        x.name for each in imports if (each.module or "").endswith("language") for x in each.names
    }
    names |= {"counted"} if any((x.module or "").endswith("text") for x in imports) else set()
    for node in called(tree, "say") if "say" in names else ():
        key = literal(node.args[0])
        keys.append(key)
        given = {word.arg for word in node.keywords}
        complete = (
            given - {None} <= holes(key or "") if None in given else given == holes(key or "")
        )
        if key is None or not complete:
            odd.append(f"{path}:{node.lineno}")
    for node in called(tree, "counted") if "counted" in names else ():
        nouns = [literal(x) for x in node.args[1:]]
        if None in nouns or not nouns:
            odd.append(f"{path}:{node.lineno}")
        else:
            keys.append("{count} " + (nouns[1] if len(nouns) > 1 else f"{nouns[0]}s"))
    return keys, odd


def holes(text):
    return set(re.findall(r"\{(\w*)\}", text))


def all_keys():
    keys = {key for path in SOURCES for key in said_in_python(path)[0]}
    return keys | {key for path in SCRIPTS for key in said_in(path.read_text(encoding="utf-8"))}


@pytest.mark.slow
def test_texts_are_literals_with_a_part_for_each_name():
    odd = [place for path in SOURCES for place in said_in_python(path)[1]]
    assert not odd, "a text must be a literal, and be filled with the names that it has: " + str(
        odd
    )
    for path in SCRIPTS:
        script = path.read_text(encoding="utf-8")
        calls = re.findall(r"(?<![.\w])say\(\s*(?!template)(.{1,60})", script)
        assert [call for call in calls if not call.startswith('"')] == [], path.name
        for key in said_in(script):
            if holes(key) - {"count"}:
                filled = re.escape(json.dumps(key, ensure_ascii=False)) + r",\s*(\w+|\{[^}]*\})"
                [*given] = re.findall(filled, script)
                assert given, (path.name, key)
                for parts in given:  # all names, unless they come from elsewhere
                    assert (
                        "..." in parts
                        or parts[0] != "{"
                        or set(re.findall(r"(\w+)(?=:|,|\s*\}$)", parts)) >= holes(key)
                    ), (key, parts)


@pytest.mark.slow
@pytest.mark.parametrize("name", OTHERS)
def test_a_language_has_every_text_and_no_other(name):
    words, keys = texts(name), all_keys()
    assert not keys - set(words), "without words in " + name
    assert not set(words) - keys, "said nowhere, but in " + name


@pytest.mark.parametrize("name", OTHERS)
def test_translations_have_the_same_parts(name):
    for english, words in texts(name).items():
        assert holes(english) == holes(words), english
        assert not re.search(r"\{[^}\w]|\{\w+[^}\w]", words), words
        assert words or english == " ", english


def test_no_text_is_in_two_groups():
    for path in language.LOCALE.glob("*.json"):
        groups = json.loads(path.read_text(encoding="utf-8"))
        keys = [key for group in groups.values() for key in group]
        assert len(keys) == len(set(keys)), path.name


def test_chinese_has_its_own_punctuation():
    for english, words in texts("zh").items():
        assert not re.search(r"[\u4e00-\u9fff][,;:?!]|[\u4e00-\u9fff]\.(\s|$)", words), english
        assert not re.search(r"[，。；：（）]\s", words.strip()) or ": " in english, english


# No text goes past it ----------------------------------------------------------------------------

WORDS = re.compile(r"[A-Za-z]{2,},? [a-z]{2,}")
OF_CODE = re.compile(  # what is no text: selectors, attributes, SVG, CSS
    r"agv-|\[data|\(prefers|:scope|^(translate|scale)\(|cubic|linear|"
    r"^[\w.:#\[\]=\-\"() ]+(, [\w.:#\[\]=\-\"() ]+)+$"
)


def literals_in_script(script):
    """The literals of a script that no `say` has as its key, without what they are filled with."""
    script = re.sub(r"^\s*//.*$|\s//\s.*$", "", script, flags=re.M)
    script = re.sub(r'(?<![.\w])say\(\s*"(?:[^"\\]|\\.)*"', "say(", script)
    script = re.sub(r"\b(throw new Error|console\.\w+)\([^;]*;", "", script)  # for developers
    for literal in re.findall(r'"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`', script):
        yield re.sub(r"\$\{[^{}]*\}", "", literal[1:-1])


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_scripts_say_all_their_texts(path):
    script = path.read_text(encoding="utf-8")
    sentences = [x for x in literals_in_script(script) if WORDS.search(x) and not OF_CODE.search(x)]
    assert sentences == []
    shown = r'(?:\btitle|"aria-label"|"aria-valuetext"|\bplaceholder)\s*[:,]\s*["`]([^"`]*)|'
    shown += r'\btextContent\s*=\s*["`]([^"`]*)|\bmake\("[a-z0-9]+", \{[^{}]*\}, ["`]([^"`]*)|'
    shown += r'\bheading\(["`]([^"`]*)'
    found = ["".join(groups) for groups in re.findall(shown, script)]
    texts = [re.sub(r"\$\{[^{}]*\}|\.grad\b|data-\w+|\blr\b", "", text) for text in found]
    assert [text for text in texts if re.search("[A-Za-z]{2}", text)] == []


def test_the_scan_of_scripts_finds_what_goes_past():
    script = """make("p", { class: "agv-a b" }, say("One text"), "Another text here"); // as here
    x.textContent = `two words ${n}`; node.matches("a, button, summary");"""
    found = [x for x in literals_in_script(script) if WORDS.search(x) and not OF_CODE.search(x)]
    assert found == ["Another text here", "two words "]


# What a view says is a sentence of `say`; others are parts of messages and of formats.
PARTS_OF_MESSAGES = {
    "above 0, as the axis is logarithmic,", "above 0, as the axis is logarithmic", "not below 0",
    "the graphs to compare must have one shape: ", "one without targets",
}  # fmt: skip
OTHER_TEXTS = {
    "mean loss",  # the label of a Value
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src ",
    "export default",
    ".agv .ag .ag-f-",
    ".agv .ag .ag-s-",
    ".agv .ag ",
    "local derivatives",  # what a worksheet is asked for by its argument
}
VIEWS = sorted((ROOT / "autograd_lite" / "views").rglob("*.py"))
VIEWS += [ROOT / "nn" / "diagnosis" / f"{name}.py" for name in ("inspection", "monitor", "plots")]
SILENT = ("dot.py", "dot_program.py", "tikz.py", "raster.py", "pdf.py")  # of formats and programs


def texts_past_say(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = set()

    def skip(node):
        skipped.update(map(id, ast.walk(node)))

    for node in ast.walk(tree):
        if isinstance(node, (ast.Raise, ast.Assert)):
            skip(node)
        elif isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
            [skip(x) for x in node.body if isinstance(x, ast.Expr)]  # what documents it
        elif isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in ("say", "counted", "warn", "compile") or name.endswith("Error"):
                skip(node)
        elif isinstance(node, ast.AnnAssign):
            skip(node.annotation)
    for node in ast.walk(tree):
        text = literal(node)
        if not text or id(node) in skipped or not WORDS.search(text):
            continue
        if not re.search(r"[<>={}\\]", text) and text not in PARTS_OF_MESSAGES | OTHER_TEXTS:
            yield text


@pytest.mark.parametrize(
    "path", [x for x in VIEWS if x.name not in SILENT], ids=lambda x: f"{x.parent.name}-{x.stem}"
)
def test_views_say_all_their_texts(path):
    assert list(texts_past_say(path)) == []


def test_the_scan_of_python_finds_what_goes_past(tmp_path):
    path = tmp_path / "view.py"
    path.write_text(
        '"""A view of things."""\n'
        "def f(x):\n"
        '    if not x: raise ValueError(f"an x is wanted, got {x}")\n'
        '    return say("it is a leaf", x=x) + f"the number of {x}" + "not a leaf here"\n'
    )
    assert sorted(texts_past_say(path)) == ["not a leaf here", "the number of "]


# In Chinese nothing is left in English -----------------------------------------------------------

KEPT = {"tanh", "ReLU", "dot", "rms", "grad", "backward", "autograd", "lite", "nan", "Enter", "Esc"}


def english_in(texts):
    """Two English words in a row, in any of these texts."""
    for text in texts:
        for found in re.findall(r"[A-Za-z]{3,},? [a-z]{3,}", text):
            if not set(re.findall("[A-Za-z]+", found)) & KEPT:
                yield found


def texts_of(svg):
    return re.findall(r"<(?:text|title)[^>]*>([^<]*)<", svg) + re.findall(
        r'aria-label="([^"]*)"', svg
    )


def strings_in(data):
    if isinstance(data, str):
        yield data
    for part in data.values() if isinstance(data, dict) else data if isinstance(data, list) else ():
        yield from strings_in(part)


def chinese_views():
    import nn

    ag.set_language("zh")
    Value = ag.Value
    x, w = Value(2.0, "x"), Value(-0.6, "w")
    y = ((x * w + x * x).relu() + abs(w) + Value(0.0, "z").sqrt() * 0.0).log()
    y.backward()
    yield ag.draw(y, highlight=["w"])
    yield ag.step(neuron())
    before = ag.snapshot(y)
    w.data = -0.5
    yield ag.draw(y, before=before)
    for widths, batch in (([8, 1], 1), ([8, 8, 1], 40)):
        model = nn.MLP(2, widths, seed=0)
        losses = [(model([0.1 * k, 1.0])[0] - 1.0) ** 2 for k in range(batch)]
        loss = sum(losses[1:], losses[0])
        loss.backward()
        yield ag.draw(loss)
        yield ag.draw(loss, style="cards", max_cards=20)
        yield ag.step(loss, max_cards=20)
    monitor = nn.Monitor()
    nn.fit(
        nn.MLP(2, [4, 2], seed=0), nn.datasets.moons(30), loss=nn.cross_entropy, epochs=3, seed=0,
        optimizer=nn.Adam, callbacks=[monitor],
    )  # fmt: skip
    yield monitor.figure()


@pytest.mark.slow
def test_chinese_views_hold_no_english_sentence():
    for view in chinese_views():
        payload = view.payload()
        payload.pop("inside", None)
        texts = [*texts_of(view.svg), *(x for x in strings_in(payload) if "<svg" not in x)]
        assert list(english_in(texts)) == [], view
        page = view._page()
        visible = re.sub(r"<(script|style).*?</\1>", "", page, flags=re.S)
        assert list(english_in(re.findall(r">([^<]+)<", visible))) == [], view
    x = neuron()
    leaf = x.parents[0].parents[0].parents[0]
    printed = [ag.explain(leaf, x), ag.paths(leaf, x), ag.paths(x, leaf), ag.step(x)]
    assert list(english_in(map(str, printed))) == []
