"""Sending one statement in a form and giving what came of it, with small builders of the replies."""

from typing import Any

import pytest
import responses

from onboarding.kontomatik.client import Client
from onboarding.kontomatik.errors import KontomatikError
from onboarding.kontomatik.records import StatementAnswer, StatementForm
from tests.kontomatik.calls import CALLS, OWNER, STATEMENTS, expect
from tests.kontomatik.documents import element, reply

IBAN = "PL69137013140000049678278112"
FORMS = dict(zip(StatementForm, STATEMENTS, strict=True))
JSON_FORMS = [StatementForm.JSON, StatementForm.JSON_TRUSTED]


def answered(client: Client, vendor: responses.RequestsMock, form: StatementForm, **answer: Any) -> StatementAnswer:
    expect(vendor, FORMS[form], **answer)
    taken = CALLS[FORMS[form]](client)
    assert isinstance(taken, StatementAnswer)
    return taken


def refused(client: Client, vendor: responses.RequestsMock, form: StatementForm, **answer: Any) -> KontomatikError:
    expect(vendor, FORMS[form], **answer)
    with pytest.raises(KontomatikError) as raised:
        CALLS[FORMS[form]](client)
    return raised.value


def statement(*inner: str, **attributes: str) -> bytes:
    return reply(element("statement", *inner, **attributes), ownerExternalId=OWNER)


def exception(name: str, *inner: str) -> bytes:
    return reply(element("exception", *inner, name=name))
