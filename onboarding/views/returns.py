"""The one redirect address: back from the bank."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from onboarding import browsers
from onboarding.limits import Route
from onboarding.services import returning
from onboarding.services.returning import Arrival, Proof, Return
from onboarding.throttling import limited


@never_cache
# A bank that comes back by POST has no token of ours; this view does nothing with a POST but show the neutral page.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@limited(Route.RETURN)
def come_back(request: HttpRequest, state: str = "") -> HttpResponse:
    """Take the person back from the bank; without our cookie, first let a page of ours bring it."""
    redirection_id = request.GET.get("redirectionId", "") or request.POST.get("redirectionId", "")
    browser = browsers.digest(request)
    if request.method != "GET" or not (browser or "hop" in request.GET):
        return render(request, "returns/neutral.html", {"redirection_id": redirection_id})
    browser = browser or browsers.know(request)
    found = returning.come_back(redirection_id=redirection_id, browser=browser, state=state)
    match found.arrival:
        case Arrival.WELCOME:
            return _to_card(found)
        case Arrival.USED:
            messages.info(request, _("This sign-in is over. The list shows how it stands."))
            return _to_card(found)
        case Arrival.ELSEWHERE:
            return _ask_code(request, redirection_id)
        case Arrival.LATE:
            return render(request, "returns/late.html", {"own": returning.open_onboarding_of(browser)})
        case _:
            return _unknown(request, browser)


@never_cache
@require_POST
@limited(Route.CODE)
def prove(request: HttpRequest) -> HttpResponse:
    """Take the code that the waiting tab shows."""
    redirection_id = request.POST.get("redirectionId", "")
    browser, code = browsers.digest(request), request.POST.get("code", "")[:20]
    proof, left = returning.prove(redirection_id=redirection_id, code=code, browser=browser)
    if proof is Proof.WRONG:
        return _ask_code(request, redirection_id, left=left)
    own = returning.open_onboarding_of(browser)
    return render(request, "returns/proved.html" if proof is Proof.RIGHT else "returns/late.html", {"own": own})


def _ask_code(request: HttpRequest, redirection_id: str, left: int | None = None) -> HttpResponse:
    own = returning.open_onboarding_of(browsers.digest(request))
    context = {"redirection_id": redirection_id, "tries_left": left, "own": own}
    return render(request, "returns/code.html", context)


def _unknown(request: HttpRequest, browser: str) -> HttpResponse:
    own = returning.open_onboarding_of(browser)
    messages.info(request, _("We don't know this sign-in, so nothing was imported from it."))
    return redirect("hub", own.uuid) if own else redirect("home")


def _to_card(found: Return) -> HttpResponse:
    return redirect(f"{reverse('hub', args=[found.onboarding_uuid])}#source-{found.source_uuid}")
