"""Read documents that never exist as a whole, some of a gigabyte, and tell what that took of memory."""

import io
import sys
from collections.abc import Iterator
from itertools import chain, repeat
from typing import Any, BinaryIO

from onboarding.kontomatik import catalogs, replies
from onboarding.kontomatik.errors import AggregateRefused, KontomatikError
from onboarding.kontomatik.parser import Limits, read_aggregate
from onboarding.reading import camt
from onboarding.reading.limits import Limits as FileLimits
from onboarding.reading.refusals import FileRefused
from tests import memory, streams

MILLION = 1_000_000
GIGABYTE = 1000 * memory.MEBIBYTE
# As if no size were too large, so that nothing but the reading itself is seen.
NO_LIMIT = 4 * GIGABYTE
BLANKS = b" \n\t\r" * 16 * 1024
FILE_LIMITS = FileLimits(seconds=600.0)


def million(text: bytes) -> Iterator[bytes]:
    """Yield a text a million times, some at once."""
    return repeat(text * 1000, MILLION // 1000)


DOCUMENTS: dict[str, tuple[bytes, Iterator[bytes], bytes]] = {
    "a gigabyte of blanks before": (b"", repeat(BLANKS, GIGABYTE // len(BLANKS)), b"<reply/>"),
    "a gigabyte of blanks within": (b"<reply>", repeat(BLANKS, GIGABYTE // len(BLANKS)), b"</reply>"),
    "long blanks between elements": (b"<reply>", repeat((b"<a/>" + b" " * 60_000) * 10, 200), b"</reply>"),
    "a gigabyte of text": (b"<reply><owner>", repeat(b"x" * 65536, GIGABYTE // 65536), b"</owner></reply>"),
    "a gigabyte of one attribute": (b"<reply a='", repeat(b"x" * 65536, GIGABYTE // 65536), b"'/>"),
    "a million attributes": (b"<reply ", (f"a{number}='' ".encode() for number in range(MILLION)), b"/>"),
    "a million elements of one other name": (b"<reply>", million(b"<other a='b'>c</other>"), b"</reply>"),
    "a million elements of as many names": (
        b"<reply>",
        (f"<a{number}/>".encode() for number in range(MILLION)),
        b"</reply>",
    ),
    "a million instructions": (b"<reply>", million(b"<?php echo 1 ?>"), b"</reply>"),
    "a million instructions of as many names": (
        b"<reply>",
        (f"<?a{number} ?>".encode() for number in range(MILLION)),
        b"</reply>",
    ),
    "a million comments": (b"<reply>", million(b"<!-- a -->"), b"</reply>"),
    "a million prefixes": (
        b"<reply>",
        (f"<a xmlns:n{number}='urn:x'/>".encode() for number in range(MILLION)),
        b"</reply>",
    ),
    "a million namespaces": (
        b"<reply>",
        (f"<n:a xmlns:n='urn:{number}'/>".encode() for number in range(MILLION)),
        b"</reply>",
    ),
    "two hundred thousand levels": (b"<reply>", repeat(b"<a>", 200_000), b""),
}


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    while chunk := stream.read(65536):
        yield chunk


def _read(reader: str, stream: BinaryIO) -> None:
    match reader:
        case "aggregate":
            for _ in read_aggregate(stream, limits=Limits(bytes=NO_LIMIT)):
                pass
        case "command":
            replies.read_reply(_chunks(stream), max_bytes=NO_LIMIT, status=200)
        case "catalog":
            catalogs.read_targets(_chunks(stream), max_bytes=NO_LIMIT, status=200, path="")
        case "CAMT":
            for _ in camt.read(stream, limits=FILE_LIMITS):
                pass


def read(reader: str, name: str) -> dict[str, Any]:
    start, pieces, end = DOCUMENTS[name]
    stream = streams.Made(chain([start], pieces, [end]))
    refused = False
    try:
        _read(reader, io.BufferedReader(stream))
    except (AggregateRefused, KontomatikError, FileRefused):
        refused = True
    return {"bytes": stream.size, "refused": refused}


if __name__ == "__main__":
    memory.tell_growth(lambda: read(sys.argv[1], sys.argv[2]))
