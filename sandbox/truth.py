"""Tell everything that the sandbox knows, for a test to compare its client with."""

from sandbox import clock, wire
from sandbox.accounts_xml import amount
from sandbox.deliveries import Delivery, Origin
from sandbox.ledger import Account, Card
from sandbox.records import CommandState, Import, Owner, Redirection, Session
from sandbox.state import State


def everything(state: State) -> dict[str, object]:
    """Return redirections, sessions, commands, calls and each owner's money; amounts as texts and as cents."""
    now = clock.now()
    commands = list(state.imports.values())
    return {
        "now": wire.instant(now),
        "redirections": [_redirection(one) for one in list(state.redirections.values())],
        "sessions": [_session(one) for one in list(state.sessions.values())],
        "commands": [_command(one) for one in commands],
        "inFlight": state.in_flight(now),
        "mostInFlight": state.most_in_flight,
        "calls": dict(state.calls),
        "owners": {one.id: _owner(one) for one in list(state.owners.values())},
    }


def _redirection(one: Redirection) -> dict[str, object]:
    status = wire.redirection_status(one)["status"]
    return {
        "id": one.id,
        "owner": one.owner,
        "country": one.country,
        "embeddedIn": one.embedded_in or None,
        "step": one.step.value,
        "status": status,
        "target": one.bank.target if one.bank else None,
        "session": one.session.id if one.session else None,
    }


def _session(one: Session) -> dict[str, object]:
    return {
        "id": one.id,
        "owner": one.owner,
        "target": one.bank.target,
        "login": one.scenario.login,
        "command": one.import_id or None,
        "effectiveStarts": one.effective_starts,
        "refusedStarts": one.refused_starts,
    }


def _command(one: Import) -> dict[str, object]:
    return {
        "id": one.id,
        "session": one.session.id,
        "owner": one.session.owner,
        "target": one.session.bank.target,
        "state": one.state(clock.now()).value,
        "since": one.since.isoformat(),
        "startedAt": one.started_at.timestamp(),
        "seconds": one.seconds,
        "polls": one.polls,
        "erased": one.erased,
    }


def _owner(owner: Owner) -> dict[str, object]:
    now = clock.now()
    shown = [one for one in owner.imports if not one.erased and one.state(now) is CommandState.SUCCESSFUL]
    return {
        "imports": [one.id for one in shown],
        "accounts": [_money(one, account) for one in shown for account in one.holdings().accounts],
        "cards": [_money(one, card) for one in shown for card in one.holdings().cards],
        "statements": [_delivery(one) for one in owner.deliveries if one.origin is Origin.STATEMENT],
        "uploads": [_delivery(one) for one in owner.deliveries if one.origin is Origin.UPLOAD],
    }


def _delivery(one: Delivery) -> dict[str, object]:
    return {
        "id": one.id,
        "banks": [part.official_name or None for part in one.contents.parts],
        "rows": one.contents.row_count,
        "accounts": [
            {
                "iban": account.iban,
                "currency": account.currency,
                "transactions": len(account.entries),
                "sumInCents": sum(entry.amount for entry in account.entries),
            }
            for account in one.contents.accounts
        ],
        "failedVerifications": list(one.contents.failed_verifications),
        "erased": one.erased,
    }


def _money(one: Import, holding: Account | Card) -> dict[str, object]:
    return {
        "command": one.id,
        "target": one.session.bank.target,
        "iban": holding.iban,
        "currency": holding.currency,
        "balance": amount(holding.balance),
        "transactions": len(holding.rows),
        "sumInCents": sum(row.amount for row in holding.rows),
    }
