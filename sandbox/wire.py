"""Write the replies of the contract: the names, attributes and order that a client sees (rows are in `accounts_xml`).

Names that the contract marks as inferred are in the tables at the top, so that a correction is one line.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from xml.sax.saxutils import escape, quoteattr  # nosec B406

from sandbox import clock
from sandbox.accounts_xml import element, holdings_xml
from sandbox.banks import Bank, StatementBank
from sandbox.deliveries import Delivery
from sandbox.deliveries_xml import part_xml
from sandbox.records import CommandState, Import, Owner, Redirection, Step
from sandbox.refusals import Refusal
from sandbox.scenarios import SignInEnd

HEADER = '<?xml version="1.0" encoding="utf-8"?>\n'
SCHEMA = (
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xsi:noNamespaceSchemaLocation="https://developer.kontomatik.com/schema/v1/{}.xsd" '
)
ACCOUNT_USER = "sandbox"
COMMAND_NAME = "DefaultImportCommand"
FOREIGN_OWNER = "00000000-0000-4000-8000-000000000000"
REASONS = {
    200: "OK",
    202: "Accepted",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    413: "Content Too Large",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
}

# The words of redirection-status are not established; these are the ones that the contract tells clients to expect.
STATUS_WORDS = {
    SignInEnd.SUCCESS: "success",
    SignInEnd.FAILED: "failed",
    SignInEnd.CANCELLED: "cancelled",
    SignInEnd.EXPIRED: "expired",
}
# What the widget calls the ends that are no exception of their own.
WIDGET_EXCEPTIONS = {SignInEnd.CANCELLED: "SignInCancelled", SignInEnd.EXPIRED: "SessionExpired"}
STATUS_OPENED = "created"
STATUS_UNDER_WAY = "in_progress"
UNSEEN_STATE = "waiting_for_review"


def instant(at: dt.datetime) -> str:
    """Write an instant with seconds."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _precise_instant(at: dt.datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def attributes(**values: str) -> str:
    """Write attributes in the order given, each with a blank before it; empty ones are left out."""
    return "".join(f" {name}={quoteattr(value)}" for name, value in values.items() if value)


def reply(status: int, inside: str, *, owner: str = "", schema: str = "") -> str:
    """Wrap what is inside into the root element."""
    return f"{reply_start(status, owner=owner, schema=schema)}{inside}\n</reply>"


def reply_start(status: int, *, owner: str = "", schema: str = "") -> str:
    """Write the declaration and the opening root element."""
    known = attributes(
        status=f"{status} {REASONS[status]}",
        user=ACCOUNT_USER,
        ownerExternalId=owner,
        responseTimestamp=instant(clock.now()),
    )
    described = f" {SCHEMA.format(schema)}".rstrip() if schema else ""
    return f"{HEADER}<reply{described}{known}>\n"


def refusal(refused: Refusal) -> str:
    """Write a refusal with its exception name and message."""
    return reply(refused.status, f"  {_exception(refused.name, refused.message)}", owner=refused.owner)


def _exception(name: str, message: str, friendly: str = "") -> str:
    friendly_message = f"<friendlyMessage>{escape(friendly)}</friendlyMessage>" if friendly else ""
    inside = f"<message>{escape(message)}</message>{friendly_message}"
    return f"<exception{attributes(name=name)}>{inside}</exception>"


def unauthorized(address: str, key: str) -> str:
    """Write the reply to an unknown key: a comment and no exception; address and key are masked."""
    return (
        f"{HEADER}<reply{attributes(status='401 Unauthorized', responseTimestamp=instant(clock.now()))}>\n"
        "  <comment>\n"
        "    This demo service does not know the caller.\n"
        f"    The request comes from {escape(_masked(address))} with the API key\n"
        f'    "{escape(_masked(key))}".\n'
        "    Check that the header X-Api-Key holds what SANDBOX_API_KEY says.\n"
        "  </comment>\n"
        "</reply>"
    )


def _masked(text: str) -> str:
    printable = "".join(character for character in text if character.isprintable())
    if len(printable) < 12:
        return "*" * len(printable)
    return f"{printable[:2]}{'*' * 14}{printable[-2:]}"


def import_started(started: Import, owner: str) -> str:
    """Write the 202 reply; a start is always reported as set up, whatever the clock says."""
    inside = _command_start(started, CommandState.SETUP) + "  </command>"
    return reply(202, inside, owner=owner, schema="command_setup")


def command(polled: Import) -> str:
    """Write the reply to a poll, with the result or the exception once there is one."""
    now = clock.now()
    state = polled.state(now)
    failure = polled.failure(now)
    inside = _command_start(polled, state, polled.session.bank)
    if state is CommandState.SUCCESSFUL:
        found = "".join(holdings_xml(polled.holdings(), labels_reversed=bool(polled.polls % 2)))
        inside += f"    <result>\n{found}    </result>\n"
    elif failure:
        inside += f"    {_exception(failure.name, failure.message, failure.friendly_message)}\n"
    return reply(200, f"{inside}  </command>", schema="default_import")


def _command_start(one: Import, state: str, bank: Bank | None = None) -> str:
    known = attributes(
        id=one.id,
        state=state,
        name=COMMAND_NAME,
        target=bank.target if bank else "",
        institution=bank.institution if bank else "",
    )
    # The vendor's progress stays 0 up to the end, so that no client can lean on it.
    return f"  <command{known}>\n    <progress><value>0</value></progress>\n"


def aggregate(owner: Owner, imports: list[Import], deliveries: list[Delivery]) -> Iterator[str]:
    """Write the aggregated data piece by piece.

    One owner element holds a target element for each import, in their order; a statement or an upload is a further
    owner element of its own origin with a target for each bank in it.
    """
    yield reply_start(200, owner=owner.id)
    if imports:
        yield _owner_start(owner, owner.created_at, "scraper")
        for one in imports:
            bank = one.session.bank
            yield _target_start(bank.target, bank.official_name, bank.institution)
            yield from holdings_xml(one.holdings(), labels_reversed=False, always_all=True)
            yield "    </target>\n"
        yield "  </owner>\n"
    for delivery in deliveries:
        yield _owner_start(owner, delivery.received_at, delivery.origin)
        for part in delivery.contents.parts:
            yield _target_start(part.target, part.official_name, part.institution)
            yield from part_xml(part, always_all=True)
            yield "    </target>\n"
        yield "  </owner>\n"
    yield "</reply>"


def _owner_start(owner: Owner, at: dt.datetime, origin: str) -> str:
    when = _precise_instant(at)
    dates = attributes(createdAt=when, updatedAt=when, lastChange=when)
    return f"  <owner{attributes(externalId=owner.id)}{dates}{attributes(origin=origin)}>\n"


def _target_start(name: str, official_name: str, institution: str) -> str:
    return f"    <target{attributes(name=name, officialName=official_name, institution=institution)}>\n"


def statement(delivery: Delivery) -> str:
    """Write the reply to a statement; `isConsistent` says whether it passed every check."""
    consistent = "false" if delivery.contents.failed_verifications else "true"
    inside = "".join(
        f"    <target{attributes(name=part.target, officialName=part.official_name)}/>\n{''.join(part_xml(part))}"
        for part in delivery.contents.parts
    )
    known = attributes(id=delivery.id, isConsistent=consistent)
    return reply(200, f"  <statement{known}>\n{inside}  </statement>", owner=delivery.owner)


def statement_catalog(listed: Iterable[StatementBank]) -> str:
    """Write the catalog of the banks whose statements are read."""
    targets = "".join(
        f"    <target{attributes(name=bank.target, officialName=bank.official_name)}/>\n" for bank in listed
    )
    return reply(200, f"  <targets>\n{targets}  </targets>")


def erased(owner: str) -> str:
    """Write the reply to a deletion."""
    return reply(200, "", owner=owner)


def catalog(banks: Iterable[Bank]) -> str:
    """Write the catalog; its order means nothing, so it is not the order of the sign-in page."""
    targets = "".join(_target(bank) for bank in sorted(banks, key=lambda bank: bank.target[::-1]))
    return reply(200, f"  <targets>\n{targets}  </targets>")


def _target(bank: Bank) -> str:
    known = attributes(
        country=bank.country,
        name=bank.target,
        institution=bank.institution,
        officialName=bank.official_name,
        officialUrl=bank.official_url,
        loginName=bank.login_name,
        beta="true" if bank.beta else "",
        psd2="true" if bank.psd2 else "false",
    )
    account_types = "".join(element("accountType", one).rstrip() for one in bank.account_types)
    return (
        f"    <target{known}>\n"
        f"      <supportedAccountTypes>{account_types}</supportedAccountTypes>\n"
        f'      <commands><command name="{COMMAND_NAME}"/></commands>\n'
        '      <credentialsMetadata><credential name="login"/><credential name="password"/></credentialsMetadata>\n'
        "    </target>\n"
    )


def mock_session(session_id: str, signature: str, owner: str) -> str:
    """Write the reply to a mock session."""
    return reply(200, f"  <session{attributes(id=session_id, signature=signature)}/>", owner=owner)


def redirection_status(redirection: Redirection) -> dict[str, object]:
    """Return the status reply, for JSON; only what is known is in `params`."""
    if not redirection.settled(clock.now()) or redirection.end is None:
        begun = redirection.step not in {Step.BANK, Step.CONSENT}
        return {"status": STATUS_UNDER_WAY if begun else STATUS_OPENED, "params": {}}
    session = redirection.session
    known = {
        "sessionId": session.id if session else "",
        "sessionIdSignature": session.signature if session else "",
        "multipleAccessId": redirection.multiple_access_id,
        "target": redirection.bank.target if redirection.bank else "",
        "officialName": redirection.bank.official_name if redirection.bank else "",
        "exception": redirection.exception,
    }
    given = {name: value for name, value in known.items() if value}
    return {"status": STATUS_WORDS[redirection.end], "params": given}


def widget_message(redirection: Redirection) -> dict[str, object]:
    """Return what the widget's frame tells the embedding page at the end, for its callbacks."""
    bank, session = redirection.bank, redirection.session
    target = bank.target if bank else None
    if session and bank:
        return {
            "callback": "onSuccess",
            "target": target,
            "sessionId": session.id,
            "sessionIdSignature": session.signature,
            "options": {"officialName": bank.official_name},
        }
    exception = redirection.exception or (WIDGET_EXCEPTIONS[redirection.end] if redirection.end else "")
    return widget_failure(exception, "The sign-in did not end well.", target)


def widget_failure(exception: str, message: str, target: str | None = None) -> dict[str, object]:
    """Return what the widget's frame tells the embedding page about a failure."""
    options = {"target": target, "sessionId": None, "message": message}
    return {"callback": "onError", "exception": exception, "options": options}
