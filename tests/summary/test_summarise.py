import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from .replies import ACCOUNT, reply, target

MANAGE = Path(__file__).resolve().parents[2] / "manage.py"


def summarise(folder: Path, content: bytes) -> dict[str, Any]:
    saved = folder / "saved.xml"
    saved.write_bytes(content)
    printed = io.StringIO()
    call_command("summarise", str(saved), stdout=printed)
    document: dict[str, Any] = json.loads(printed.getvalue())
    return document


def run(*arguments: str, given: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    """Run the command as people do, with a database address that nothing answers."""
    environment = {**os.environ, "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nowhere", "COVERAGE_PROCESS_START": ""}
    return subprocess.run(
        [sys.executable, str(MANAGE), "summarise", *arguments],
        input=given,
        capture_output=True,
        env={**environment, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        check=False,
    )


def test_a_saved_reply_gives_the_summary_document(tmp_path: Path) -> None:
    assert summarise(tmp_path, reply(target(ACCOUNT))) == {
        "ownerExternalId": "owner-1",
        "generatedAt": "2026-11-22T23:37:05Z",
        "sources": [{"kind": "bank", "state": "imported", "bank": "KontoBank", "failure": None}],
        "totals": [{"currency": "PLN", "balance": "100.00", "in": "200.00", "out": "149.50"}],
        "accounts": [
            {
                "bank": "KontoBank",
                "name": "Everyday",
                "iban": "PL61109010140000071219812874",
                "currency": "PLN",
                "balance": "100.00",
                "transactionCount": 2,
                "firstBookedOn": "2026-02-10",
                "lastBookedOn": "2026-03-10",
                "partial": False,
                "origins": ["bank"],
            }
        ],
        "months": [
            {"month": "2026-02", "currency": "PLN", "in": "200.00", "out": "0.00"},
            {"month": "2026-03", "currency": "PLN", "in": "0.00", "out": "149.50"},
        ],
        "labels": [{"label": "home", "currency": "PLN", "in": "0.00", "out": "149.50", "count": 1}],
        "possibleDuplicates": {"count": 0, "hidden": False},
    }


def test_a_bank_signed_in_twice_is_two_sources_and_one_account(tmp_path: Path) -> None:
    document = summarise(tmp_path, reply(target(ACCOUNT), target(ACCOUNT)))

    assert len(document["sources"]) == 2
    assert [one["transactionCount"] for one in document["accounts"]] == [2]
    assert document["totals"] == [{"currency": "PLN", "balance": "100.00", "in": "200.00", "out": "149.50"}]


def test_a_reply_without_an_instant_is_dated_now(tmp_path: Path) -> None:
    document = summarise(tmp_path, reply(target(ACCOUNT), instant=""))

    assert document["generatedAt"].endswith("Z")
    assert document["generatedAt"] > "2026-11-22"


def test_a_reply_without_any_bank_gives_an_empty_summary(tmp_path: Path) -> None:
    document = summarise(tmp_path, reply())

    assert document["sources"] == document["totals"] == document["accounts"] == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"hello", "broken"),
        (reply(target(ACCOUNT))[:-20], "broken"),
        (reply(target(ACCOUNT.replace("-149.50", "12,5"))), r"amount.*account\[1\].*moneyTransaction\[1\].*line \d+"),
        (b'<reply status="200 OK"><command id="1" state="successful"/></reply>', "command"),
        (b"<!DOCTYPE reply><reply/>", "DTD"),
    ],
    ids=["empty", "no XML", "cut off", "bad amount", "a command's reply", "DTD"],
)
def test_a_file_that_is_no_aggregated_reply_is_refused_saying_what_and_where(
    tmp_path: Path, content: bytes, words: str
) -> None:
    with pytest.raises(CommandError, match=rf"saved\.xml: .*{words}") as refused:
        summarise(tmp_path, content)
    assert "\n" not in str(refused.value)


def test_it_works_with_a_database_that_can_not_be_reached(tmp_path: Path) -> None:
    saved = tmp_path / "saved.xml"
    saved.write_bytes(reply(target(ACCOUNT)))

    ended = run(str(saved))

    assert (ended.returncode, ended.stderr) == (0, b"")
    assert json.loads(ended.stdout)["totals"][0]["balance"] == "100.00"


def test_a_dash_reads_standard_input() -> None:
    ended = run("-", given=reply(target(ACCOUNT)))

    assert (ended.returncode, json.loads(ended.stdout)["ownerExternalId"]) == (0, "owner-1")


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [("no-such-file.xml", b"", b"no-such-file.xml"), ("-", b"<html></html>", b"standard input")],
)
def test_a_failure_is_one_line_on_standard_error_and_exit_code_1(name: str, given: bytes, words: bytes) -> None:
    ended = run(name, given=given)

    assert (ended.returncode, ended.stdout) == (1, b"")
    assert words in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
