"""Sending an owner upload and reading what came of it ("Owner Upload")."""

import re
from typing import BinaryIO

from onboarding.kontomatik import replies, wire
from onboarding.kontomatik.door import Call, SizedBody
from onboarding.kontomatik.errors import MAX_DETAILS, Garbled, KontomatikError, Misconfigured, UploadRefused
from onboarding.kontomatik.records import UploadAnswer

_STEPS = "|".join(sorted(wire.PAYLOAD_STEPS, key=len, reverse=True))
_ROOTS = f"{wire.PAYLOAD_ACCOUNTS}|{wire.OWNER_PARAMETER}"
# ``accounts[0].iban`` or ``/accounts/0/iban``, anywhere in a text: made of the payload's names and ordinals alone.
_PLACE = re.compile(rf"\b(?:{_ROOTS})\b(?:\[[0-9]{{1,7}}\]|[./][0-9]{{1,7}}\b|[./](?:{_STEPS})\b)*")


def call(*, payload: BinaryIO, size: int) -> Call:
    """Make the request that sends ``size`` bytes of a payload."""
    return Call(
        "POST",
        wire.OWNER_UPLOAD,
        accept="application/json",
        body=SizedBody(payload, size),
        headers={"Content-Type": "application/json", "Content-Encoding": "gzip"},
        once=True,
        silent=True,
        refusal=refusal,
    )


def read_answer(body: bytes, *, status: int) -> UploadAnswer:
    """Read a 2xx reply; raise what its exception means, or ``Garbled`` when it is no JSON object."""
    request_id = replies.text_of(replies.read_object(body, status=status), wire.UPLOAD_REQUEST_ID)
    name = replies.exception_name(body, status=status) if request_id is None else None
    if name is not None:
        raise _refused(body, name=name, status=status) or replies.error_for(
            status=status, name=name, path=wire.OWNER_UPLOAD
        )
    return UploadAnswer(request_id=request_id)


def refusal(status: int, body: bytes) -> KontomatikError | None:
    """Return the refusal of the content that a reply of this HTTP status carries, or ``None`` for another one."""
    if status not in wire.UPLOAD_REFUSED_STATUSES:
        return None
    name = replies.exception_name(body, status=status)
    if name is None and status == 400:
        # Only the service itself answers with an object; a page is somebody's on the way.
        try:
            replies.read_object(body, status=status)
        except Garbled:
            return None
    return _refused(body, name=name, status=status)


def _refused(body: bytes, *, name: str | None, status: int) -> UploadRefused | None:
    places = _places(body)
    group = wire.ERROR_NAMES.get(name or "")
    if name not in wire.UPLOAD_REFUSED_NAMES and group is not None:
        # A parameter that is wrong inside of the content is the content's fault, the owner id is ours.
        inside = any(place != wire.OWNER_PARAMETER for place in places)
        if group is not Misconfigured or name == wire.INVALID_OWNER or not inside:
            return None
    return UploadRefused(name or f"Http{status}", places=places, status=status)


def _places(body: bytes) -> tuple[str, ...]:
    places: dict[str, None] = {}
    for match in _PLACE.finditer(body.decode("utf-8", "replace")):
        place = re.sub(r"[./]([0-9]+)", r"[\1]", match[0]).replace("/", ".")
        places[place] = None
        if len(places) == MAX_DETAILS:
            break
    return tuple(places)
