"""Files for releases: the notes come from CHANGELOG, and only where all name the same version."""

import ast
import importlib.util
import re
from pathlib import Path

import pytest

import autograd_lite as ag

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / ".github" / "release_notes.py"
pytestmark = pytest.mark.skipif(not SCRIPT.exists(), reason="wants the repository")


def test_the_notice_names_each_file_of_data_with_its_licence():
    notice = (ROOT / "nn" / "data" / "NOTICE").read_text(encoding="utf-8")
    for path in (ROOT / "nn" / "data").iterdir():
        if path.name != "NOTICE":
            part = notice.partition(f"{path.name}: ")[2].partition("\n\n")[0]
            assert "licence" in part or "public domain" in part, path.name


def script():
    spec = importlib.util.spec_from_file_location("release_notes", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def notes_of(folder, version, changelog, named=None):
    for name in script().NAMED:
        text = (ROOT / name).read_text(encoding="utf-8")
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = re.sub('date-released: ".*"', 'date-released: "2026-12-01"', text)
        path.write_text(text.replace(ag.__version__, version), encoding="utf-8")
    if named:
        (folder / "pyproject.toml").write_text(f'version = "{named}"\n')
    (folder / "CHANGELOG.md").write_text(changelog)
    return script().notes(version, folder)


def test_all_files_name_one_version():
    for name, pattern in script().NAMED.items():
        text = (ROOT / name).read_text(encoding="utf-8")
        assert re.findall(pattern, text, re.M) == [ag.__version__], name


def test_all_files_name_the_same_pythons_and_licence():
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    pythons = re.findall(r'"Programming Language :: Python :: 3\.(\d+)"', project)
    assert re.findall(r'"cp3(\d+)-\*"', project) == pythons  # of which there are wheels
    assert re.search(r'requires-python = ">=3\.(\d+)"', project)[1] == pythons[0]
    tests = (ROOT / ".github" / "workflows" / "tests.yml").read_text(encoding="utf-8")
    assert re.findall(r'"3\.(\d+)"', re.search(r"python: \[(.*)\]", tests)[1]) == pythons
    wheels = (ROOT / ".github" / "wheels.py").read_text(encoding="utf-8")
    first, stop = re.search(r"range\((\d+), (\d+)\)", wheels).groups()
    assert [str(minor) for minor in range(int(first), int(stop))] == pythons
    recipe = (ROOT / "recipe" / "recipe.yaml").read_text(encoding="utf-8")
    licence = re.search(r"^  license: (.*)$", recipe, re.M)[1]
    assert f'license = "{licence}"' in project
    cited = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    code, data = licence.split(" AND ")  # both hold; a list in CITATION.cff would mean: either
    assert re.search(r"^license: (\S+)", cited, re.M)[1] == code
    abstract = " ".join(cited[cited.index("abstract:") :].split())
    assert f"are under {data.replace('-', ' ')}" in abstract
    for name, bound in re.findall(r'^    "(graphviz|tqdm)(>=[\d.]+)",?', project, re.M):
        assert re.search(rf"^    - (python-)?{name} {bound}$", recipe, re.M), name


def test_wheels_are_built_with_the_pinned_setuptools():
    pinned = (ROOT / ".github" / "requirements" / "build.txt").read_text(encoding="utf-8")
    (version,) = re.findall(r"^setuptools==([\d.]+) ", pinned, re.M)
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f'pip install setuptools=={version}"' in project


def test_the_changelog_and_the_citation_are_of_one_day():
    assert script().notes(ag.__version__)


def test_the_notes_are_the_section_of_the_version(tmp_path):
    changelog = "## 0.3.0 (2027-01-01)\n\nLater.\n\n## 0.2.0 (2026-12-01)\n\n- Here.\n\n## 0.1.0\n"
    assert notes_of(tmp_path, "0.2.0", changelog) == "- Here.\n"


@pytest.mark.parametrize(
    ("version", "changelog", "named", "told"),
    [
        ("0.2.0", "## 0.2.0 (unreleased)\n\n- Here.\n", None, "unreleased"),
        ("0.2.0", "## 0.2.0 (2026-12-01)\n\n", None, "says nothing"),
        ("0.2.0", "## 0.2.1 (2026-12-01)\n\n- Here.\n", None, "no section"),
        ("0.2.0", "## 0.2.0 (2026-12-02)\n\n- Here.\n", None, "is of another day"),
        (
            "0.2.0",
            "## 0.2.0 (2026-12-01)\n\n- Here.\n",
            "0.1.0",
            "pyproject.toml is of version 0.1.0",
        ),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path, version, changelog, named, told):
    with pytest.raises(ValueError, match=told):
        notes_of(tmp_path, version, changelog, named)


def test_the_readme_of_an_index_needs_no_repository():
    tree = ast.parse((ROOT / "setup.py").read_text(encoding="utf-8"))
    (function,) = (node for node in tree.body if getattr(node, "name", None) == "readme_for_index")
    found = {"re": re, "Path": Path, "__file__": str(ROOT / "setup.py")}
    exec(compile(ast.Module([function], []), "setup.py", "exec"), found)
    text = found["readme_for_index"]()
    assert "](" not in re.sub(r"\]\((https?:|#)", "", text)
    assert not re.search(r"<(picture|img|source|!--)", text)
    for section in re.findall(r"^## .*$", (ROOT / "README.md").read_text(encoding="utf-8"), re.M):
        assert section in text
