"""The read side of the hand-off page: where the person is about to go."""

from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings

from onboarding import bank_list
from onboarding.failures import Words, words_for
from onboarding.kontomatik import wire
from onboarding.models import SignInWay, Source, SourceState


@dataclass(frozen=True, slots=True)
class SignInForm:
    """What the service's embedded form is asked for; ``script`` is its address, ``origin`` where it comes from."""

    source_uuid: UUID
    script: str
    origin: str
    host: str
    client: str
    country: str
    locale: str
    owner_external_id: str
    target: str
    bank_name: str
    access_mode: str

    @classmethod
    def of(cls, source: Source) -> "SignInForm":
        """Describe the form for a source, with the name that its chosen bank has today."""
        onboarding = source.onboarding
        bank = bank_list.chosen(source.bank, country=onboarding.country)
        address = urlsplit(settings.KONTOMATIK_WIDGET_URL)
        return cls(
            source_uuid=source.uuid,
            script=settings.KONTOMATIK_WIDGET_URL,
            origin=f"{address.scheme}://{address.netloc}",
            host=address.hostname or "",
            client=settings.KONTOMATIK_CLIENT_ID,
            country=bank.country if bank else onboarding.country,
            locale=onboarding.locale,
            owner_external_id=onboarding.owner_external_id,
            target=bank.name if bank else "",
            bank_name=bank.official_name if bank else "",
            access_mode=wire.ACCESS_MODE["accessMode"],
        )


@dataclass(frozen=True, slots=True)
class Handoff:
    """One source on its way to the bank: its link or form, or the words for having neither.

    ``bank_name`` is the one chosen from our list; empty where the person chooses at the service.
    """

    source_uuid: UUID
    link: str
    host: str
    bank_name: str
    form: SignInForm | None
    failure: Words | None
    is_over: bool

    @classmethod
    def of(cls, source: Source) -> "Handoff":
        """Describe a source; ``is_over`` when the hub is the place for it (back already, replaced, removed)."""
        bank = source.bank
        at_form = bank.way == SignInWay.WIDGET
        never_opened = source.ended_in_failure and not (bank.redirection_id or at_form)
        gone = source.removed_at is not None or source.replaced_by_id is not None
        waiting = source.state == SourceState.SIGNING_IN and bank.returned_at is None
        return cls(
            source_uuid=source.uuid,
            link=bank.link,
            host=urlsplit(bank.link).hostname or "",
            bank_name=bank.display_name if waiting else "",
            form=SignInForm.of(source) if at_form and waiting else None,
            failure=words_for(source.failure),
            is_over=gone or not (waiting or never_opened),
        )
