"""Sessions in the database, as Django keeps them, but for what it makes of a database that is away."""

from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError
from django.db import InterfaceError, OperationalError


class SessionStore(db.SessionStore):
    """Django's store of sessions, which tells a lost connection from a session that was ended meanwhile.

    Django takes every error of an update for the latter and answers 400, which tells the person and their browser not
    to try again.
    """

    def save(self, must_create: bool = False) -> None:
        """Keep the session; raise the database's own error when it could not be asked."""
        try:
            super().save(must_create=must_create)
        except UpdateError as error:
            if isinstance(error.__context__, (OperationalError, InterfaceError)):
                raise error.__context__ from None
            raise
