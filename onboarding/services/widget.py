"""What the page with the embedded form says became of the sign-in, and the way out of that page.

All of it is the word of a browser and proves nothing: the session pair is proved by the owner id in the vendor's reply
to the import's start (``jobs.imports``), and an error only ends the sign-in of whoever sent it.
"""

from contextlib import suppress

from django.db import transaction

from onboarding import clock, tasks
from onboarding.jobs import moves, opening, signin
from onboarding.kontomatik import values
from onboarding.kontomatik.records import SignInState, SignInStatus
from onboarding.models import BankSignIn, Failure, SignInWay, Source


def signed_in(*, source: Source, session_id: str, signature: str, target: str, official_name: str) -> bool:
    """Put a source whose form reports a session into the line; return whether this report did it.

    The same session twice is once, another session for a source that has one is ignored: the first report takes the
    source away from the form. A pair that can't be kept ends the sign-in as unreadable.
    """
    status = SignInStatus(
        state=SignInState.SIGNED_IN,
        session_id=session_id,
        session_signature=signature,
        target=target,
        official_name=official_name,
    )
    with suppress(moves.ClaimLost), transaction.atomic():
        held = signin.seize(source.pk)
        if signin.is_usable(status):
            signin.join_line(held, status)
            tasks.nudge_line_after_commit()
        else:
            moves.fail(held, Failure.GARBLED_REPLY, code="UnusableSession")
        return True
    return False


def went_wrong(*, source: Source, code: str, target: str = "") -> bool:
    """End a source whose form reports an error by the vendor's word for it; return whether this report did it."""
    status = SignInStatus(state=SignInState.FAILED, failure=values.word(code), target=target)
    with suppress(moves.ClaimLost), transaction.atomic():
        signin.end_badly(signin.seize(source.pk), status)
        return True
    return False


def turn_to_redirection(*, source: Source) -> None:
    """Leave the form for the service's own pages: fetch the redirection, once, while the form is still open.

    Afterwards the source has its link or the failure that says why not, as after ``banks.begin``.
    """
    with suppress(moves.ClaimLost):
        with transaction.atomic():
            held = signin.seize(source.pk)
            BankSignIn.objects.filter(pk=source.pk).update(way=SignInWay.REDIRECTION)
            # Should this process die before the link is there, a worker fetches it.
            held.row().update(due_at=clock.now(), give_up_at=None)
        held.source.bank.way = SignInWay.REDIRECTION
        opening.step(held)
