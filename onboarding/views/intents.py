"""A form's one-use number, by which a form that is sent twice is one wish."""

from uuid import UUID, uuid4

from django.http import HttpRequest


def intent_of(request: HttpRequest) -> UUID:
    """Return the one-use number of the form that was sent; a form without a good one is a fresh wish."""
    try:
        return UUID(request.POST.get("intent", ""))
    except ValueError:
        return uuid4()
