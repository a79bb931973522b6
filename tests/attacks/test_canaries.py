"""One whole way with the real processes and planted texts; afterwards everything they keep is searched for these."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.attacks import dumps, walk
from tests.attacks.dumps import Messages
from tests.attacks.walk import Walker
from tests.browser.stack import Stack, running
from wizard_site import local

VENDOR_KEY = "planted-vendor-key-9012"
METRICS_TOKEN = "planted-token-of-figures-9013-0123456789"
SHOWN_CODE = r'<span aria-hidden="true">([A-Z0-9]{3}\s?[A-Z0-9]{3})</span>'

MEANT_FOR = {
    "account number": {
        "onboarding_account.iban": "the summary shows it",
        "onboarding_transaction.party_iban": "the summary shows it",
        "onboarding_transaction.title": "a bank may write it there",
        "onboarding_previewaccount.number": "the preview of a file shows it before it is confirmed",
    },
    "name": {
        "onboarding_person.name": "the summary says whose accounts they are",
        "onboarding_transaction.party": "the summary shows who was paid",
        "onboarding_transaction.title": "the summary shows it",
        "onboarding_transaction.search_text": "the search looks in it",
        "onboarding_tablecell.text": "the first rows of a table, shown while the person says what its columns hold",
        "onboarding_previewrow.text": "the first rows of a preview",
    },
    "name of a file": {"onboarding_sourcefile.name": "the person knows the file by it"},
    "redirection id": {
        "onboarding_banksignin.redirection_id": "the return is found by it",
        "onboarding_banksignin.link": "until the sign-in is over",
    },
    "code": {"onboarding_banksignin.return_code": "the waiting tab shows it, ten minutes at most"},
    "session id": {"onboarding_banksignin.session_id": "until the import is asked for"},
    "owner id": {"onboarding_onboarding.owner_external_id": "opaque, and the proof of an erasure"},
    "browser's secret": {"django_session.session_data": "this is the session"},
    "session cookie": {"django_session.session_key": "Django finds the session by it"},
}
"""Which columns may hold a kind of planted text, and why; a kind that is not here may stand nowhere at all."""


@dataclass
class Found:
    """What one run left behind."""

    planted: dict[str, list[str]]
    logs: dict[str, str]
    messages: str
    files: bytes
    files_meanwhile: bytes = b""
    metrics: str = ""
    stages: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    def places(self, stage: str) -> set[tuple[str, str]]:
        """Return which kind of planted text stands in which column at a stage."""
        found = set()
        for column, text in self.stages[stage]:
            found |= {(kind, column) for kind, texts in self.planted.items() if any(one in text for one in texts)}
        return found


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Found]:
    """Walk the whole way once."""
    folder = tmp_path_factory.mktemp("canaries")
    settings = {
        "HOST_API_KEYS": f"lender:{walk.HOST_KEY}",
        "KONTOMATIK_API_KEY": VENDOR_KEY,
        "SANDBOX_API_KEY": VENDOR_KEY,
        "SANDBOX_SPEED": "3",
        "RETURN_STATE": "true",
        "METRICS_TOKEN": METRICS_TOKEN,
    }
    with running(folder, **settings) as stack:
        environment = {**local.environment(folder, 1, 2), **_environment_of(folder, stack), **settings}
        with dumps.listening(environment["CELERY_BROKER_URL"], folder) as heard:
            yield _walked(stack, environment, heard)


def _environment_of(folder: Path, stack: Stack) -> dict[str, str]:
    return {
        "RUN_FOLDER": str(folder),
        "DATABASE_URL": stack.database,
        "CELERY_BROKER_URL": os.environ.get("CELERY_BROKER_URL", "folder://"),
        "SITE_URL": stack.site,
    }


def _walked(stack: Stack, environment: dict[str, str], heard: Messages) -> Found:
    token = walk.manage(stack, environment, "shell", "-v0", "-c", MAKE_INVITATION)
    person, other = Walker(stack), Walker(stack)
    person.start(token)
    person.go_wrong(token)
    found = Found(_planted_at_the_start(environment, token, person), {}, "", b"")
    person.send_file_with_columns()
    person.send_protected_statement()
    person.push()
    found.files_meanwhile = dumps.stored_files(stack.folder)
    link = person.leave_for_bank()
    answer = other.sign_in(link)
    assert "another browser" in answer.text
    person.wait_for(SHOWN_CODE)
    code = re.search(SHOWN_CODE, person.page)
    assert code
    found.planted["code"] = ["".join(code[1].split())]
    for typed in (walk.WRONG_CODE, *found.planted["code"]):
        found.stages.setdefault("code", list(dumps.columns(environment["DATABASE_URL"])))
        other.post("/return/code/", redirectionId=_redirection(stack, -1), code=typed)
    person.sign_in(person.leave_for_bank(), "slow")
    _remember_sessions(found, stack)
    person.wait_for("card-imported")
    found.stages["importing"] = list(dumps.columns(environment["DATABASE_URL"]))
    _finish(person, found)
    found.stages["summary"] = list(dumps.columns(environment["DATABASE_URL"]))
    found.planted["name"] += _holders(found.stages["summary"])
    found.metrics = _figures(stack)
    _erase(person)
    found.stages["erased"] = list(dumps.columns(environment["DATABASE_URL"]))
    found.logs, found.files, found.messages = dumps.logs(stack.folder), dumps.stored_files(stack.folder), heard.text()
    return found


MAKE_INVITATION = """
from datetime import timedelta
from django.utils import timezone
from onboarding.models import Invitation
made = Invitation(country='pl', expires_at=timezone.now() + timedelta(hours=1))
token = made.renew_token()
made.save()
print(token)
"""


def _planted_at_the_start(environment: dict[str, str], token: str, person: Walker) -> dict[str, list[str]]:
    return {
        "key of the vendor's": [VENDOR_KEY],
        "key of a host": [walk.HOST_KEY],
        "token of the figures": [METRICS_TOKEN],
        "key of encryption": [environment["FIELD_ENCRYPTION_KEY"].partition(":")[2]],
        "key of signing": [environment["SECRET_KEY"]],
        "token of an invitation": [token],
        "password": [walk.PDF_PASSWORD, walk.WRONG_PASSWORD],
        "foreign id": [walk.FOREIGN_ID],
        "name of a file": [walk.FILE_NAME, "planted-statement-9010"],
        "name": [walk.FILE_CELL, walk.PUSHED_TITLE, walk.PUSHED_PARTY],
        "account number": [walk.PUSHED_IBAN],
        "session cookie": [str(person.session.cookies["session"])],
        "token of forms": [str(person.session.cookies["csrf"])],
    }


def _redirection(stack: Stack, number: int) -> str:
    state: dict[str, Any] = _state(stack)
    return str(state["redirections"][number]["id"])


def _state(stack: Stack) -> dict[str, Any]:
    reply = requests.get(f"{stack.bank}/_control/state", headers={"X-Api-Key": VENDOR_KEY}, timeout=10)
    state: dict[str, Any] = reply.json()
    return state


def _remember_sessions(found: Found, stack: Stack) -> None:
    """Ask the service itself for the pairs of which we never show anything."""
    state = _state(stack)
    found.planted["redirection id"] = [one["id"] for one in state["redirections"]]
    found.planted["owner id"] = sorted({one["owner"] for one in state["redirections"]})
    found.planted["session id"] = [one["id"] for one in state["sessions"]]
    found.planted["signature"] = []
    for one in state["redirections"]:
        address = f"{stack.bank}/v1/signin/redirection-status"
        reply = requests.get(
            address, params={"redirectionId": one["id"]}, headers={"X-Api-Key": VENDOR_KEY}, timeout=10
        )
        found.planted["signature"].append(reply.json()["params"]["sessionIdSignature"])


def _figures(stack: Stack) -> str:
    reply = requests.get(f"{stack.site}/metrics", headers={"Authorization": f"Bearer {METRICS_TOKEN}"}, timeout=10)
    reply.raise_for_status()
    return reply.text


def _finish(person: Walker, found: Found) -> None:
    person.wait_for(r"(?s)(card-imported.*){4}")
    person.get(person.hub)
    person.post(f"{person.hub}finish/", without_open="1")
    person.wait_for('id="totals"', page=f"{person.hub}summary/")
    told = person.get(f"{person.hub}summary.json").json()
    found.planted["account number"] += [one["iban"] for one in told["accounts"] if one["iban"]]
    for name in ("csv", "xlsx"):
        person.get(f"{person.hub}summary.{name}")
    person.get(f"{person.hub}summary/", q=walk.PUSHED_TITLE)


def _holders(columns: list[tuple[str, str]]) -> list[str]:
    """Return the names of the people whose accounts they are: the bank's, planted by nobody here."""
    holders = sorted({text for column, text in columns if column == "onboarding_person.name"})
    assert holders
    return holders


def _erase(person: Walker) -> None:
    person.get(f"{person.hub}erase/")
    person.post(f"{person.hub}erase/")
    person.wait_for("Read there afterwards", page=f"{person.hub}erase/")


def test_the_walk_planted_every_kind(found: Found) -> None:
    assert all(texts and all(texts) for texts in found.planted.values())
    assert set(MEANT_FOR) - set(found.planted) == {"browser's secret"}
    assert len(found.messages) > 1000
    assert len(found.logs["site.log"]) > 100


@pytest.mark.parametrize("log", ["site.log", "worker.log", "beat.log", "prepare.log"])
def test_no_log_holds_anything_planted(found: Found, log: str) -> None:
    text = found.logs[log]
    assert [(kind, one) for kind, texts in found.planted.items() for one in texts if one in text] == []


def test_messages_hold_ids_of_rows_alone(found: Found) -> None:
    assert [(kind, one) for kind, texts in found.planted.items() for one in texts if one in found.messages] == []


def test_figures_hold_nothing_planted(found: Found) -> None:
    assert "wizard_" in found.metrics
    assert [(kind, one) for kind, texts in found.planted.items() for one in texts if one in found.metrics] == []


@pytest.mark.parametrize("stage", ["code", "importing", "summary", "erased"])
def test_a_planted_text_stands_only_in_the_columns_meant_for_it(found: Found, stage: str) -> None:
    meant = {(kind, column) for kind, columns in MEANT_FOR.items() for column in columns}
    assert found.places(stage) - meant == set()


def test_control_the_search_finds_what_is_meant_to_be_there(found: Found) -> None:
    places = found.places("summary")
    assert ("account number", "onboarding_account.iban") in places
    assert ("name", "onboarding_transaction.title") in places
    assert ("code", "onboarding_banksignin.return_code") in found.places("code")


def test_no_signature_stands_anywhere_and_none_is_left_once_the_import_was_asked_for(found: Found) -> None:
    kinds = {kind for stage in found.stages for kind, _column in found.places(stage)}
    assert "signature" not in kinds
    left = [text for column, text in found.stages["summary"] if column == "onboarding_banksignin.signature"]
    assert left == []


def test_files_are_sealed_and_gone_after_the_erasure(found: Found) -> None:
    assert len(found.files_meanwhile) > 100
    assert [one for texts in found.planted.values() for one in texts if one.encode() in found.files_meanwhile] == []
    assert b"%PDF" not in found.files_meanwhile
    assert found.files == b""


def test_after_the_erasure_ids_and_instants_are_all_that_is_left(found: Found) -> None:
    assert {place for place in found.places("erased") if place[0] not in ("owner id", "session cookie")} == set()
    tables = {column.partition(".")[0] for column, _text in found.stages["erased"] if column.startswith("onboarding_")}
    assert tables <= {
        "onboarding_onboarding",
        "onboarding_event",
        "onboarding_erasure",
        "onboarding_invitation",
        "onboarding_tick",
        "onboarding_catalogbank",
        "onboarding_catalogcopy",
        # Of the requests, not of the person: keyed digests that nobody can turn back, retired by their own times.
        "onboarding_allowance",
        "onboarding_staffevent",
    }
