"""Matchers of what was sent: a multipart body part by part, and a streamed body that was compressed."""

import email.message
import email.parser
import email.policy
import gzip
from collections.abc import Callable
from typing import cast

from requests import PreparedRequest

Matcher = Callable[[PreparedRequest], tuple[bool, str]]
Part = tuple[str | None, str | None, bytes]


def parts_of(request: PreparedRequest) -> dict[str, Part]:
    """Return a multipart body's parts by name: the file's name, the type (``None`` where none was said), the bytes."""
    head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
    parser = email.parser.BytesParser(policy=email.policy.HTTP)
    message = parser.parsebytes(head + cast(bytes, request.body))
    parts: dict[str, Part] = {}
    for part in cast(list[email.message.EmailMessage], message.get_payload()):
        name = str(part.get_param("name", header="Content-Disposition"))
        assert name not in parts
        kind = part.get_content_type() if "Content-Type" in part else None
        parts[name] = (part.get_filename(), kind, cast(bytes, part.get_payload(decode=True)))
    return parts


def multipart_matcher(expected: dict[str, Part]) -> Matcher:
    """Match a multipart body with exactly these parts."""

    def match(request: PreparedRequest) -> tuple[bool, str]:
        if not request.headers.get("Content-Type", "").startswith("multipart/form-data; boundary="):
            return False, "not a multipart body"
        sent = parts_of(request)
        return sent == expected, f"sent {sent}, expected {expected}"

    return match


def gzip_matcher(expected: bytes) -> Matcher:
    """Match a body that is exactly ``expected``, compressed (the fake has read a streamed one by then)."""

    def match(request: PreparedRequest) -> tuple[bool, str]:
        sent = gzip.decompress(cast(bytes, request.body))
        return sent == expected, f"sent {sent!r}, expected {expected!r}"

    return match
