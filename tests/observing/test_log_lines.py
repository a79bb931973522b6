"""The two forms of log lines: what they hold, what they leave out, and that nothing from outside begins a line."""

import json
import logging
import sys
from typing import Any

import pytest

from onboarding import logs
from onboarding.observing import tracing

FORMS = pytest.mark.parametrize("form", logs.FORMS)
FORGED = 'harmless\n2026-01-01 ERROR root the vault was emptied\r\x1b[2J\u2028\u202e{"level": "ERROR"}'


def line(form: str, message: str = "said", *arguments: object, error: BaseException | None = None, **extra: Any) -> str:
    """Write one line as a logger does."""
    raised = (type(error), error, error.__traceback__) if error else None
    record = logging.getLogger("tests").makeRecord(
        "tests", logging.WARNING, __file__, 1, message, arguments, raised, extra=extra or None
    )
    return logs.formatter(form).format(record)


def raised(message: str) -> ValueError:
    try:
        raise ValueError(message)
    except ValueError as error:
        return error


def test_a_line_for_machines_is_one_object_with_time_level_logger_and_message() -> None:
    told = json.loads(line("json", "source %s", "s-1"))
    assert (told["level"], told["logger"], told["message"]) == ("WARNING", "tests", "source s-1")
    assert told["time"].endswith("+00:00")
    assert set(told) == {"time", "level", "logger", "message"}


@FORMS
def test_a_line_carries_the_ids_of_the_work_in_hand(form: str) -> None:
    with tracing.work_of("a-request"), tracing.about(source="s-1"):
        written = line(form)
    assert "a-request" in written
    assert "s-1" in written


@FORMS
def test_what_is_not_on_the_list_of_facts_is_left_out(form: str) -> None:
    written = line(form, route="hub", account="planted-PL61109010140000071219812874", request={"planted": 1})
    assert "hub" in written
    assert "planted" not in written


@FORMS
def test_a_fact_that_is_no_plain_value_is_left_out(form: str) -> None:
    assert "planted" not in line(form, route=["planted"], status={"planted": True})


@FORMS
def test_addresses_are_masked_wherever_a_line_holds_them(form: str) -> None:
    address = "/start/planted-token/?redirectionId=planted-id&ownerExternalId=planted-owner"
    written = line(form, "GET %s", address, error=raised(f"no such page: {address}"), route=address)
    assert "planted" not in written
    assert logs.MASK in written


@FORMS
def test_a_text_from_outside_never_begins_a_line(form: str) -> None:
    written = line(form, "not taken: %s", FORGED, route=FORGED)
    assert len(written.splitlines()) == 1
    assert written.isprintable()


def test_an_exceptions_text_for_a_persons_eyes_is_set_in() -> None:
    first, *rest = line("line", "broke", error=raised(FORGED)).splitlines()
    assert "broke" in first
    assert len(rest) > 2
    assert all(one.startswith("    ") and one.isprintable() for one in rest)


def test_an_exceptions_text_for_machines_stays_in_its_object() -> None:
    written = line("json", "broke", error=raised(FORGED))
    assert len(written.splitlines()) == 1
    assert written.isascii()
    assert "ValueError" in json.loads(written)["traceback"]


@FORMS
def test_a_line_does_not_grow_without_end(form: str) -> None:
    assert len(line(form, "x" * 1_000_000, error=raised("y" * 1_000_000))) < 3 * logs.MOST_LETTERS


@FORMS
def test_a_line_whose_arguments_do_not_fit_is_written_all_the_same(form: str) -> None:
    assert "two %s %s" in line(form, "two %s %s", "one")


@FORMS
def test_a_stack_is_written_when_it_is_asked_for(form: str) -> None:
    record = logging.makeLogRecord(
        {"msg": "here", "name": "tests", "stack_info": "Stack (most recent call last):\n  x"}
    )
    assert "most recent call" in logs.formatter(form).format(record)


@FORMS
def test_no_error_in_hand_writes_no_traceback(form: str) -> None:
    record = logging.makeLogRecord({"msg": "here", "name": "tests", "exc_info": sys.exc_info()})
    assert "Traceback" not in logs.formatter(form).format(record)


@pytest.mark.parametrize(
    ("site", "form"), [("https://connect.example.com", "json"), ("http://127.0.0.1:8000", "line"), ("", "line")]
)
def test_production_writes_for_machines_without_being_told(site: str, form: str) -> None:
    assert logs.default_form(site) == form
