"""Sealed texts: only whole, only in their place, only with a key that is known."""

import base64

import pytest
from pytest_django import Settings

from onboarding import sealing

OLD, NEW = b"o" * 32, b"n" * 32
PLACE = "onboarding_banksignin.signature.7"


@pytest.fixture(autouse=True)
def one_key(settings: Settings) -> None:
    settings.FIELD_ENCRYPTION_KEYS = {"k1": OLD}


def test_a_sealed_text_opens_in_its_place() -> None:
    assert sealing.unseal(sealing.seal("zażółć", place=PLACE), place=PLACE) == "zażółć"


def test_the_same_text_is_sealed_differently_each_time() -> None:
    assert sealing.seal("secret", place=PLACE) != sealing.seal("secret", place=PLACE)


def test_a_sealed_text_does_not_show_what_it_holds() -> None:
    sealed = sealing.seal("secret-text", place=PLACE)
    assert "secret-text" not in sealed
    assert b"secret-text" not in base64.b64decode(sealed.split(":")[2])


def test_a_text_that_was_moved_to_another_place_does_not_open() -> None:
    sealed = sealing.seal("secret", place=PLACE)
    with pytest.raises(sealing.SealBroken):
        sealing.unseal(sealed, place="onboarding_banksignin.signature.8")


@pytest.mark.parametrize("position", [0, 5, 12, -1])
def test_a_text_that_was_changed_does_not_open(position: int) -> None:
    version, key_id, encoded = sealing.seal("secret", place=PLACE).split(":")
    raw = bytearray(base64.b64decode(encoded))
    raw[position] ^= 1
    with pytest.raises(sealing.SealBroken):
        sealing.unseal(f"{version}:{key_id}:{base64.b64encode(bytes(raw)).decode()}", place=PLACE)


@pytest.mark.parametrize(
    "sealed", ["", "secret", "v1:k1:", "v1:k1:%%%", "v1:k1:AAAA", "v1:k9:AAAA", "v2:k1:AAAA", "v1:k1", ":::"]
)
def test_what_was_never_sealed_does_not_open(sealed: str) -> None:
    with pytest.raises(sealing.SealBroken):
        sealing.unseal(sealed, place=PLACE)


def test_after_a_rotation_old_texts_open_and_new_ones_take_the_new_key(settings: Settings) -> None:
    old = sealing.seal("secret", place=PLACE)
    settings.FIELD_ENCRYPTION_KEYS = {"k2": NEW, "k1": OLD}
    new = sealing.seal("secret", place=PLACE)
    assert sealing.unseal(old, place=PLACE) == sealing.unseal(new, place=PLACE) == "secret"
    assert (old.split(":")[1], new.split(":")[1]) == ("k1", "k2")


def test_a_text_whose_key_was_taken_away_does_not_open(settings: Settings) -> None:
    sealed = sealing.seal("secret", place=PLACE)
    settings.FIELD_ENCRYPTION_KEYS = {"k2": NEW}
    with pytest.raises(sealing.SealBroken, match="k1"):
        sealing.unseal(sealed, place=PLACE)


def test_an_account_is_seen_again_however_its_number_is_written() -> None:
    one = sealing.fingerprint("PL61 1090 1014 0000 0712 1981 2874", currency="PLN")
    assert one == sealing.fingerprint("pl61109010140000071219812874", currency="pln")


def test_another_number_or_currency_is_another_account() -> None:
    number = "PL61109010140000071219812874"
    one = sealing.fingerprint(number, currency="PLN")
    assert (
        len({one, sealing.fingerprint(number, currency="EUR"), sealing.fingerprint(number[:-1], currency="PLN")}) == 3
    )


def test_a_fingerprint_can_not_be_made_without_the_key(settings: Settings) -> None:
    one = sealing.fingerprint("PL1", currency="PLN")
    settings.FIELD_ENCRYPTION_KEYS = {"k1": NEW}
    assert sealing.fingerprint("PL1", currency="PLN") != one


def test_a_fingerprint_stays_when_a_new_key_is_put_first(settings: Settings) -> None:
    one = sealing.fingerprint("PL1", currency="PLN")
    settings.FIELD_ENCRYPTION_KEYS = {"k2": NEW, "k1": OLD}
    assert sealing.fingerprint("PL1", currency="PLN") == one
