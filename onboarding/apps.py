from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class OnboardingConfig(AppConfig):
    name = "onboarding"
    verbose_name = _("Onboarding")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks; report crashes from here on, if a setting says where to."""
        from . import checks  # noqa: F401
        from .observing import reports

        reports.begin(settings.SENTRY_DSN)
