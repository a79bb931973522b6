"""Where a page of one bank source looks and leads."""

from uuid import UUID

from django.http import Http404
from django.urls import reverse

from onboarding.models import Onboarding, Source, SourceKind


def bank_source(onboarding: Onboarding, source_uuid: UUID) -> Source:
    """Return a bank source of this onboarding, with what belongs to it; 404 when there is none."""
    rows = onboarding.sources.select_related("bank", "onboarding").filter(kind=SourceKind.BANK)
    source = rows.filter(uuid=source_uuid).first()
    if source is None:
        raise Http404
    return source


def card_of(onboarding: Onboarding, source_uuid: UUID) -> str:
    """Return the address of a source's card on the list."""
    return f"{reverse('hub', args=[onboarding.uuid])}#source-{source_uuid}"
