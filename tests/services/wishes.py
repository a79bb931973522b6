"""What people wish for, as the views hand it to the services."""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import uuid4


def start_wish(**changes: Any) -> dict[str, Any]:
    """Return the arguments of a start in a fresh browser."""
    wish = {
        "intent": str(uuid4()),
        "browser": uuid4().hex * 2,
        "browser_before": "",
        "country": "pl",
        "locale": "pl",
    }
    return wish | changes


def nudges(after_commit: Iterable[Callable[[], object]]) -> list[Callable[[], object]]:
    """Return those of the acts after a commit that send a message; the others tell what happened."""
    return [act for act in after_commit if "nudge" in act.__qualname__]
