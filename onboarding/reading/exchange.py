"""What the two processes of ``isolated.py`` say to each other, in lines: JSON lists of a word and a record's fields.

What comes from the child is checked field by field against the record's types, as the child read a hostile file.
"""

import dataclasses
import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, cast, get_args, get_origin, get_type_hints

from onboarding.reading.layout import TableGuess, TableMapping
from onboarding.reading.limits import Limits
from onboarding.reading.pdf_verdict import PdfFacts, PdfProblem
from onboarding.reading.records import AccountBegun, AccountEnded, Format, Row
from onboarding.reading.refusals import Expected, Problem

Reader = Callable[[Any], Any]
# A guess shows at most 256 KiB of a file, in which JSON may write a character as six.
LONGEST_LINE = 2 * 1024 * 1024


class Garbled(Exception):
    """Say that a line is none of ours; never with its text."""


class Verb(StrEnum):
    """Name what the child is asked to do."""

    INSPECT = "inspect"
    DECRYPT = "decrypt"
    RECOGNISE = "recognise"
    GUESS = "guess"
    READ = "read"


@dataclasses.dataclass(frozen=True, slots=True)
class Order:
    """Say what the child shall do, with what, and how much it may use.

    ``most_memory`` in bytes of address space, ``cpu_seconds`` of computing, ``most_bytes`` of the file.
    """

    verb: Verb
    most_memory: int
    cpu_seconds: int
    most_bytes: int
    password: str = ""
    most_pages: int = 0
    format: Format | None = None
    limits: Limits | None = None
    mapping: TableMapping | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Recognised:
    """Answer ``Verb.RECOGNISE``."""

    format: Format | None


@dataclasses.dataclass(frozen=True, slots=True)
class Piece:
    """Hold a part of a file's content in base64."""

    base64: str


@dataclasses.dataclass(frozen=True, slots=True)
class RefusedFile:
    """Hold the parts of a ``FileRefused``."""

    problem: Problem
    line: int | None
    column: int | None
    element: str
    expected: Expected


@dataclasses.dataclass(frozen=True, slots=True)
class RefusedPdf:
    """Hold the part of a ``PdfRefused``."""

    problem: PdfProblem


@dataclasses.dataclass(frozen=True, slots=True)
class Died:
    """Hold the class of the exception that ended the child."""

    cause: str


@dataclasses.dataclass(frozen=True, slots=True)
class Done:
    """Say that everything was answered."""


def write(record: Any) -> bytes:
    """Turn a record into a line of ASCII with its end."""
    word = type(record).__name__
    fields = GETTERS[word](record) if word in GETTERS else _values(record)
    return ENCODER.encode([word, *fields]).encode("ascii") + b"\n"


def read(line: bytes) -> Any:
    """Turn a line into the record that it was; raise ``Garbled``."""
    try:
        word, *fields = json.loads(line)
        return READERS[word](fields)
    except (ValueError, TypeError, LookupError, InvalidOperation, RecursionError):
        # Without its cause, which would quote the line.
        raise Garbled from None


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(value)
    return _values(value)


def _values(record: Any) -> list[Any]:
    return [getattr(record, field.name) for field in dataclasses.fields(record)]


def _exactly(kind: type) -> Reader:
    def check(value: Any) -> Any:
        if type(value) is not kind:
            raise ValueError
        return value

    return check


def _decimal(value: Any) -> Decimal:
    if type(value) is not str:
        raise ValueError
    number = Decimal(value)
    if not number.is_finite():
        raise ValueError
    return number


def _seconds(value: Any) -> float:
    if type(value) not in (int, float):
        raise ValueError
    return float(value)


def _optional(inner: Reader) -> Reader:
    return lambda value: None if value is None else inner(value)


def _several(inner: Reader, collection: type) -> Reader:
    def convert(value: Any) -> Any:
        if type(value) is not list:
            raise ValueError
        return collection(map(inner, value))

    return convert


def _reader(hint: Any) -> Reader:
    """Choose how a field of a type is read from JSON."""
    if isinstance(hint, UnionType):
        (inner,) = (each for each in get_args(hint) if each is not NoneType)
        return _optional(_reader(inner))
    collection = get_origin(hint)
    if collection is not None:
        return _several(_reader(get_args(hint)[0]), collection)
    if dataclasses.is_dataclass(hint):
        return _record_reader(hint)
    if issubclass(hint, StrEnum):
        return cast(Reader, hint)
    readers: dict[type, Reader] = {Decimal: _decimal, date: date.fromisoformat, float: _seconds}
    return readers.get(hint, _exactly(hint))


def _record_reader(record_type: Any) -> Reader:
    hints = get_type_hints(record_type)
    readers = [_reader(hints[field.name]) for field in dataclasses.fields(record_type)]

    def convert(values: Any) -> Any:
        return record_type(*[reader(value) for reader, value in zip(readers, values, strict=True)])

    return convert


RECORDS = (
    *(AccountBegun, Row, AccountEnded),
    *(Order, Recognised, TableGuess, PdfFacts, Piece),
    *(RefusedFile, RefusedPdf, Died, Done),
)
READERS: dict[str, Reader] = {each.__name__: _record_reader(each) for each in RECORDS}
# ``json.dumps`` would make one for every line.
ENCODER = json.JSONEncoder(default=_plain, separators=(",", ":"))
# A file has up to millions of rows, and this is the quicker way to their fields.
GETTERS = {Row.__name__: attrgetter(*(field.name for field in dataclasses.fields(Row)))}
