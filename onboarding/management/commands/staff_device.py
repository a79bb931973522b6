"""Give a staff account a fresh second factor: for a new colleague, or one whose phone is lost."""

from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django_otp.plugins.otp_totp.models import TOTPDevice

from onboarding.models import StaffEventName
from onboarding.staff import record, sessions


class Command(BaseCommand):
    help = "Renew a staff account's second factor and print the address to put into an authenticator app."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--remove", action="store_true", help="leave the account without a second factor")

    def handle(self, *args: Any, **options: Any) -> None:
        """Replace the account's devices, end its sign-ins, print the new device's address once."""
        user = get_user_model().objects.filter(username=options["username"], is_staff=True).first()
        if user is None:
            raise CommandError("There is no staff account with this name.")
        with transaction.atomic():
            TOTPDevice.objects.filter(user=user).delete()
            device = None if options["remove"] else TOTPDevice.objects.create(user=user, name="authenticator")
            ended = sessions.end_all(user)
            record.write(StaffEventName.DEVICE_RENEWED, staff=user, detail="removed" if device is None else "")
        if device is not None:
            self.stdout.write("Put this into an authenticator app now; it is shown only once:\n")
            self.stdout.write(device.config_url)
        self.stdout.write(f"Sign-ins of this account that were ended: {ended}")
