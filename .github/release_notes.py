"""The notes of a release, from CHANGELOG.md: python .github/release_notes.py 0.2.0

Prints the section of that version. Fails where a file that names the version has another one, where
CHANGELOG.md has no such section or an empty one, where it is called unreleased, and where
CITATION.cff has another date.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
NAMED = {
    "pyproject.toml": r'^version = "(.*)"$',
    "autograd_lite/__init__.py": r'^__version__ = "(.*)"$',
    "CITATION.cff": r"^version: (.*)$",
    "docs/teach/index.md": r"^  version = \{(.*)\},$",
    "recipe/recipe.yaml": r'^  version: "(.*)"$',
}


def notes(version: str, root: Path = ROOT) -> str:
    """The text of the version's section."""
    for name, pattern in NAMED.items():
        found = re.search(pattern, (root / name).read_text(encoding="utf-8"), re.M)
        if found is None or found[1] != version:
            raise ValueError(f"{name} is of version {found and found[1]}, not {version}")
    cited = (root / "CITATION.cff").read_text(encoding="utf-8")
    parts = re.split(r"^## (.*)\n", (root / "CHANGELOG.md").read_text(encoding="utf-8"), flags=re.M)
    for heading, text in zip(parts[1::2], parts[2::2]):
        if heading.split()[0] == version:
            if "unreleased" in heading:
                raise ValueError(f"CHANGELOG.md calls {version} unreleased: write the date there")
            if not text.strip():
                raise ValueError(f"CHANGELOG.md says nothing of {version}")
            if f'date-released: "{heading.split()[-1].strip("()")}"' not in cited:
                raise ValueError(f"CITATION.cff is of another day than {heading}")
            return text.strip() + "\n"
    raise ValueError(f"CHANGELOG.md has no section of {version}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    try:
        print(notes(sys.argv[1]), end="")
    except ValueError as error:
        sys.exit(str(error))
