"""Erase people's onboardings, here and at the vendor, by their uuids or the row numbers of log lines."""

import argparse
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from onboarding.models import Actor, Onboarding
from onboarding.services import erasing


class Command(BaseCommand):
    help = "Erase onboardings, here and at the vendor, as a person does on the page for it."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "onboardings", nargs="+", metavar="UUID|ROW", help="the uuid of its address, or its row number"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Erase all of them; nothing is done when one of them is no uuid and no number. Twice does nothing more."""
        missing = []
        for name, wanted in [(name, _lookup(name)) for name in options["onboardings"]]:
            onboarding = Onboarding.objects.filter(**wanted).first()
            if onboarding is None:
                missing.append(name)
                continue
            erased = erasing.erase(onboarding=onboarding, actor=Actor.STAFF)
            self.stdout.write(f"{name}: {'erased; the vendor is asked' if erased else 'was erased before'}")
        if missing:
            raise CommandError(f"There is no onboarding {', '.join(missing)}.")


def _lookup(name: str) -> dict[str, Any]:
    if name.isascii() and name.isdigit() and len(name) < 19:
        return {"pk": int(name)}
    try:
        return {"uuid": UUID(name)}
    except ValueError as error:
        raise CommandError(f"{name!r} is neither a uuid nor a row number; nothing was done.") from error
