"""The colours of every picture and page, in a light and a dark theme.

Pictures carry the light colours as plain attributes, which every renderer understands, and a style
sheet that replaces them in the dark: by the reader's setting, or by `data-theme` on the `<svg>`.
Blue is a positive gradient and orange a negative one, always with an arrow beside the colour; what
is no finite number is purple and hatched. Where a reader forces colours of his own, shapes and
signs say all. Paper is always light.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

CHINESE = "'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Noto Sans SC'"
FONT = f"'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'DejaVu Sans', {CHINESE}, sans-serif"
MONO = "ui-monospace, 'Cascadia Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace"

ROLES: dict[str, tuple[str, str]] = {  # the light colour, the dark colour
    "ground": ("#ffffff", "#11151b"),
    "card": ("#ffffff", "#1a2028"),
    "leaf": ("#f3f5f8", "#232b36"),
    "ink": ("#1b2430", "#e9edf3"),
    "muted": ("#566172", "#9ba7b7"),
    "line": ("#d3d9e2", "#3a4553"),
    "accent": ("#0a7a5a", "#35d6a8"),
    "positive": ("#1a5fbd", "#82b9ff"),
    "negative": ("#b34a00", "#ffab66"),
    "positive-tint": ("#e4eefc", "#14304f"),
    "negative-tint": ("#fdebdd", "#47280f"),
    "zero-tint": ("#f3f5f8", "#232b36"),
    "positive-line": ("#4a8ae0", "#5b95e0"),
    "negative-line": ("#d9702c", "#d0803f"),
    "neutral-line": ("#8a95a5", "#66748a"),
    "nan": ("#8a1164", "#ff9fdc"),
    "nan-tint": ("#fbe3f3", "#3d1230"),
    "nan-hatch": ("#f0bfe0", "#5c1f4a"),
    "nan-line": ("#8a1164", "#ff9fdc"),
}
PAINT = re.compile(
    r'class="(ag-[fs]-[a-z-]+(?: ag-s-[a-z-]+)?)"(?: (?:fill|stroke)="#[0-9a-f]{6}")+'
)
GROUNDS = ("ground", "card", "leaf", "positive-tint", "negative-tint", "zero-tint", "nan-tint")


@functools.cache
def fill(role: str) -> str:
    """The attributes of something filled with the colour of a role.

    >>> fill("ink")
    'class="ag-f-ink" fill="#1b2430"'
    """
    return f'class="ag-f-{role}" fill="{ROLES[role][0]}"'


@functools.cache
def stroke(role: str) -> str:
    """The attributes of a line in the colour of a role.

    >>> stroke("line")
    'class="ag-s-line" stroke="#d3d9e2"'
    """
    return f'class="ag-s-{role}" stroke="{ROLES[role][0]}"'


@functools.cache
def both(filled: str, stroked: str) -> str:
    """The attributes of something filled with one colour and outlined in another."""
    return (
        f'class="ag-f-{filled} ag-s-{stroked}" '
        f'fill="{ROLES[filled][0]}" stroke="{ROLES[stroked][0]}"'
    )


def style(roles: Iterable[str] = ROLES) -> str:
    """The style sheet inside a picture: its dark colours, and the light ones if asked for.

    `roles` are those of the picture; those that it does not have need no rules.
    """
    roles = [role for role in ROLES if role in set(roles)]
    light = _rules(0, 'svg.ag[data-theme="light"] ', roles)
    dark = _rules(1, 'svg.ag[data-theme="dark"] ', roles)
    by_setting = _rules(1, "svg.ag ", roles)
    return (
        f"@media screen and (prefers-color-scheme:dark){{{by_setting}}}"
        f"@media screen{{{light}{dark}}}@media (forced-colors:active){{{forced()}}}"
    )


def forced(scope: str = "svg.ag ") -> str:
    """The rules for readers who force colours of their own: two of these stand for all roles."""
    behind = ",".join(f"{scope}.ag-f-{role}" for role in GROUNDS)
    return (
        f'{scope}[class*="ag-f-"]{{fill:CanvasText}}{scope}[class*="ag-s-"]{{stroke:CanvasText}}'
        f"{behind}{{fill:Canvas}}{scope}.ag-s-nan-hatch{{stroke-opacity:.35}}"
    )


def painted(svg: str, theme: str) -> str:
    """A picture that stays in one theme, whatever the reader's setting, in every renderer.

    Args:
        svg: a picture of ours.
        theme: "light" or "dark".

    >>> painted(f'<svg class="ag"><path {fill("card")}/></svg>', "dark")
    '<svg class="ag" data-theme="dark"><path class="ag-f-card" fill="#1a2028"/></svg>'
    """
    index = ("light", "dark").index(theme)

    def recolored(match: re.Match[str]) -> str:
        names = match[1].split()
        colors = [f' {"fill" if x[3] == "f" else "stroke"}="{ROLES[x[5:]][index]}"' for x in names]
        return f'class="{match[1]}"{"".join(colors)}'

    svg = svg.replace('class="ag"', f'class="ag" data-theme="{theme}"', 1)
    return PAINT.sub(recolored, svg)


def unpainted(svg: str) -> str:
    """A picture of ours for a page with our style sheet, without colours of its own.

    >>> unpainted(f'<path {fill("card")}/>')
    '<path class="ag-f-card"/>'
    """
    return PAINT.sub(r'class="\1"', svg)


def _rules(theme: int, scope: str, roles: Iterable[str]) -> str:
    return "".join(
        f"{scope}.ag-f-{role}{{fill:{ROLES[role][theme]}}}"
        f"{scope}.ag-s-{role}{{stroke:{ROLES[role][theme]}}}"
        for role in roles
    )


def roles_in(body: str) -> set[str]:
    """The roles of the colours of a picture.

    >>> sorted(roles_in(f'<rect {both("card", "line")}/>'))
    ['card', 'line']
    """
    return {name[5:] for names in PAINT.findall(body) for name in names.split()}


def variables(theme: int) -> str:
    """The colours as CSS variables, `--ag-ink` and so on, for pages; 0 is light and 1 dark.

    >>> variables(0)[:37]
    '--ag-ground:#ffffff;--ag-card:#ffffff'
    """
    return "".join(f"--ag-{role}:{colors[theme]};" for role, colors in ROLES.items())
