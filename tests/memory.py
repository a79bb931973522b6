"""How much memory a piece of work takes at most, measured in a process of its own."""

import json
import resource
import sys
from collections.abc import Callable
from typing import Any

MEBIBYTE = 1024 * 1024
CONTROL = 100 * MEBIBYTE

# A new process begins with the peak of the one that started it, and that of the tests is large: growth below it would
# never be seen. So a small process stands between.
_BETWEEN = "import subprocess, sys; sys.exit(subprocess.call(sys.argv[1:]))"


def command(module: str, *arguments: str) -> list[str]:
    """Return the command that runs a module of ours where its peak can be seen."""
    return [sys.executable, "-c", _BETWEEN, sys.executable, "-m", module, *arguments]


def tell_growth(work: Callable[[], dict[str, Any]]) -> None:
    """Do the work; print what it told, and by how many bytes the peak grew.

    ``control`` is what the peak shows after 100 MiB were held on purpose: that too much would have been seen.
    """
    base = _peak()
    told = work()
    growth = _peak() - base
    held = b"x" * CONTROL
    print(json.dumps({**told, "growth": growth, "control": _peak() - base, "held": len(held)}))  # noqa: T201


def _peak() -> int:
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
