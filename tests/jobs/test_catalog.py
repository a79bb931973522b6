"""The copies of the vendor's catalogs: fetched in time, replaced whole, kept when anything goes wrong."""

from datetime import timedelta
from typing import Any

import pytest
import responses
from django.utils import timezone
from pytest_django import Settings

from onboarding import tasks
from onboarding.jobs import catalog
from onboarding.models import CatalogBank, CatalogCopy, CatalogKind
from tests import catalogs, rows, vendor_says
from tests.catalogs import BANKS_PATH, STATEMENTS_PATH, asked, target_xml

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _only_polish_banks(settings: Settings) -> None:
    settings.BANK_LIST, settings.KONTOMATIK_COUNTRIES = True, ["pl"]
    settings.STATEMENTS, settings.STATEMENT_COUNTRIES = False, ["pl"]


def names(kind: CatalogKind = CatalogKind.BANKS, country: str = "pl") -> list[str]:
    return sorted(CatalogBank.objects.filter(kind=kind, country=country).values_list("name", flat=True))


def kept() -> CatalogCopy:
    return CatalogCopy.objects.get(kind=CatalogKind.BANKS, country="pl")


def is_due_in(copy: CatalogCopy, least: float, most: float) -> bool:
    return least <= (copy.due_at - timezone.now()).total_seconds() <= most


def let_it_be_due() -> None:
    CatalogCopy.objects.update(due_at=rows.ago(seconds=1))


def test_what_was_never_fetched_is_fetched_at_once_and_again_in_a_day(vendor: responses.RequestsMock) -> None:
    asked(vendor, BANKS_PATH, "pl", target_xml("KontoBank"), target_xml("Other"))
    catalog.refresh()
    assert names() == ["KontoBank", "Other"]
    assert kept().fetched_at is not None
    assert is_due_in(kept(), 23.9 * 3600, 24 * 3600)


def test_every_country_has_its_catalogs(vendor: responses.RequestsMock, settings: Settings) -> None:
    settings.KONTOMATIK_COUNTRIES, settings.STATEMENTS = ["pl", "cz"], True
    asked(vendor, BANKS_PATH, "pl", target_xml("KontoBank"))
    asked(vendor, BANKS_PATH, "cz", target_xml("KontoBank_cz", country="cz"))
    asked(vendor, STATEMENTS_PATH, "pl", '<target name="mBank" officialName="mBank S.A."/>')
    catalog.refresh()
    assert (names(), names(country="cz")) == (["KontoBank"], ["KontoBank_cz"])
    assert [bank.official_name for bank in CatalogBank.objects.statements("pl")] == ["mBank S.A."]


def test_without_a_list_of_our_own_its_banks_are_not_asked_for(
    vendor: responses.RequestsMock, settings: Settings
) -> None:
    settings.BANK_LIST, settings.STATEMENTS = False, True
    asked(vendor, STATEMENTS_PATH, "pl", target_xml("KontoBank"))
    catalog.refresh()
    assert names() == []


def test_with_neither_nothing_is_asked_for(vendor: responses.RequestsMock, settings: Settings) -> None:
    settings.BANK_LIST = False
    catalog.refresh()
    assert not CatalogCopy.objects.exists()


def test_the_task_of_the_catalogs_refreshes_what_is_due(vendor: responses.RequestsMock) -> None:
    asked(vendor, BANKS_PATH, "pl", target_xml("KontoBank"))
    tasks.refresh_catalogs()
    assert names() == ["KontoBank"]


def test_a_fresh_copy_is_left_alone(vendor: responses.RequestsMock) -> None:
    calls = asked(vendor, BANKS_PATH, "pl", target_xml("KontoBank"))
    catalog.refresh()
    catalog.refresh()
    assert calls.call_count == 1


def test_a_new_copy_takes_the_place_of_the_old_one_whole(vendor: responses.RequestsMock) -> None:
    catalogs.bank("GoneApi")
    catalogs.bank("KontoBank", official_name="Old name")
    catalogs.bank("KontoBank_cz", "cz")
    let_it_be_due()
    asked(vendor, BANKS_PATH, "pl", target_xml("KontoBank", officialName="KontoBank SA"))
    catalog.refresh()
    assert [bank.official_name for bank in CatalogBank.objects.banks("pl")] == ["KontoBank SA"]
    assert names(country="cz") == ["KontoBank_cz"]


BAD: dict[str, dict[str, Any]] = {
    "empty": {"body": '<reply status="200 OK"><targets/></reply>'},
    "nothing usable": {"body": f"<reply><targets>{target_xml('x' * 201)}</targets></reply>"},
    "garbled": {"body": "<html>"},
    "cut short": {"body": "<reply><targets><target name='a'"},
    "down": {"body": "", "status": 503},
    "no answer": {"body": vendor_says.NO_ANSWER},
    "no connection": {"body": vendor_says.NO_CONNECTION},
    "wrong key": {"body": "<reply status='401'/>", "status": 401},
    "refused": {"body": vendor_says.refusal("InvalidParameter"), "status": 400},
}


@pytest.mark.parametrize("answer", BAD)
def test_whatever_goes_wrong_the_last_good_copy_stays(vendor: responses.RequestsMock, answer: str) -> None:
    catalogs.bank("KontoBank")
    let_it_be_due()
    before = kept().fetched_at
    asked(vendor, BANKS_PATH, "pl", **BAD[answer])
    catalog.refresh()
    assert names() == ["KontoBank"]
    assert (kept().failures, kept().fetched_at) == (1, before)
    assert is_due_in(kept(), 40, 72)


@pytest.mark.parametrize(("failures", "least", "most"), [(1, 90, 144), (3, 380, 576), (20, 2800, 4320)])
def test_tries_that_fail_come_less_often_and_never_stop(
    vendor: responses.RequestsMock, failures: int, least: float, most: float
) -> None:
    CatalogCopy.objects.create(kind=CatalogKind.BANKS, country="pl", due_at=rows.ago(seconds=1), failures=failures)
    asked(vendor, BANKS_PATH, "pl", **BAD["down"])
    catalog.refresh()
    assert kept().failures == failures + 1
    assert is_due_in(kept(), least, most)


def test_a_good_answer_after_failures_begins_anew(vendor: responses.RequestsMock) -> None:
    CatalogCopy.objects.create(kind=CatalogKind.BANKS, country="pl", due_at=rows.ago(seconds=1), failures=7)
    asked(vendor, BANKS_PATH, "pl", target_xml("KontoBank"))
    catalog.refresh()
    assert kept().failures == 0


def test_one_country_that_fails_does_not_keep_another_from_its_catalog(
    vendor: responses.RequestsMock, settings: Settings
) -> None:
    settings.KONTOMATIK_COUNTRIES = ["pl", "cz"]
    asked(vendor, BANKS_PATH, "pl", **BAD["down"])
    asked(vendor, BANKS_PATH, "cz", target_xml("KontoBank_cz", country="cz"))
    catalog.refresh()
    assert names(country="cz") == ["KontoBank_cz"]


def test_a_catalog_that_is_being_fetched_is_not_fetched_a_second_time(vendor: responses.RequestsMock) -> None:
    def meanwhile(request: object) -> tuple[int, dict[str, str], str]:
        catalog.refresh()
        return 200, {}, f"<reply><targets>{target_xml('KontoBank')}</targets></reply>"

    vendor.add_callback("GET", BANKS_PATH, callback=meanwhile)
    catalog.refresh()
    assert len(vendor.calls) == 1


@pytest.mark.parametrize("answer", ["good", "bad"])
def test_a_worker_that_comes_too_late_changes_nothing(vendor: responses.RequestsMock, answer: str) -> None:
    catalogs.bank("Newer")
    let_it_be_due()
    taken_over = timezone.now() + timedelta(hours=24)

    def meanwhile(request: object) -> tuple[int, dict[str, str], str]:
        CatalogCopy.objects.update(due_at=taken_over)
        return (
            (200, {}, f"<reply><targets>{target_xml('Older')}</targets></reply>") if answer == "good" else (503, {}, "")
        )

    vendor.add_callback("GET", BANKS_PATH, callback=meanwhile)
    catalog.refresh()
    assert names() == ["Newer"]
    assert (kept().due_at, kept().failures) == (taken_over, 0)


def only(vendor: responses.RequestsMock, *targets: str) -> list[CatalogBank]:
    asked(vendor, BANKS_PATH, "pl", *targets, target_xml("Last", officialName="zzz"))
    catalog.refresh()
    return list(CatalogBank.objects.banks("pl").exclude(name="Last"))


def test_an_entry_is_kept_with_all_that_the_list_shows(vendor: responses.RequestsMock) -> None:
    [bank] = only(
        vendor,
        target_xml("ZimorodekApi", "PERSONAL", "business", institution="Z", officialName="Źródło Bank",
                   loginName="Łódź Firma", beta="true"),
    )  # fmt: skip
    assert (bank.institution, bank.official_name, bank.login_name) == ("Z", "Źródło Bank", "Łódź Firma")
    assert (bank.account_types.split("\n"), bank.beta) == (["personal", "business"], True)
    assert bank.search_text == "zrodlo bank lodz firma"


@pytest.mark.parametrize(
    "target",
    [
        target_xml("x" * 201),
        target_xml("KontoBank", institution="i" * 201),
        target_xml("Konto\u200bBank"),
        target_xml("KontoBank_cz", country="cz"),
    ],
    ids=["name too long", "institution too long", "a name that can't be printed", "another country's"],
)
def test_an_entry_that_can_not_be_passed_on_as_it_is_is_left_out(vendor: responses.RequestsMock, target: str) -> None:
    assert only(vendor, target) == []


def test_names_for_people_are_cut_and_cleaned(vendor: responses.RequestsMock) -> None:
    [bank] = only(vendor, target_xml("KontoBank", officialName="Konto\u202eBank" + "x" * 300))
    assert len(bank.official_name) == 200
    assert bank.official_name.startswith("KontoBankx")


def test_a_bank_without_a_name_for_people_is_shown_by_its_target(vendor: responses.RequestsMock) -> None:
    [bank] = only(vendor, '<target name="KontoBank" institution="KontoBank"/>')
    assert bank.official_name == "KontoBank"


def test_a_name_that_comes_twice_is_one_entry(vendor: responses.RequestsMock) -> None:
    assert len(only(vendor, target_xml("KontoBank"), target_xml("KontoBank", institution="Other"))) == 1
