"""Pages for readers: links that lead somewhere, words as they are taught, two languages."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).parent.parent
NOTEBOOKS = ROOT / "notebooks"
READMES = ROOT / "README.md", ROOT / "README.zh.md"
DOCS = sorted((ROOT / "docs").glob("*.md")) + [
    page
    for folder in ("howto", "reference", "teach", "tutorial", "zh")
    for page in sorted((ROOT / "docs" / folder).glob("*.md"))
]
GUIDES = sorted(NOTEBOOKS.glob("*/*.md"))
SOURCES = sorted(NOTEBOOKS.glob("[0-9]*.py")) + sorted(NOTEBOOKS.glob("zh/[0-9]*.py"))
PAGES = [*READMES, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *DOCS, *GUIDES]


def name(path):
    return path.relative_to(ROOT).as_posix()


each_page = pytest.mark.parametrize("page", [*PAGES, *SOURCES], ids=name)
each_of_the_docs = pytest.mark.parametrize("page", DOCS, ids=name)

CODE = re.compile(r"^ *```.*?^ *```$|`[^`\n]*`", re.M | re.S)
LINK = re.compile(r"\]\(([^)\s]+)\)|\b(?:src|srcset|href)=\"([^\"]+)\"")
ROLE = re.compile(r"\{doc\}`(?:[^`<]*<)?([^`>]+)>?`")
CARD = re.compile(r"^:link: (\S+)$", re.M)


def anchors(path):
    """The anchors of headings, as code hosts and the site make them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in headings}


def links(page):
    """Where a page leads inside the project."""
    text = page.read_text(encoding="utf-8")
    if page.suffix == ".py":
        cells = re.split(r"^# %%", text, flags=re.M)
        text = "\n".join(cell for cell in cells if cell.startswith(" [markdown]"))
    for found in LINK.findall(CODE.sub("", text)):
        link = unquote(found[0] or found[1])
        if not re.match(r"[a-z]+:", link):
            yield link


def missing(page):
    """The links of a page that lead nowhere."""
    for link in links(page):
        name, _, anchor = link.partition("#")
        path = (page.parent / name).resolve() if name else page
        if path.suffix == ".html" and not path.exists():
            continue  # a page of the gallery; the site itself is tested with them
        wanted = re.match(r"step=\d", anchor) is None and path.suffix == ".md" and anchor
        if not path.exists() or (wanted and anchor not in anchors(path)):
            yield link
        elif page.is_relative_to(NOTEBOOKS) and not path.is_relative_to(NOTEBOOKS):
            yield f"{link}, which is outside of the folder that Jupyter opens"


@each_page
def test_links_lead_somewhere(page):
    assert list(missing(page)) == []


@each_of_the_docs
def test_roles_and_cards_name_pages(page):
    docs, text = ROOT / "docs", page.read_text(encoding="utf-8")
    for link in ROLE.findall(text) + CARD.findall(text):
        path = docs / link.lstrip("/") if link.startswith("/") else page.parent / link
        path = path.resolve()
        if path.is_relative_to(docs / "tutorial") and path.name != "index":
            path = NOTEBOOKS / path.relative_to(docs / "tutorial")
            assert path.with_suffix(".py").exists(), link
        else:
            assert path.with_suffix(".md").exists(), link


def test_the_tests_of_links_notice(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "# One, two\n[a](page.md#one-two) [b](page.md#three) [c](none.md) `[d](no)` [e](https://x)\n"
        '<img src="none.svg">\n```\n[f](nowhere)\n```\n',
        encoding="utf-8",
    )
    assert list(missing(page)) == ["page.md#three", "none.md", "none.svg"]


# Words --------------------------------------------------------------------------------------------

BY = re.compile(
    r"\b(?:derivative|slope|gradient|partial)s? by (?:its |the |each )?"
    r"(?:[$`*]?(?:a(?! (?!and)[a-z])|[b-zθα])(?:_?\d)?[$`*]?(?![\w'])"
    r"|operands?\b|inputs?\b|weights?\b|arguments?\b|leaves\b|logits?\b|parents?\b|parameters?\b)"
)
ZH = {"正确率": "准确率", "尖点": "不可导点", "带泄漏": "带泄露"}


@each_page
def test_a_derivative_is_taken_with_respect_to_something(page):
    text = " ".join(page.read_text(encoding="utf-8").replace("\n# ", "\n").split())
    assert BY.findall(text) == []


@each_page
def test_chinese_terms_are_those_of_the_textbooks(page):
    text = page.read_text(encoding="utf-8")
    for wrong, right in ZH.items():  # but where the glossary says that it is not the word
        assert wrong not in text.replace(f"不作“{wrong}”", ""), f"{wrong}: {right}"


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("the derivative by x", True),
        ("slopes by $w_1$", True),
        ("its partial derivatives by its operands", True),
        ("the gradient by the weights", True),
        ("a derivative by hand", False),
        ("multiply the gradient by the local derivative", False),
        ("the derivative by a difference", False),
        ("the derivative with respect to x", False),
    ],
)
def test_the_test_of_words_notices(text, wrong):
    assert bool(BY.search(text)) is wrong


# Pages --------------------------------------------------------------------------------------------


ANSWERS = [
    p for p in DOCS if p.parent.name in ("howto", "teach") and p != ROOT / "docs/howto/index.md"
]


@pytest.mark.parametrize("page", ANSWERS, ids=name)
def test_it_begins_with_the_question_that_it_answers(page):
    _, first, _ = page.read_text(encoding="utf-8").split("\n\n", 2)
    assert re.search(r"\?( |\n|$)", first), first


@pytest.mark.parametrize("file", ["index.md", "start.md"])
def test_start_pages_say_the_same_in_both_languages(file):
    english, chinese = (
        (folder / file).read_text(encoding="utf-8") for folder in (ROOT / "docs", ROOT / "docs/zh")
    )
    english = english.partition("## What one sees")[0]
    for what in (r"^>>> .*?(?:  #.*)?$", r"^\.\.\. ", r"^## ", r"^### "):
        assert len(re.findall(what, english, re.M)) == len(re.findall(what, chinese, re.M)), what
    rows = [line for line in english.splitlines() if line.startswith("| ")]
    assert len(rows) == sum(line.startswith("| ") for line in chinese.splitlines())
    for command in re.findall(r"`([^`]+)`", ROLE.sub("", "\n".join(rows))):
        stem = command.split(" -")[0].split("=lab")[0]
        assert stem in chinese or command.startswith(("<", "notebooks/")), command


def title(source):
    """What a notebook is called, without its number."""
    return re.search(r"^# # \S+ (.+)$", source.read_text(encoding="utf-8"), re.M)[1]


@pytest.mark.parametrize("source", SOURCES, ids=name)
def test_the_lists_of_notebooks_have_each_under_its_title(source):
    for page in (*READMES, NOTEBOOKS / "zh" / "README.md"):
        if page.parent == ROOT or source.parent == page.parent:
            path = source.with_suffix(".ipynb").relative_to(page.parent).as_posix()
            assert f"[{title(source)}]({path})" in page.read_text(encoding="utf-8"), page
