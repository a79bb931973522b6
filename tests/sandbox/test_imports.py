"""What each login does once it is imported, and what the aggregate then holds."""

import datetime as dt
from decimal import Decimal

import pytest
import requests

from sandbox import iban
from tests.sandbox.caller import Caller, owner_id, refusal, root


def texts(caller: Caller, owner: str, path: str) -> list[str | None]:
    return [element.text for target in caller.targets(owner) for element in target.findall(path)]


def test_an_import_goes_through_its_states_and_holds_a_result_only_at_the_end(caller: Caller) -> None:
    command_id = caller.started(owner_id(), "slow")
    seen = []
    for seconds in (0, 20, 25):
        caller.advance(seconds)
        reply = root(caller.command(command_id))
        command = reply.find("command")
        assert command is not None
        seen.append((command.attrib["state"], command.find("result") is not None))
    assert seen == [("setup", False), ("in_progress", False), ("successful", True)]


def test_an_import_takes_between_two_and_six_seconds(caller: Caller) -> None:
    commands = [caller.started(owner_id()) for _number in range(5)]
    caller.advance(0.5)
    assert {caller.command_state(command) for command in commands} <= {"setup", "in_progress"}
    caller.advance(5.5)
    assert {caller.command_state(command) for command in commands} == {"successful"}


@pytest.mark.parametrize(
    ("login", "state", "name"),
    [
        ("error", "error", "UnexpectedPageLayout"),
        ("blocked", "error", "AccessTemporarilyBlocked"),
        ("manual", "error", "ManualActionRequired"),
        ("mismatch", "error", "TargetCredentialsMismatch"),
        ("maintenance", "error", "ServiceMaintenance"),
        ("fatal", "fatal", "InternalError"),
    ],
)
def test_a_failing_import_is_http_200_with_the_exception_inside(
    caller: Caller, login: str, state: str, name: str
) -> None:
    owner = owner_id()
    response = caller.command(caller.imported(owner, login))
    command = root(response).find("command")
    assert command is not None
    exception = command.find("exception")
    assert exception is not None
    assert (response.status_code, command.attrib["state"], exception.attrib["name"]) == (200, state, name)
    assert exception.findtext("message")
    assert command.find("result") is None
    assert refusal(caller.aggregate(owner)) == (404, "InvalidOwnerExternalId")


def test_a_failure_of_the_person_has_a_friendly_message(caller: Caller) -> None:
    reply = root(caller.command(caller.imported(owner_id(), "blocked")))
    assert "your bank" in reply.findtext("command/exception/friendlyMessage", "").lower()


def test_an_endless_import_never_ends_but_gives_its_slot_back(caller: Caller) -> None:
    command_id = caller.started(owner_id(), "endless")
    caller.advance(800)
    assert caller.control("GET", "state")["inFlight"] == 1
    caller.advance(86_400)
    assert caller.command_state(command_id) == "in_progress"
    assert caller.control("GET", "state")["inFlight"] == 0


def test_garbled_answers_are_no_xml_whenever_one_asks(caller: Caller) -> None:
    command_id = caller.started(owner_id(), "garbled")
    for seconds in (0, 60, 3600):
        caller.advance(seconds)
        response = caller.command(command_id)
        assert response.status_code == 200
        with pytest.raises(SyntaxError):
            root(response)


def test_a_lost_answer_takes_effect_all_the_same(caller: Caller) -> None:
    owner = owner_id()
    fields = caller.mock_session(owner, "lost")
    with pytest.raises(requests.ConnectionError):
        caller.start(fields)
    assert refusal(caller.start(fields)) == (400, "DefaultImportAlreadyExecuted")
    caller.advance(60)
    assert len(caller.targets(owner)) == 1
    (session,) = caller.control("GET", "state")["sessions"]
    assert (session["effectiveStarts"], session["refusedStarts"]) == (1, 1)


def test_a_session_that_ends_early_refuses_the_import(caller: Caller) -> None:
    begun = caller.begin()
    caller.sign_in(begun, "sessionover")
    params = caller.status(begun).json()["params"]
    fields = {"since": "2026-01-01"} | {name: params[name] for name in ("sessionId", "sessionIdSignature")}
    assert refusal(caller.start(fields)) == (404, "InvalidSessionId")


def test_the_import_at_a_bank_that_is_down_is_refused_for_a_minute_and_uses_nothing_up(caller: Caller) -> None:
    fields = caller.mock_session(owner_id(), "down")
    assert refusal(caller.start(fields)) == (503, "ServiceTemporarilyUnavailable")
    caller.advance(61)
    assert caller.start(fields).status_code == 202


def test_the_202_reply_names_the_owner(caller: Caller) -> None:
    owner = owner_id()
    assert root(caller.start(caller.mock_session(owner))).attrib["ownerExternalId"] == owner


def test_a_foreign_owner_is_named_in_the_202_reply(caller: Caller) -> None:
    owner = owner_id()
    named = root(caller.start(caller.mock_session(owner, "foreignowner"))).attrib["ownerExternalId"]
    assert named not in {"", owner}


def test_every_import_is_a_target_of_its_own_in_the_order_of_import(caller: Caller) -> None:
    owner = owner_id()
    targets = ["PodLipamiApi", "KastanApi", "KontoBank"]
    for target in targets:
        caller.imported(owner, target=target)
    assert [target.attrib["name"] for target in caller.targets(owner)] == targets
    assert all(list(target.attrib) == ["name", "officialName", "institution"] for target in caller.targets(owner))


def test_the_same_bank_and_login_again_shows_the_same_accounts_in_a_further_target(caller: Caller) -> None:
    owner = owner_id()
    caller.imported(owner, target="PodLipamiApi")
    caller.imported(owner, target="PodLipamiApi")
    first, second = caller.targets(owner)
    numbers = [[one.text for one in target.findall("accounts/account/iban")] for target in (first, second)]
    assert numbers[0] == numbers[1] != []


def test_one_owner_never_sees_the_accounts_of_another(caller: Caller) -> None:
    mine, other = owner_id(), owner_id()
    caller.imported(mine, target="PodLipamiApi")
    caller.imported(other, target="KastanApi")
    assert [target.attrib["name"] for target in caller.targets(mine)] == ["PodLipamiApi"]


def test_the_owner_element_is_older_than_its_import_and_stays_so(caller: Caller) -> None:
    owner = owner_id()
    caller.imported(owner)
    before = root(caller.aggregate(owner)).find("owner")
    caller.imported(owner)
    after = root(caller.aggregate(owner)).find("owner")
    assert before is not None
    assert after is not None
    assert before.attrib == after.attrib
    assert list(after.attrib) == ["externalId", "createdAt", "updatedAt", "lastChange", "origin"]


def test_the_aggregate_is_the_sum_of_its_imports(caller: Caller) -> None:
    owner = owner_id()
    commands = [caller.imported(owner, "ok"), caller.imported(owner, "currencies", target="KastanApi")]
    expected = [amount.text for command in commands for amount in root(caller.command(command)).iter("currencyAmount")]
    found = [amount.text for target in caller.targets(owner) for amount in target.iter("currencyAmount")]
    assert found == expected != []


def test_the_aggregate_equals_the_truth_of_the_control_surface(caller: Caller) -> None:
    owner = owner_id()
    caller.imported(owner, "ok", target="GandroApi")
    caller.imported(owner, "currencies", target="ModraVazkaApi")
    found = [
        {
            "iban": account.findtext("iban"),
            "currency": account.findtext("currencyName"),
            "balance": account.findtext("currencyBalance"),
            "transactions": len(account.findall("moneyTransactions/moneyTransaction")),
            "sumInCents": int(sum(Decimal(one.text or "") for one in account.iter("currencyAmount")) * 100),
        }
        for target in caller.targets(owner)
        for account in target.findall("accounts/account")
    ]
    told = caller.control("GET", "state")["owners"][owner]["accounts"]
    assert found == [{name: account[name] for name in found[0]} for account in told]


def test_the_order_of_labels_differs_between_replies_but_not_the_labels(caller: Caller) -> None:
    command_id = caller.imported(owner_id())
    replies = [
        [[label.text for label in labels] for labels in root(caller.command(command_id)).iter("labels")]
        for _number in range(2)
    ]
    assert replies[0] != replies[1]
    assert [sorted(map(str, one)) for one in replies[0]] == [sorted(map(str, one)) for one in replies[1]]


def test_no_accounts_is_a_success_with_an_empty_list(caller: Caller) -> None:
    owner = owner_id()
    command_id = caller.imported(owner, "noaccounts")
    assert caller.command_state(command_id) == "successful"
    (target,) = caller.targets(owner)
    accounts = target.find("accounts")
    assert accounts is not None
    assert len(accounts) == 0


def test_a_partial_history_is_marked(caller: Caller) -> None:
    owner = owner_id()
    caller.imported(owner, "partial")
    (target,) = caller.targets(owner)
    marks = [account.get("partialDueToTimeout") for account in target.findall("accounts/account")]
    assert marks == ["true"]


def test_credit_cards_have_both_spellings_of_interest_and_one_has_no_account_number(caller: Caller) -> None:
    owner = owner_id()
    caller.imported(owner, "cards")
    (target,) = caller.targets(owner)
    first, second = target.findall("creditCards/creditCard")
    assert first.find("interest") is not None
    assert second.find("interests") is not None
    assert iban.is_valid(first.findtext("iban", ""))
    assert second.find("iban") is None


def test_the_empty_lists_are_there_in_the_aggregate(caller: Caller) -> None:
    owner = owner_id()
    caller.imported(owner, "joint")
    (target,) = caller.targets(owner)
    assert [child.tag for child in target] == ["owners", "accounts", "creditCards", "deposits"]
    assert texts(caller, owner, "accounts/account/owners/owner/kind") == ["CO_OWNER", "OWNER"]


def test_a_company_is_a_person_of_its_own_kind(caller: Caller) -> None:
    owner = owner_id()
    caller.imported(owner, target="ZimorodekFirmaApi")
    assert texts(caller, owner, "owners/owner/kind") == ["COMPANY"]


def test_a_bank_may_leave_out_the_balance_of_each_row(caller: Caller) -> None:
    owner = owner_id()
    caller.imported(owner, target="GolondrinaApi")
    rows = [row for target in caller.targets(owner) for row in target.iter("moneyTransaction")]
    assert rows
    assert all(row.find("currencyBalance") is None for row in rows)


def test_many_rows_arrive_whole(caller: Caller) -> None:
    owner = owner_id()
    caller.imported(owner, "many")
    (target,) = caller.targets(owner)
    assert len(list(target.iter("moneyTransaction"))) == 20_000


def test_rows_move_with_the_calendar(caller: Caller) -> None:
    first, second = owner_id(), owner_id()
    caller.imported(first)
    caller.advance(10 * 86_400)
    caller.imported(second)
    newest = [texts(caller, owner, ".//moneyTransaction/bookedOn")[0] or "" for owner in (first, second)]
    days = [dt.date.fromisoformat(day) for day in newest]
    assert days[1] - days[0] == dt.timedelta(days=10)


def test_deleting_makes_the_owner_unknown_and_deleting_again_is_refused(caller: Caller) -> None:
    owner = owner_id()
    caller.imported(owner)
    deleted = caller.call("DELETE", "/v1/data.xml", params={"ownerExternalId": owner})
    again = caller.call("DELETE", "/v1/data.xml", params={"ownerExternalId": owner})
    assert (deleted.status_code, root(deleted).attrib["status"]) == (200, "200 OK")
    assert refusal(caller.aggregate(owner)) == refusal(again) == (404, "InvalidOwnerExternalId")


def test_deleting_one_owner_leaves_the_other(caller: Caller) -> None:
    mine, other = owner_id(), owner_id()
    caller.imported(mine)
    caller.imported(other)
    caller.call("DELETE", "/v1/data.xml", params={"ownerExternalId": mine})
    assert len(caller.targets(other)) == 1


def test_an_import_that_still_runs_lands_after_a_deletion(caller: Caller) -> None:
    owner = owner_id()
    caller.imported(owner)
    caller.started(owner, "slow", target="KastanApi")
    caller.call("DELETE", "/v1/data.xml", params={"ownerExternalId": owner})
    caller.advance(60)
    assert [target.attrib["name"] for target in caller.targets(owner)] == ["KastanApi"]


def test_the_catalog_lists_the_targets_of_a_country(caller: Caller) -> None:
    targets = root(caller.call("GET", "/v1/catalog.xml", params={"country": "pl"})).findall("targets/target")
    names = {target.attrib["name"] for target in targets}
    assert names == {"ZimorodekApi", "ZimorodekFirmaApi", "PodLipamiApi", "KontoBank"}
    children = ["supportedAccountTypes", "commands", "credentialsMetadata"]
    assert all([child.tag for child in target] == children for target in targets)


def test_the_catalog_without_a_country_lists_all(caller: Caller) -> None:
    targets = root(caller.call("GET", "/v1/catalog.xml")).findall("targets/target")
    assert {target.attrib["country"] for target in targets} == {"pl", "cz", "es", "pt", "ro", "lt", "lv", "ee"}
