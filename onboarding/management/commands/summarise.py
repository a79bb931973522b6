"""Print the summary of a saved aggregated reply as JSON, without a database."""

import argparse
import json
import sys
from contextlib import ExitStack
from typing import Any, BinaryIO

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from onboarding.kontomatik.errors import AggregateRefused
from onboarding.kontomatik.parser import Limits, read_aggregate
from onboarding.summary.saved import document_of_reply


class Command(BaseCommand):
    help = "Print the summary of a saved aggregated reply (GET /v1/data.xml) as JSON. Needs no database."
    # Neither checks nor migrations: the command has to work where no database can be reached.
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE.xml", help="the saved reply, or - to read it from standard input")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, count and print; a file that can't be read ends with one line on standard error and exit code 1."""
        name: str = options["file"]
        with ExitStack() as opened:
            try:
                stream: BinaryIO = sys.stdin.buffer if name == "-" else opened.enter_context(open(name, "rb"))
                records = read_aggregate(stream, limits=Limits(bytes=settings.AGGREGATE_MAX_BYTES))
                summary = document_of_reply(records, now=timezone.now())
            except OSError as error:
                raise CommandError(f"{name}: {error.strerror or 'cannot be read'}") from error
            except AggregateRefused as error:
                raise CommandError(f"{'standard input' if name == '-' else name}: {error}") from error
        self.stdout.write(json.dumps(summary, ensure_ascii=False, indent=2))
