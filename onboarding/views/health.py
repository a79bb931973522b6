"""For hosts and load balancers: is the process alive, and are its parts in reach."""

from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from onboarding.jobs.sweep import TICK
from onboarding.models import Tick

BEAT_MAY_BE_LATE = timedelta(seconds=60)


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer as long as the process can."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Tell whether the database answers, is migrated, and the sweep ran of late; 503 when not."""
    try:
        executor = MigrationExecutor(connection)
        migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        tick = Tick.objects.filter(name=TICK).first() if migrated else None
        found = {
            "database": True,
            "migrated": migrated,
            "sweep": tick is not None and timezone.now() - tick.at < BEAT_MAY_BE_LATE + _period(),
        }
    except DatabaseError:
        found = {"database": False, "migrated": False, "sweep": False}
    return JsonResponse(found, status=200 if all(found.values()) else 503)


def _period() -> timedelta:
    return timedelta(seconds=settings.SWEEP_SECONDS)
