"""The site builds without a warning, and nothing public is missing from it."""

import html
import os
import re
import subprocess
import sys
import zlib
from pathlib import Path
from urllib.parse import unquote

import pytest

import autograd_lite
import nn
from autograd_lite.primitive import Reduction
from autograd_lite.primitives import TABLE

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    for needed in ("sphinx", "myst_nb", "furo", "sphinx_design", "sphinx_copybutton",
                   "matplotlib", "sklearn"):  # fmt: skip
        pytest.importorskip(needed, reason=f"{needed} is not installed (extra [docs])")
    target = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-E", "-W", "-n", "--keep-going", "-q", "docs", target],
        cwd=ROOT, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    return target


@pytest.fixture(scope="module")
def documented(site):
    """The names in the inventory."""
    packed = (site / "objects.inv").read_bytes().split(b"\n", 4)[4]
    lines = zlib.decompress(packed).decode().splitlines()
    return {line.split()[0] for line in lines if " py:" in line}


@pytest.mark.parametrize("page", ["README.md", "README.zh.md", "CONTRIBUTING.md"])
def test_links_of_the_front_pages_lead_somewhere(page):
    for link in relative_links((ROOT / page).read_text(encoding="utf-8")):
        path, _, heading = link.partition("#")
        assert (ROOT / path).exists(), link
        if heading:
            assert heading in headings(ROOT / path), link


def relative_links(text):
    return re.findall(r"\]\(([^)#:][^):]*)\)", text)


def headings(path):
    """As links name them: small letters, and a hyphen for a space."""
    titles = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.M)
    return [re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles]


def test_links_in_parts_of_the_readme_hold_in_the_pages_that_include_them():
    """Sphinx must be told that they start at the root; this needs no Sphinx to find out."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    included = 0
    for page in (ROOT / "docs").rglob("*.md"):
        for directive in re.findall(
            r"^```\{include\} \S*README\.md\n(.*?)^```",
            page.read_text(encoding="utf-8"),
            re.M | re.S,
        ):
            options = dict(re.findall(r"^:([\w-]+): (.*)$", directive, re.M))
            part = readme.split(options["start-after"])[1].split(options["end-before"])[0]
            assert options.get("relative-docs") == "docs/", page
            assert all(link.startswith("docs/") for link in relative_links(part)), page
            included += 1
    assert included == 2


def test_the_two_readmes_say_the_same():
    english, chinese = (
        (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh.md")
    )
    for what in (r"^#+ ", r"^\| ", r"^>>> .*?(?:  #.*)?$", r"^    \S.*"):
        assert len(re.findall(what, english, re.M)) == len(re.findall(what, chinese, re.M)), what
    linked = r"\]\(((?:docs|notebooks)/[^)]*)\)"
    assert set(re.findall(linked, english)) <= set(re.findall(linked, chinese))
    speed = english[english.index("<!-- speed -->") :]
    for number in re.findall(r"\d[\d,.]*\d", speed):
        assert number in chinese, number


@pytest.mark.parametrize("package", [autograd_lite, nn], ids=["autograd_lite", "nn"])
def test_every_public_name_is_in_the_reference(documented, package):
    names = {f"{package.__name__}.{name}" for name in package.__all__}
    assert names <= documented, f"add to a page of docs/reference: {sorted(names - documented)}"


def test_every_method_of_a_program_is_in_the_reference(documented):
    methods = {name for name in dir(autograd_lite.Program) if not name.startswith("_")}
    assert {"value_and_grad", "summary", "to_c", "save"} <= methods
    assert {f"autograd_lite.Program.{name}" for name in methods} <= documented


def test_every_row_of_the_table_has_its_graph_formula_and_edges(site):
    page = (site / "primitives.html").read_text(encoding="utf-8")
    sections = page.split("<h3>")[1:]
    assert len(sections) == len(TABLE)
    for section in sections:
        assert section.count("<math") > 1  # the value and at least one derivative
        assert "nan" in section  # the last column of each table of edge cases
    graphs = page.count("<figure>")
    assert graphs == sum(not isinstance(row, Reduction) for row in TABLE.values())


def test_the_numbers_of_the_table_are_those_of_the_engine(site):
    page = (site / "primitives.html").read_text(encoding="utf-8")
    tanh = page[page.index('id="autograd_lite.tanh"') :].split("<h3>")[0]
    cells = [cell.split("</p>")[0] for cell in tanh.split("<td><p>")[1:]]
    assert cells == [
        "value", "−1", "−0.964", "−0.7616", "0", "0.7616", "0.964", "1", "nan",
        "d/dx", "0", "0.07065", "0.42", "1", "0.42", "0.07065", "0", "nan",
    ]  # fmt: skip


def test_pages_want_nothing_from_the_network(site):
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        for tag in ('<script src="http', '<link rel="stylesheet" href="http', '<img src="http'):
            assert tag not in text, page
        assert "@import url(http" not in text


def test_each_notebook_is_a_page(site):
    notebooks = [p for p in (ROOT / "notebooks").rglob("[0-9]*.ipynb") if ".ipynb_" not in str(p)]
    assert notebooks
    for path in notebooks:
        page = site / "tutorial" / path.relative_to(ROOT / "notebooks").with_suffix(".html")
        assert page.exists(), path


def test_each_link_of_the_site_leads_somewhere(site):
    pages = {page: page.read_text(encoding="utf-8") for page in site.rglob("*.html")}
    names = {
        page: set(re.findall(r'\b(?:id|name)="([^"]+)"', text)) for page, text in pages.items()
    }
    wrong = []
    for page, text in pages.items():
        if "_static" in page.parts or (page.parent == site and "agv-words" in text):
            continue  # pages that views wrote for themselves
        for link in set(re.findall(r'<[^>]*? (?:href|src)="([^"]+)"', text)):
            path, _, anchor = unquote(html.unescape(link)).partition("#")
            if re.match(r"[a-z]+:|//", path):
                continue
            goal = (page.parent / path.partition("?")[0]).resolve() if path else page
            if goal.is_dir():
                goal = goal / "index.html"
            views = anchor.startswith("step=")  # a place in a view, not in a page
            if not goal.exists() or (anchor and not views and anchor not in names.get(goal, ())):
                wrong.append((page.relative_to(site).as_posix(), link))
    assert wrong == []
