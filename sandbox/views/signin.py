"""The sign-in at the demo bank: bank, consent, login, code, and back to the client.

A GET shows a page whose turn has come or is past, a POST does one step and leads on; so Back, reloading and a double
click end up at a page that makes sense. The end is a 302 to the client, answered to a POST.
"""

import uuid
from collections.abc import Callable
from functools import wraps
from urllib.parse import urlencode, urlsplit

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from sandbox import banks, scenarios
from sandbox.middleware import content_security_policy
from sandbox.records import Redirection, Step
from sandbox.refusals import Refusal
from sandbox.state import STATE

Page = Callable[[HttpRequest, Redirection], HttpResponse]
View = Callable[[HttpRequest, uuid.UUID], HttpResponse]
ORDER = list(Step)
COUNTRY_NAMES = {
    "pl": gettext_lazy("Poland"),
    "cz": gettext_lazy("Czechia"),
    "es": gettext_lazy("Spain"),
    "pt": gettext_lazy("Portugal"),
    "ro": gettext_lazy("Romania"),
    "lt": gettext_lazy("Lithuania"),
    "lv": gettext_lazy("Latvia"),
    "ee": gettext_lazy("Estonia"),
}


def return_address(redirection: Redirection) -> str:
    """Return where the browser goes back to.

    That is the client's address with the redirection id and nothing else, or the last page of the widget's frame.
    """
    if redirection.embedded_in:
        return reverse("widget-end", args=[redirection.id])
    joint = "&" if urlsplit(redirection.redirect_uri).query else "?"
    return f"{redirection.redirect_uri}{joint}{urlencode({'redirectionId': redirection.id})}"


def page_of(step: Step) -> Callable[[Page], View]:
    """Make a view the page of one step: load the redirection, and send those who are too early or late elsewhere."""

    def decorate(page: Page) -> View:
        @require_http_methods(["GET", "POST"])
        @wraps(page)
        def guarded(request: HttpRequest, redirection_id: uuid.UUID) -> HttpResponse:
            redirection = _load(redirection_id)
            if redirection.step is Step.DONE:
                return _over(request, redirection)
            if ORDER.index(step) > ORDER.index(redirection.step):
                return redirect(f"signin-{redirection.step}", redirection.id)
            return page(request, redirection)

        return guarded

    return decorate


def _load(redirection_id: uuid.UUID) -> Redirection:
    try:
        return STATE.redirection(str(redirection_id))
    except Refusal as error:
        raise Http404 from error


def _over(request: HttpRequest, redirection: Redirection) -> HttpResponse:
    """Lead back at once after a click, and by a link when somebody only looks."""
    if request.method == "POST":
        return _back_to_client(redirection)
    return _show(request, redirection, "over", return_address=return_address(redirection))


def _back_to_client(redirection: Redirection) -> HttpResponse:
    response = HttpResponseRedirect(return_address(redirection))
    response["Content-Security-Policy"] = _policy(redirection)
    return response


def _policy(redirection: Redirection) -> str:
    if redirection.embedded_in:
        return content_security_policy(frame_ancestors=redirection.embedded_in)
    # Browsers hold the redirect after a form to form-action too, so the client's origin must be in it.
    address = urlsplit(redirection.redirect_uri)
    return content_security_policy(form_action=f"'self' {address.scheme}://{address.netloc}")


def _show(request: HttpRequest, redirection: Redirection, page: str, **context: object) -> HttpResponse:
    client = urlsplit(redirection.redirect_uri or redirection.embedded_in).netloc
    known = {"redirection": redirection, "bank": redirection.bank, "client": client}
    response = render(request, f"sandbox/{page}.html", known | context)
    response["Content-Security-Policy"] = _policy(redirection)
    return response


@page_of(Step.BANK)
def choose_bank(request: HttpRequest, redirection: Redirection) -> HttpResponse:
    """Let the person choose a bank of one country."""
    error = ""
    if request.method == "POST":
        bank = banks.by_target(request.POST.get("target", ""))
        if bank:
            STATE.choose_bank(redirection, bank)
            return redirect("signin-consent", redirection.id)
        error = _("Choose one of the banks.")
    wanted = request.GET.get("country", redirection.country)
    country = wanted if wanted in banks.COUNTRIES else redirection.country
    context = {
        "banks": banks.of_country(country),
        "country": country,
        "country_names": COUNTRY_NAMES,
        "error": error,
    }
    return _show(request, redirection, "choose_bank", **context)


@page_of(Step.CONSENT)
def consent(request: HttpRequest, redirection: Redirection) -> HttpResponse:
    """Say what is read, and ask whether to go on."""
    if request.method == "POST":
        STATE.consent(redirection)
        return redirect(_login_page(redirection), redirection.id)
    return _show(request, redirection, "consent")


def _login_page(redirection: Redirection) -> str:
    """Return the page after the consent: a bank under PSD2 is no page in a frame, so it gets a window of its own."""
    in_a_window = redirection.embedded_in and redirection.bank and redirection.bank.psd2
    return "widget-window" if in_a_window else "signin-login"


@page_of(Step.LOGIN)
def log_in(request: HttpRequest, redirection: Redirection) -> HttpResponse:
    """Ask for user name and password; the logins and what they do stand on the page."""
    known = scenarios.of_bank(redirection.bank) if redirection.bank else ()
    login, error = request.GET.get("login", ""), ""
    if request.method == "POST":
        login, password = request.POST.get("login", ""), request.POST.get("password", "")
        if login.strip() and password:
            STATE.log_in(redirection, login, password)
            return _on(redirection, "signin-code")
        error = _("Enter both the user name and the password.")
    filled = next((one for one in known if one.login == login), None)
    context = {"groups": scenarios.by_group(known), "login": login, "filled": filled, "error": error}
    return _show(request, redirection, "log_in", **context)


@page_of(Step.CODE)
def enter_code(request: HttpRequest, redirection: Redirection) -> HttpResponse:
    """Ask for the one-time code, which the page itself shows."""
    error = ""
    if request.method == "POST":
        if STATE.enter_code(redirection, request.POST.get("code", "")):
            return _on(redirection, "signin-code")
        error = _("This is not the code. Enter the code shown on this page.")
    return _show(request, redirection, "enter_code", scenario=redirection.scenario, error=error)


@require_POST
def cancel(request: HttpRequest, redirection_id: uuid.UUID) -> HttpResponse:
    """Leave the sign-in without an end."""
    redirection = _load(redirection_id)
    STATE.cancel(redirection)
    return _back_to_client(redirection)


def _on(redirection: Redirection, page: str) -> HttpResponse:
    """Go to the next page, or back to the client if the last step has ended the sign-in."""
    return _back_to_client(redirection) if redirection.step is Step.DONE else redirect(page, redirection.id)
