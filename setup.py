"""The native engine, built where there is a C compiler; everything else is in pyproject.toml.

AUTOGRAD_LITE_NATIVE=required  makes a failing build an error
AUTOGRAD_LITE_NATIVE=none      builds a pure-Python package
AUTOGRAD_LITE_WERROR=1         makes a warning of the compiler an error
AUTOGRAD_LITE_SANITIZE=1       builds with the address and undefined-behaviour sanitizers
"""

import os
import re
from concurrent.futures import ThreadPoolExecutor
from glob import glob
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

NATIVE = "autograd_lite/native"
WANTED = os.environ.get("AUTOGRAD_LITE_NATIVE", "")
FLAGS = {  # IEEE arithmetic as written, so that both engines give the same bits
    "unix": [
        "-std=c11", "-O3", "-g0", "-Wall", "-Wextra", "-ffp-contract=off",
        "-fno-math-errno", "-fno-trapping-math",  # nobody reads errno or the flags of exceptions
    ],
    "msvc": ["/std:c11", "/O2", "/fp:precise"],
}  # fmt: skip
SMALL = {"special.c": ["-Os"]}  # hundreds of functions: half the size, and most as fast as with -O3
QUICKLY = {"loop_rows.c": ["-O0"]}  # with sanitizers: its long functions take minutes to optimise
SANITIZE = ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined", "-O1", "-g"]


class BuildWithFlags(build_ext):
    """build_ext with the flags of the compiler that was found."""

    def build_extension(self, extension: Extension) -> None:
        extension.extra_compile_args = FLAGS.get(self.compiler.compiler_type, FLAGS["unix"])
        if os.environ.get("AUTOGRAD_LITE_WERROR"):
            extension.extra_compile_args = [*extension.extra_compile_args, "-Werror"]
        if os.environ.get("AUTOGRAD_LITE_SANITIZE"):
            extension.extra_compile_args = [*extension.extra_compile_args, *SANITIZE]
            extension.extra_link_args = SANITIZE[:1]
        if self.compiler.compiler_type == "unix":
            self.compile_at_once(QUICKLY if os.environ.get("AUTOGRAD_LITE_SANITIZE") else SMALL)
        super().build_extension(extension)

    def compile_at_once(self, flags_of: dict[str, list[str]]) -> None:
        """Compile the files on all processors, some with further flags.

        setuptools compiles one after another, all with the same flags.
        """
        compiler = self.compiler
        compile_all, compile_one = compiler.compile, compiler._compile

        def compiled(sources, *args, **options):  # type: ignore[no-untyped-def]
            jobs = []

            def start(obj, src, ext, cc_args, extra_postargs, pp_opts):  # type: ignore[no-untyped-def]
                flags = [*extra_postargs, *flags_of.get(os.path.basename(src), [])]
                jobs.append(pool.submit(compile_one, obj, src, ext, cc_args, flags, pp_opts))

            with ThreadPoolExecutor(os.cpu_count()) as pool:
                compiler._compile = start
                objects = compile_all(sources, *args, **options)
            for job in jobs:
                job.result()  # or its error
            return objects

        compiler.compile = compiled


def readme_for_index() -> str:
    """README.md as a package index can show it: no pictures, and no links into the repository."""
    text = Path(__file__).with_name("README.md").read_text(encoding="utf-8")
    text = re.sub(r"<picture>.*?</picture>\n*", "", text, flags=re.S)
    text = re.sub(r"<!--.*?-->\n?", "", text, flags=re.S)
    text = re.sub(r"!\[[^\]]*\]\((?!https?:)[^)]*\)\n*", "", text)
    text = re.sub(r"\[([^\]]*)\]\((?!https?:|#)[^)]*\)", r"\1", text)
    return f"{text}\nThe pages and notebooks that are named here come with the source archive.\n"


engine = Extension(
    "autograd_lite.native.engine",
    [f"{NATIVE}/{name}.c" for name in ("engine", "tape", "loop_rows", "lowering", "special")],
    depends=glob(f"{NATIVE}/*.h") + glob(f"{NATIVE}/*.inc"),
    libraries=[] if os.name == "nt" else ["m"],
    optional=WANTED != "required",
)
setup(
    long_description=readme_for_index(),
    long_description_content_type="text/markdown",
    ext_modules=[] if WANTED == "none" else [engine],
    cmdclass={"build_ext": BuildWithFlags},
)
