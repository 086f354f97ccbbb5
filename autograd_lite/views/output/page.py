"""page: pictures, steppers and text as one HTML file that needs no network.

Everything is inside: styles, the script, the data as JSON. A content security policy forbids any
request and any other script, so a page from an unknown hand can do no harm. Without scripts the
pictures and all steps as text are there still; printing prints them.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ...javascript.module import every_row, module
from .. import theme
from ..language import ENGLISH, in_language, languages, say, script_words, speaking, spoken_here
from ..text import shortened
from .compact import compact_script, compact_style
from .svg import escaped, language_of, size_of

ENDS = re.compile(r' data-source="\w+" data-target="\w+"')
LOOKS = re.compile(  # what picture.css says of each line and number of a picture of cards
    r' font-family="[^"]*"| text-anchor="end"(?= data-part="(?:data|gradient-text)")'
    r'|(?<=<path data-part="line")( class="[^"]*") fill="none"( stroke-width="[^"]*")'
    r'(?: stroke-linecap="round")?'
)
STYLE = re.compile("<style>.*?</style>", re.DOTALL)
HERE = Path(__file__).parent
VIEW = '<div class="agv"'  # where the script finds a view
SCRIPTS = ("host",)  # files of js/, in this order
STYLES = ("picture", "controls", "page")  # files of css/, likewise
PARTS = {  # what only pages need with this text in a payload: files of js/, and of css/
    '"cards":[': (("stage", "hands", "overview", "graph", "keyboard"), ("tools", "stage")),
    '"kind":"step"': (
        (
            "numbers",
            "model",
            "rules",
            "timeline",
            "equations",
            "pills",
            "ink",
            "faces",
            "predict",
            "nudge",
            "link",
            "pull",
            "slope",
            "live",
            "stepper",
        ),
        ("stepper", "pills", "timeline", "live"),
    ),
    '"alive":true': (
        ("numbers", "model", "ink", "faces", "pull", "slope", "live", "drawn"),
        ("live",),
    ),
    '"kind":"net"': (("patch", "net", "net_places", "net_panel"), ("net", "net_panel")),
    '"modes":[': (  # of a net with live numbers
        (
            "numbers",
            "model",
            "ink",
            "pull",
            "slope",
            "live",
            "net_numbers",
            "net_words",
            "net_live",
        ),
        ("live", "net_live"),
    ),
    '"opens":[': (("lens",), ("lens",)),
    '"program":{"blocks":': (("source",), ("source",)),
    '"kind":"play"': (
        (
            "numbers",
            "play_training",
            "play_canvas",
            "play_plane",
            "play_net",
            "play_losses",
            "play_bar",
            "play_key",
            "play_table",
            "play_words",
            "play",
        ),
        ("play_net", "play"),
    ),
    '"shows":"curve"': (("play_curve",), ()),
    '"shows":"samples"': (("play_samples",), ()),
}


@dataclass(slots=True, kw_only=True)
class Section:
    """A part of a page; what is empty is left out, the rest comes in this order.

    Attributes:
        title: the heading.
        text: plain text; a blank line begins a new paragraph.
        rows: a table, its head first.
        svg: a picture of ours, as text.
        view: a Picture, a Stepper, or the payload of one.
        html: HTML from a source that you trust.
        key: where links lead: `#key`.
    """

    title: str = ""
    text: str = ""
    rows: Sequence[Sequence[str]] = ()
    svg: str = ""
    view: Any = None
    html: str = ""
    key: str = ""


def page(
    title: str,
    sections: Iterable[Any],
    *,
    language: str | None = None,
    style: str = "",
    headed: bool = True,
) -> str:
    """One HTML file, to be opened from disk or served from anywhere.

    Args:
        title: of the page, and its first heading.
        sections: `Section`s; a Picture or a Stepper may stand for a section with only that view.
            A page of only one view is its stage: it fills the window.
        language: of the text, as `en` or `zh`; by default that of its first view. A page in
            another language has English buttons.
        style: more CSS.
        headed: whether the title is shown above the sections.

    >>> from autograd_lite.views.output.page import Section, page
    >>> text = page("Loss", [Section(title="Result", text="It went down.")])
    >>> text[:15], "<h2>Result</h2>" in text
    ('<!DOCTYPE html>', True)
    """
    listed = [part if isinstance(part, Section) else Section(view=part) for part in sections]
    language = language or next(filter(None, (_language(part.view) for part in listed)), None)
    language = language or spoken_here()
    with speaking(language if language in languages() else ENGLISH):
        return _page(title, listed, language, style, headed)


def _language(view: Any) -> str | None:
    """The language that a view was made in, or the payload of one."""
    if isinstance(view, Mapping):
        return language_of(view["svg"])
    return getattr(view, "language", None)


def _page(
    title: str,
    listed: Sequence[Section],
    language: str,
    style: str,
    headed: bool,
) -> str:
    sole = len(listed) == 1 and listed[0] == Section(view=listed[0].view)
    parts = [_section(part) for part in listed]
    text = "".join(parts)
    needed = tuple(part for part in PARTS if part in text)
    script = in_language(_script(needed), language) if VIEW in text else ""
    words = script_words(script, language)
    script = compact_script(_computing(text) + script) if script else ""
    allowed = f"'sha256-{_digest(script)}'" if script else "'none'"
    policy = (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
        f"script-src {allowed}; base-uri 'none'; form-action 'none'"
    )
    return "\n".join(
        [
            "<!DOCTYPE html>",
            f'<html lang="{escaped(language)}">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            f"<title>{escaped(title)}</title>",
            '<link rel="icon" href="data:,">',  # else a browser asks the server for one
            f"<style>{css(needed)}{style}</style>",
            "</head>",
            f'<body class="agv-page{" agv-sole" if sole and script else ""}">',
            "<main>",
            *([f"<h1>{escaped(title)}</h1>"] if headed else []),
            *parts,
            "</main>",
            *([_words(words)] if words else []),
            *([f'<script type="module">{script}</script>'] if script else []),
            "</body>",
            "</html>",
            "",
        ]
    )


def _words(words: Mapping[str, str]) -> str:
    """What the scripts of a page say in its language."""
    return f'<script type="application/json" id="agv-words">{script_json(words)}</script>'


def _section(section: Section) -> str:
    key = f' id="{escaped(section.key)}"' if section.key else ""
    inside = [f"<h2>{escaped(shortened(section.title, 200))}</h2>"] if section.title else []
    inside += [
        f"<p>{escaped(paragraph)}</p>"
        for paragraph in section.text.split("\n\n")
        if paragraph.strip()
    ]
    if section.rows:
        inside.append(_table(section.rows))
    if section.svg:
        inside.append(f'<figure class="agv-figure">{section.svg}</figure>')
    if section.view is not None:
        inside.append(embedded(section.view, "h3" if section.title else "h2"))
    inside.append(section.html)
    return f"<section{key}>\n" + "\n".join(inside) + "\n</section>"


def _table(rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{escaped(cell)}</th>' for cell in rows[0])
    body = "".join(
        "<tr>" + "".join(f"<td>{escaped(cell)}</td>" for cell in row) + "</tr>" for row in rows[1:]
    )
    return (
        f'<div class="agv-wide" tabindex="0" role="group" aria-label="{escaped(say("Table"))}">'
        f"<table><thead><tr>"
        f"{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def embedded(view: Any, heading: str = "h3") -> str:
    """A view's place in a page: its picture, its steps as text, and its data for the script.

    Args:
        view: a Picture, a Stepper, or the payload of one.
        heading: the kind of element above the steps.
    """
    data = dict(view if isinstance(view, Mapping) else view.payload())
    svg, rows, listed = data.pop("svg"), data.pop("rows", ()), data.pop("listed", ())
    svg = LOOKS.sub(r"\1\2", theme.unpainted(STYLE.sub("", svg)))  # the page's styles say this,
    svg = ENDS.sub("", svg)  # and the data this
    return (
        f'{VIEW} role="group" aria-label="{escaped(data["label"])}">'
        f'<div class="agv-picture" style="--agv-wide:{size_of(svg)[0]}px">{svg}</div>'
        f"{_all_steps(listed, heading)}{_all_numbers(rows) if rows else ''}"
        f"{_listing(data['program'], heading) if 'program' in data else ''}"
        f'<script type="application/json">{script_json(data)}</script></div>'
    )


def _all_steps(listed: Sequence[Sequence[Any]], heading: str) -> str:
    """Every step as text: for print, and where no script runs."""
    items = []
    for title, note, *lines in listed:
        more = escaped(say(": ") + note) if note else ""
        said = "".join(
            f"<code>{escaped(text)}{f' <i>{escaped(rule)}</i>' if rule else ''}</code>"
            for text, rule in lines
        )
        items.append(f"<li><b>{escaped(title)}</b>{more}{said}</li>")
    if not items:
        return ""
    head = f"<{heading}>{escaped(say('All steps'))}</{heading}>"
    return f'<div class="agv-all">{head}<ol>{"".join(items)}</ol></div>'


def _all_numbers(rows: Sequence[Sequence[str]]) -> str:
    """The numbers of a picture as a table; the script folds it away."""
    summary = escaped(say("All numbers as a table"))
    return f'<details class="agv-numbers" open><summary>{summary}</summary>{_table(rows)}</details>'


def _listing(program: Mapping[str, Any], heading: str) -> str:
    """The program beside a graph as text: for print, and where no script runs."""
    parts = []
    for block in program["blocks"]:
        wide = len(str(max((number for number, _ in block["rows"]), default=0)))
        lines = "".join(
            f"{number or '':>{wide}}  {escaped(text)}\n" for number, text in block["rows"]
        )
        note = f"<p>{escaped(block['note'])}</p>" if "note" in block else ""
        parts.append(f'<p>{escaped(block["title"])}</p><pre tabindex="0">{lines}</pre>{note}')
    title = escaped(say("The program"))
    return f'<div class="agv-listing"><{heading}>{title}</{heading}>{"".join(parts)}</div>'


def script_json(data: Any) -> str:
    """JSON that may stand inside `<script>`: nothing in it ends the element or begins another."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text.encode("utf-8", "replace").decode()


def _joined(kind: str, names: Sequence[str]) -> str:
    """These files as one text."""
    files = ((HERE / kind / f"{name}.{kind}").read_text(encoding="utf-8") for name in names)
    return "".join(files)


@cache
def css(parts: tuple[str, ...] = tuple(PARTS)) -> str:
    """The styles of views and pages, with the colours of the theme; of PARTS those given."""
    light, dark = theme.variables(0), theme.variables(1)
    any_ = ":is(.agv,.agv-page)"
    colors = (
        f".agv,.agv-page{{{light}--ag-font:{theme.FONT};--ag-mono:{theme.MONO}}}"
        "@media screen and (prefers-color-scheme:dark)"
        f'{{{any_}:not([data-theme="light"]){{{dark}}}}}'
        f'@media screen{{{any_}[data-theme="dark"]{{{dark}}}}}'
    )
    roles = "".join(
        f".agv .ag .ag-f-{role}{{fill:var(--ag-{role})}}"
        f".agv .ag .ag-s-{role}{{stroke:var(--ag-{role})}}"
        for role in theme.ROLES
    )
    forced = f"@media (forced-colors:active){{{theme.forced('.agv .ag ')}}}"
    files = [name for part in parts for name in PARTS[part][1]]
    return (
        colors + roles + forced + compact_style(_joined("css", [*STYLES[:-1], *files, STYLES[-1]]))
    )


@cache
def javascript(parts: tuple[str, ...] = tuple(PARTS)) -> str:
    """The module `export default { render }` that brings views to life; of PARTS those given."""
    files = dict.fromkeys(name for part in parts for name in PARTS[part][0])
    font = f"const FONT = {json.dumps(theme.FONT)};\n" if "ink" in files else ""
    return font + _joined("js", [*SCRIPTS, *files]) + "export default { render };\n"


@cache
def whole_javascript() -> str:
    """The module for any view: all parts, and the engine with every row of the table."""
    return module(every_row(), every_row()) + javascript()


def _computing(text: str) -> str:
    """The engine of the programs in a page, with the rows of the table that they use; or none."""
    read = json.JSONDecoder().raw_decode  # a notebook that was stored has the keys in another order
    found = [read(text, match.end())[0] for match in re.finditer(r'"program":(?=\{)', text)]
    programs = [program for program in found if "rows" in program]
    if not programs:
        return ""
    rows, masked = ({x for each in programs for x in each[key]} for key in ("rows", "masked"))
    tape = '"kind":"play"' in text
    return module(sorted(rows), sorted(masked), tape=tape)


@cache
def _script(parts: tuple[str, ...]) -> str:
    """The module with the lines that start it on every view of a page."""
    script = javascript(parts).replace("export default", "const view =", 1)
    start = """
const parsed = (node) => JSON.parse(node?.textContent ?? "{}");
const words = parsed(document.getElementById("agv-words"));
for (const el of document.querySelectorAll(".agv")) {
  const payload = { ...parsed(el.querySelector(":scope > script")), words };
  view.render({ model: { get: () => payload, on() {} }, el });
}
"""
    return script + _joined("js", ["frame"]) + start


def element() -> str:
    """The script of `<autograd-view>`, which shows a saved page inside another one.

    >>> 'customElements.define("autograd-view"' in element()
    True
    """
    return _joined("js", ["element"])


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
