"""Reading one snapshot whole: a new one may be flipped to, and the old one deleted, while somebody reads."""

from collections.abc import Callable
from typing import TypeVar

from onboarding.models import Onboarding

Read = TypeVar("Read")


def shown_snapshot(onboarding_pk: int) -> int | None:
    """Return the snapshot that an onboarding shows now, or None without one."""
    return Onboarding.objects.filter(pk=onboarding_pk).values_list("snapshot_id", flat=True).first()


def consistently(onboarding_pk: int, read: Callable[[int], Read]) -> Read | None:
    """Call ``read`` with the snapshot that is shown and return what it read; None when none is shown.

    A snapshot's rows are deleted only after another one is shown (or none, on erasure): what was read while it
    stayed the one shown is whole, and what was not is read again from the next one.
    """
    while (snapshot_pk := shown_snapshot(onboarding_pk)) is not None:
        result = read(snapshot_pk)
        if shown_snapshot(onboarding_pk) == snapshot_pk:
            return result
    return None
