"""What people wish for, as the views hand it to the services."""

from typing import Any
from uuid import uuid4


def start_wish(**changes: Any) -> dict[str, Any]:
    """Return the arguments of a start in a fresh browser."""
    wish = {
        "intent": uuid4(),
        "browser": uuid4().hex * 2,
        "browser_before": "",
        "country": "pl",
        "locale": "pl",
    }
    return wish | changes
