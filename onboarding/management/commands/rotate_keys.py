"""Seal everything anew with the first key of FIELD_ENCRYPTION_KEY, or say which keys are still needed."""

import argparse
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from onboarding import resealing, sealing


class Command(BaseCommand):
    help = "Seal everything that is encrypted at rest anew with the first key of FIELD_ENCRYPTION_KEY."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="change nothing; fail when another key is still needed"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it and say how much; fail, with what is wrong, when something can't be opened."""
        if options["check"]:
            self._check()
            return
        try:
            found = resealing.reseal_all()
        except BlockingIOError as error:
            raise CommandError("Another rotate_keys is running.") from error
        except OSError as error:
            raise CommandError(f"Not finished ({error.strerror}); nothing is lost: run it again.") from error
        self.stdout.write(f"{found.anew} sealed anew with {sealing.writing_key()}, {found.already} were already.")
        if not found.is_whole:
            raise CommandError(" ".join(_complaints(found)))

    def _check(self) -> None:
        needed = resealing.sealed_with()
        for key_id, number in sorted(needed.items()):
            self.stdout.write(f"{key_id or 'unreadable'}: {number} sealed")
        oldest = list(settings.FIELD_ENCRYPTION_KEYS)[-1]
        digests = resealing.digests()
        self.stdout.write(f"{oldest}: {digests} digests of accounts and files")
        others = sorted(set(needed) - {sealing.writing_key()})
        if others:
            raise CommandError(f"Still needed: {', '.join(key or 'unreadable' for key in others)}. Run rotate_keys.")
        if digests and oldest != sealing.writing_key():
            raise CommandError(f"Still needed: {oldest}, for digests; they go with their onboardings.")


def _complaints(found: resealing.Resealed) -> list[str]:
    complaints = [
        f"{number} sealed with the key {key_id!r}, which FIELD_ENCRYPTION_KEY does not hold: put it behind the first."
        for key_id, number in sorted(found.unknown_keys.items())
    ]
    if found.broken:
        complaints.append(f"{found.broken} were changed or damaged and can't be opened with their key.")
    return complaints
