"""The summary: its page, the making of it, its transactions and the exports."""

from collections.abc import Callable, Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from onboarding import flow, guards
from onboarding.limits import Route
from onboarding.models import Onboarding
from onboarding.pages import hub as hubs
from onboarding.pages import making
from onboarding.summary import document, exports, page, transactions
from onboarding.throttling import limited


@never_cache
@require_safe
@vary_on_headers("HX-Request")
@guards.owned
@guards.live
def summary(request: HttpRequest, onboarding: Onboarding) -> HttpResponse:
    """Show everything together; or how far its making is; a search asks for the rows alone."""
    if not flow.may_see_summary(onboarding):
        return redirect("hub", onboarding.uuid)
    rows = transactions.build(
        onboarding,
        query=request.GET.get("q", ""),
        account=request.GET.get("account", ""),
        number=request.GET.get("page", ""),
        only_duplicates=request.GET.get("duplicates") == "1",
        locale=get_language() or "en",
    )
    if rows is None:
        return _making(request, onboarding)
    if guards.wants_fragment(request):
        return render(request, "summary/_transactions.html", {"onboarding": onboarding, "transactions": rows})
    return _page(request, onboarding, rows)


def _page(request: HttpRequest, onboarding: Onboarding, rows: transactions.TransactionsPage) -> HttpResponse:
    made = making.of(onboarding)
    context: dict[str, Any] = {
        "onboarding": onboarding,
        "page": page.build(onboarding, locale=get_language() or "en"),
        "transactions": rows,
        "making": made,
        "hub": hubs.for_onboarding(onboarding),
        "can_renew": flow.connecting_again(onboarding),
        "refresh_seconds": 5 if made.is_running else 0,
    }
    return render(request, "summary/summary.html", context)


def _making(request: HttpRequest, onboarding: Onboarding) -> HttpResponse:
    made = making.of(onboarding)
    context = {"onboarding": onboarding, "making": made, "refresh_seconds": 5 if made.is_running else 0}
    return render(request, "summary/making.html", context)


@never_cache
@require_safe
@limited(Route.EXPORT)
@guards.owned
@guards.live
def export_json(request: HttpRequest, onboarding: Onboarding) -> HttpResponse:
    """Give the summary as its stable document."""
    found = document.build(onboarding)
    if found is None:
        return redirect("summary", onboarding.uuid)
    return JsonResponse(found, json_dumps_params={"ensure_ascii": False, "indent": 2})


@never_cache
@require_safe
@limited(Route.EXPORT)
@guards.owned
@guards.live
def export_csv(request: HttpRequest, onboarding: Onboarding) -> HttpResponseBase:
    """Stream the transactions as CSV."""
    return _streamed(onboarding, exports.csv_chunks, "csv", "text/csv; charset=utf-8")


@never_cache
@require_safe
@limited(Route.EXPORT)
@guards.owned
@guards.live
def export_xlsx(request: HttpRequest, onboarding: Onboarding) -> HttpResponseBase:
    """Stream the transactions as a spreadsheet."""
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return _streamed(onboarding, exports.xlsx_chunks, "xlsx", kind)


def _streamed(
    onboarding: Onboarding, export: Callable[[Onboarding], Iterator[bytes]], extension: str, content_type: str
) -> HttpResponseBase:
    try:
        chunks = export(onboarding)
    except exports.SummaryChanged:
        return redirect("summary", onboarding.uuid)
    name = exports.file_name(extension, on=timezone.localdate())
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(chunks, content_type=content_type, headers=headers)
