"""Close a reply without the test's connection, which holds its transaction."""

from typing import Any

from django.core.signals import request_finished
from django.db import close_old_connections


def close(response: Any) -> None:
    """Close a reply as Django's test client does: without the end of a request closing the database's connection."""
    request_finished.disconnect(close_old_connections)
    response.close()
    request_finished.connect(close_old_connections)
