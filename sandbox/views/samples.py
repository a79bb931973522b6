"""The sample files to try things with: a list, and each of them for download."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from sandbox import clock, samples


@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """List the samples with what each of them shows."""
    return render(request, "sandbox/samples.html", {"groups": samples.by_group()})


@require_safe
def download(request: HttpRequest, name: str) -> HttpResponse:
    """Give one sample, made for today."""
    sample = samples.find(name)
    if sample is None:
        raise Http404
    response = HttpResponse(sample.content(clock.today()), content_type=sample.content_type)
    response["Content-Disposition"] = f'attachment; filename="{sample.name}"'
    return response
