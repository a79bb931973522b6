"""The person's choice about payments that may be counted twice."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from onboarding import guards
from onboarding.models import Onboarding
from onboarding.services import duplicates


@never_cache
@require_POST
@guards.owned
@guards.live
def choose(request: HttpRequest, onboarding: Onboarding) -> HttpResponse:
    """Leave possible duplicates out of the totals or count them again, as the button that was pressed says."""
    choice = request.POST.get("choice")
    if choice == "hide":
        duplicates.hide(onboarding=onboarding)
    elif choice == "show":
        duplicates.show(onboarding=onboarding)
    return redirect(f"{reverse('summary', args=[onboarding.uuid])}#duplicates")
