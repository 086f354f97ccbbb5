"""What a compiled function may raise."""

from __future__ import annotations


class TraceError(TypeError):
    """A function does something that a replay could not repeat."""

    __module__ = "autograd_lite"


class BranchError(ValueError):
    """Samples of a batch take more branches than tapes are kept, or give different structures."""

    __module__ = "autograd_lite"


class CompileWarning(UserWarning):
    """A function is traced anew at nearly each call, so that compiling it does not pay."""

    __module__ = "autograd_lite"


class MissingTapeError(LookupError):
    """A program without its function has no tape for such arguments, or for their branch."""

    __module__ = "autograd_lite"


class TapeError(ValueError):
    """A tape cannot be replayed, or a file does not hold one."""

    __module__ = "autograd_lite"
