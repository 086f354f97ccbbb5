"""python -m benchmarks.readme: the tables of both READMEs, from what was measured last.

`python -m benchmarks --readme` measures and writes them in one go. No figure of those tables is
typed by hand: each block from `<!-- figures: ... -->` to `<!-- end of figures -->` is made here.
"""

from __future__ import annotations

import json
import re
import statistics
from pathlib import Path
from typing import Any

from .registry import NATIVE, PARTS, PYTHON, TAPE

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / "benchmarks.json"
READMES = {"en": ROOT / "README.md", "zh": ROOT / "README.zh.md"}

Results = dict[str, dict[str, list[float]]]
"""The seconds of each round, by case and contestant."""

FLOATS = "bare floats, forward only"
SLOTS = "slots and tuples, no engine"
NAMES = {  # how a contestant is called in a table, in English and Chinese
    FLOATS: ("bare floats *forward only*", "裸浮点数*仅前向*"),
    SLOTS: ("a slots-and-tuples Value", "slots 加元组的 Value"),
    f"{NATIVE}, plain loops": ("our plain loops", "我们的朴素循环"),
    "PyTorch scalars": ("PyTorch scalars", "PyTorch 标量"),
    "PyTorch tensors": ("PyTorch tensors", "PyTorch 张量"),
    "JAX, jit": ("JAX", "JAX"),
    "JAX, jit and vmap": ("JAX (vmap)", "JAX（vmap）"),
    "tinygrad, TinyJit": ("tinygrad", "tinygrad"),
    "NumPy, deltas by hand": ("NumPy by hand", "NumPy 手写"),
    "NumPy and SciPy, Greeks by hand": ("NumPy by hand", "NumPy 手写"),
    "a switch loop in C": ("a switch loop in C", "C 写的 switch 循环"),
    "CasADi, built once": ("CasADi", "CasADi"),
    "CasADi, mapped": ("CasADi", "CasADi"),
    "ddx-ad, built once": ("ddx-ad", "ddx-ad"),
    "ddx-ad, a batch": ("ddx-ad", "ddx-ad"),
    NATIVE: ("our native engine", "我们的原生引擎"),
}
RECORDERS = ("micrograd", SLOTS, "PyTorch scalars", "XAD", "HIPS autograd")
ARRAYS = (
    FLOATS, f"{NATIVE}, plain loops", "HIPS autograd", "PyTorch tensors", "JAX, jit",
    "JAX, jit and vmap", "tinygrad, TinyJit", "NumPy, deltas by hand",
)  # fmt: skip
Row = tuple[str, str, str]
SCALAR_ROWS: list[Row] = [  # the case, and its name in both languages
    ("mlp_loops", "2-16-16-1 MLP, 100 samples, plain loops (64,400 operations)",
     "2-16-16-1 多层感知机，100 个样本，朴素循环（64,400 次运算）"),
    ("gpt", "a scalar GPT, 4,192 parameters, one name, plain loops",
     "标量 GPT，4,192 个参数，一个名字，朴素循环"),
    ("graph", "a graph of 10,000 operations", "10,000 次运算的计算图"),
    ("rosenbrock", "gradient of Rosenbrock, 1,000 variables",
     "Rosenbrock 函数的梯度，1,000 个变量"),
    ("black_scholes", "Black-Scholes with five Greeks, 100 times",
     "Black-Scholes 及五个希腊值，100 次"),
    ("chain", "a chain of 200,000 additions", "200,000 次加法的链"),
]  # fmt: skip
ARRAY_ROWS: list[Row] = [
    ("mlp_natural", "the same net, each in its natural style", "同一网络，各用各的自然写法"),
    ("gpt_natural", "the same GPT, each in its natural style", "同一 GPT，各用各的自然写法"),
    ("rosenbrock", "gradient of Rosenbrock, 1,000 variables",
     "Rosenbrock 函数的梯度，1,000 个变量"),
    ("black_scholes", "Black-Scholes with five Greeks, 100 times",
     "Black-Scholes 及五个希腊值，100 次"),
    ("moons", "from `python script.py` to a trained moons net",
     "从 `python script.py` 到训练好的 moons 网络"),
]  # fmt: skip
TAPE_ROWS: list[Row] = [
    ("tiny", "one call of x·y + x with its gradient", "一次调用 x·y + x 及其梯度"),
    ("mlp_natural", "that net, 100 samples", "该网络，100 个样本"),
    ("mlp_1000", "that net, 1,000 samples", "该网络，1,000 个样本"),
    ("gpt_step", "training that GPT, 12 steps with Adam", "训练这个 GPT，用 Adam 走 12 步"),
    ("graph_replay", "that graph of 10,000 operations on new inputs",
     "同一个 10,000 次运算的图，换新输入"),
    ("part_replay", "its first 200 operations", "其中前 200 次运算"),
    ("rosenbrock", "gradient of Rosenbrock, 1,000 variables, of a list",
     "Rosenbrock 函数的梯度，1,000 个变量，列表"),
    ("rosenbrock_array", "the same, ndarray in and out", "同上，ndarray 输入输出"),
    ("black_scholes_10000", "Black-Scholes with five Greeks, 10,000 times",
     "Black-Scholes 及五个希腊值，10,000 次"),
]  # fmt: skip
HEADS = {
    "scalars": (
        "| the same work | native, ms | ours in Python | other scalar engines |",
        "| 同样的工作 | 原生引擎，毫秒 | 我们的 Python 引擎 | 其他标量引擎 |",
    ),
    "arrays": (
        "| the same work | native, ms | array libraries, and bare floats |",
        "| 同样的工作 | 原生引擎，毫秒 | 数组库，以及裸浮点数 |",
    ),
    "compiled": (
        "| the same work | tape, ms | our native engine | peers |",
        "| 同样的工作 | 计算带，毫秒 | 我们的原生引擎 | 其他库 |",
    ),
}


def short(x: float, digits: int = 3) -> str:
    return f"{x:,.0f}" if x >= 100 else f"{x:.{digits}g}"


def quartiles(numbers: list[float]) -> tuple[float, float, float]:
    if len(numbers) == 1:
        return numbers[0], numbers[0], numbers[0]
    low, middle, high = statistics.quantiles(numbers, n=4, method="inclusive")
    return low, middle, high


def ratio(times: list[float], base: list[float]) -> tuple[float, str]:
    """The median of ratios taken round by round; as text with half of the quartiles' range."""
    low, middle, high = quartiles([t / b for t, b in zip(times, base)])
    spread = f" ± {short((high - low) / 2, 2)}" if len(times) > 1 else ""
    return middle, short(middle) + spread


class Tables:
    """The blocks of one language, by name."""

    def __init__(self, results: Results, language: str) -> None:
        self.place = list(READMES).index(language)
        self.results = {
            case: {
                name: [t / PARTS.get((case, name), 1) for t in times]
                for name, times in found.items()
            }
            for case, found in results.items()
        }

    def name(self, contestant: str) -> str:
        return NAMES.get(contestant, (contestant,) * 2)[self.place]

    def peers(self, case: str, base: str, wanted: Any) -> str:
        """The others, from the slowest to the fastest; those that are faster than ours bold."""
        found, cells = self.results[case], []
        for name, times in found.items():
            if name != base and wanted(name):
                middle, text = ratio(times, found[base])
                mark = "**" if middle < 1.0 else ""
                cells.append((middle, f"{mark}{self.name(name)} {text}{mark}"))
        return ", ".join(text for _, text in sorted(cells, reverse=True))

    def row(self, row: Row, base: str, columns: list[str]) -> str:
        time = 1e3 * quartiles(self.results[row[0]][base])[1]
        return f"| {' | '.join([row[1 + self.place], short(time), *columns])} |"

    def one(self, case: str, name: str, base: str) -> str:
        """The ratio of one contestant, for a column of its own."""
        found = self.results[case]
        return ratio(found[name], found[base])[1] if name in found else ""

    def table(self, head: str, lines: list[str]) -> str:
        title = HEADS[head][self.place]
        return "\n".join([title, "|---" * (title.count("|") - 1) + "|", *lines])

    def scalars(self) -> str:
        lines = []
        for row in self._there(SCALAR_ROWS, NATIVE):
            others = self.peers(row[0], NATIVE, lambda name: name in RECORDERS)
            python = self.one(row[0], PYTHON, NATIVE)
            lines.append(self.row(row, NATIVE, [python, others]))
        return self.table("scalars", lines)

    def arrays(self) -> str:
        lines = []
        for row in self._there(ARRAY_ROWS, NATIVE):
            others = self.peers(row[0], NATIVE, lambda name: name in ARRAYS)
            lines.append(self.row(row, NATIVE, [others]))
        return self.table("arrays", lines)

    def compiled(self) -> str:
        lines, lost = [], []
        for row in self._there(TAPE_ROWS, TAPE):
            case = row[0]
            ours = (NATIVE, PYTHON, f"{NATIVE}, plain loops", f"{TAPE}, a batch", FLOATS)
            ours += ("micrograd", "HIPS autograd")  # which replay nothing
            others = self.peers(case, TAPE, lambda name, ours=ours: name not in ours)
            lines.append(self.row(row, TAPE, [self.one(case, NATIVE, TAPE), others]))
            if "**" in others:
                lost.append(row[1 + self.place])
        return self.table("compiled", lines) + "\n\n" + self.lost(lost)

    def lost(self, rows: list[str]) -> str:
        """One line under the compiled table."""
        if self.place:
            if not rows:
                return "没有任何一行是其他库更快。"
            reason = "那里它们按数组计算，或整段程序由编译器优化。"
            return f"粗体的库更快，在这些行：{'；'.join(rows)}。{reason}"
        if not rows:
            return "No peer is ahead in any row."
        return (
            f"Bold peers are ahead, in: {'; '.join(rows)}. There they work on whole arrays, or a "
            "compiler has optimised the program as a whole."
        )

    def facts(self) -> str:
        """What a node, an operation and a call cost."""
        micro = lambda case, name: 1e6 * quartiles(self.results[case][name])[1]
        native = 1e3 * micro("mlp_loops", NATIVE) / 64_400
        python = micro("mlp_loops", PYTHON) / 64_400
        compiling = micro("compile", TAPE)
        calls = 1e6 / micro("tiny", TAPE)
        jax = short(micro("compile", "JAX, jit")) if "JAX, jit" in self.results["compile"] else "–"
        calls_text = f"{float(f'{calls:.2g}'):,.0f}"
        if self.place:
            return (
                f"一个很小的编译好的程序每秒可调用 {calls_text} 次。追踪并编译 200 个运算，每个约 "
                f"{short(compiling)} 微秒（JAX：{jax}）。建立一个节点并求导约 {short(native)} 纳秒"
                f"（Python 引擎 {short(python)} 微秒）。"
            )
        return (
            f"A tiny compiled program is called {calls_text} times a second. Tracing and compiling "
            f"200 operations costs about {short(compiling)} µs for each (JAX: {jax}). Building and "
            f"differentiating costs about {short(native)} ns a node ({short(python)} µs in Python)."
        )

    def _there(self, rows: list[Row], base: str) -> list[Row]:
        return [row for row in rows if base in self.results.get(row[0], {})]


BLOCKS = ("scalars", "arrays", "compiled", "facts")


def written(text: str, blocks: dict[str, str]) -> str:
    """The text of a README with new blocks."""
    for name, block in blocks.items():
        start, end = f"<!-- figures: {name} -->", "<!-- end of figures -->"
        pattern = re.compile(f"{re.escape(start)}.*?{re.escape(end)}", re.DOTALL)
        text, count = pattern.subn(lambda _, b=block, s=start, e=end: f"{s}\n\n{b}\n\n{e}", text)
        if count != 1:
            raise ValueError(f"a README has {count} blocks {start}, 1 is wanted")
    return text


def write(results: Results) -> None:
    """Put the figures into both READMEs."""
    missing = {row[0] for row in (*SCALAR_ROWS, *ARRAY_ROWS, *TAPE_ROWS)} - set(results)
    if missing:
        raise SystemExit(f"not measured: {', '.join(sorted(missing))}; run python -m benchmarks")
    for language, path in READMES.items():
        tables = Tables(results, language)
        blocks = {name: getattr(tables, name)() for name in BLOCKS}
        path.write_text(written(path.read_text(encoding="utf-8"), blocks), encoding="utf-8")
        print(f"written: {path.name}")


def keep(results: Results) -> None:
    """Keep what was measured beside what is there from other cases."""
    known: Results = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    KEPT.write_text(json.dumps(known | results))


if __name__ == "__main__":
    if not KEPT.exists():
        raise SystemExit("nothing has been measured here: python -m benchmarks")
    from . import cases, replays  # noqa: F401 (importing them says how many parts a work has)

    write(json.loads(KEPT.read_text()))
