"""The append-only record of who did what to which onboarding when."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from onboarding import clock

from .append_only import AppendOnly


class Actor(models.TextChoices):
    USER = "user", _("the person")
    STAFF = "staff", _("staff")
    SYSTEM = "system", _("the system")


class EventName(models.TextChoices):
    STARTED = "started", _("onboarding started")
    SIGNIN_ASKED = "signin_asked", _("bank sign-in asked for")
    SIGNIN_OPENED = "signin_opened", _("bank sign-in opened")
    RETURNED = "returned", _("came back from the bank")
    RETURNED_ELSEWHERE = "returned_elsewhere", _("came back in another browser")
    CODE_WRONG = "code_wrong", _("wrong code in another browser")
    CODE_RIGHT = "code_right", _("right code in another browser")
    SIGNED_IN = "signed_in", _("signed in at the bank")
    FILE_RECEIVED = "file_received", _("file received")
    FILE_ASKED = "file_asked", _("the person was asked about a file")
    FILE_ANSWERED = "file_answered", _("the person answered about a file")
    FILE_CHECKED = "file_checked", _("file checked")
    FILE_SENT = "file_sent", _("file sent to the service")
    DUPLICATES_HIDDEN = "duplicates_hidden", _("possible duplicates left out of the totals")
    DUPLICATES_SHOWN = "duplicates_shown", _("possible duplicates counted again")
    IMPORT_STARTED = "import_started", _("import started")
    START_UNANSWERED = "start_unanswered", _("import start unanswered, watching for its data")
    IMPORTED = "imported", _("imported")
    SOURCE_FAILED = "source_failed", _("source failed")
    SOURCE_ABANDONED = "source_abandoned", _("sign-in not finished")
    RETRIED = "retried", _("tried again")
    REMOVED = "removed", _("removed from the list")
    FINISHED = "finished", _("finished")
    SUMMARY_READY = "summary_ready", _("summary made")
    SUMMARY_FAILED = "summary_failed", _("summary failed")
    ERASED = "erased", _("erased here")
    ERASURE_PROVED = "erasure_proved", _("erasure proved at the service")
    ERASURE_UNPROVED = "erasure_unproved", _("erasure at the service could not be proved")
    STAFF_ALERT = "staff_alert", _("needs the attention of staff")


class Event(AppendOnly):
    """One thing that happened. Holds no account number and no name; ``detail`` is a failure kind or an error word."""

    Actor: ClassVar = Actor
    Name: ClassVar = EventName

    onboarding = models.ForeignKey("Onboarding", on_delete=models.CASCADE, related_name="events")
    source_uuid = models.UUIDField(null=True, blank=True)
    actor = models.CharField(max_length=8, choices=Actor.choices)
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    name = models.CharField(max_length=24, choices=EventName.choices)
    detail = models.CharField(max_length=100, blank=True, default="")
    at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["onboarding", "-at"], name="event_of_onboarding")]

    def __str__(self) -> str:
        return f"{self.name} {self.at:%Y-%m-%d %H:%M}"
