"""The language of views: which is spoken where, and that each of them has words for all texts."""

from __future__ import annotations

import ast
import asyncio
import json
import pickle
import re
import threading
from pathlib import Path

import pytest

import autograd_lite as ag
from autograd_lite.views import language
from autograd_lite.views.language import Said, counted, said_in, say, speaking, texts
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
        lambda: ag.set_language("de"),
        lambda: ag.draw(y, language="de"),
        lambda: ag.step(y, language="de"),
        lambda: ag.explain(y, y, language="de"),
        lambda: ag.paths(y, y, language="de"),
    ):
        with pytest.raises(ValueError, match="language is one of en, zh, got 'de'"):
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
        with pytest.raises(ValueError, match="AUTOGRAD_LITE_LANGUAGE is one of en, zh"):
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


def test_what_is_said_knows_what_it_was_filled_with():
    with speaking("zh"):
        said = say("step {place} of {all}", place=2, all="{hostile}")
    assert said == "第 2 步，共 {hostile} 步"
    for again in (said, pickle.loads(pickle.dumps(said))):
        assert isinstance(again, Said)
        assert again == said
        assert (again.template, again.parts) == (
            "第 {place} 步，共 {all} 步",
            {"place": 2, "all": "{hostile}"},
        )


def test_what_a_language_lacks_is_said_in_english(monkeypatch):
    monkeypatch.setattr(language, "texts", lambda language: {})
    with speaking("zh"):
        assert say("Forward") == "Forward"
        assert counted(1, "leaf", "leaves"), counted(2, "leaf", "leaves") == ("1 leaf", "2 leaves")


def test_a_page_brings_the_words_of_its_scripts_and_no_others():
    y = neuron()

    def words(view):
        found = re.search(r'id="agv-words">(.*?)</script>', view._page())
        return found and json.loads(found[1])

    english, drawn, stepped = ag.step(y), ag.draw(y, language="zh"), ag.step(y, language="zh")
    assert words(english) is None
    assert words(drawn)["Help (?)"] == words(stepped)["Help (?)"] == "帮助（?）"
    assert "Predict first" in words(stepped)
    assert "Predict first" not in words(drawn)
    assert '<html lang="zh">' in stepped._page()
    assert "All steps" in english._page()
    assert "全部步骤" in stepped._page()
    assert "All steps" in pages.page("Seite", [english], language="de")  # a page in its own words


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


def test_texts_are_literals_with_a_part_for_each_name():
    odd = [place for path in SOURCES for place in said_in_python(path)[1]]
    assert not odd, "a text must be a literal, and be filled with the names that it has: " + str(
        odd
    )
    for path in SCRIPTS:
        script = path.read_text(encoding="utf-8")
        calls = re.findall(r"\bsay\((?!template)(.{0,60})", script)
        assert [call for call in calls if not call.startswith('"')] == [], path.name
        for key in said_in(script):
            if holes(key) - {"count"}:
                filled = re.escape(json.dumps(key, ensure_ascii=False)) + r",\s*\{([^}]*)\}"
                [*given] = re.findall(filled, script)
                assert given, (path.name, key)
                for parts in given:
                    assert set(re.findall(r"(\w+)(?=:|,|\s*$)", parts)) >= holes(key), (key, parts)


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
