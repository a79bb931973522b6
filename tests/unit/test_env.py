"""The environment's readers: a wrong value stops the start and names its variable."""

import base64
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from wizard_site import env

NAME = "A_VARIABLE"
KEY = base64.b64encode(b"k" * 32).decode()


def refused(monkeypatch: pytest.MonkeyPatch, value: str | None, read: object) -> str:
    """Set the variable, read it, and return why it was refused."""
    monkeypatch.delenv(NAME, raising=False)
    if value is not None:
        monkeypatch.setenv(NAME, value)
    with pytest.raises(ImproperlyConfigured, match=NAME) as caught:
        read()  # type: ignore[operator]
    return str(caught.value)


WRONG = {
    "a number that is none": ("many", lambda: env.integer(NAME, 1, least=1, most=9)),
    "a number too small": ("0", lambda: env.integer(NAME, 1, least=1, most=9)),
    "a number too large": ("10", lambda: env.integer(NAME, 1, least=1, most=9)),
    "a fraction": ("1.5", lambda: env.integer(NAME, 1, least=1, most=9)),
    "neither yes nor no": ("perhaps", lambda: env.boolean(NAME, default=False)),
    "a word that is no choice": ("widget", lambda: env.text(NAME, choices=("redirection",))),
    "no colour": ("blue", lambda: env.colour(NAME, "#000000")),
    "a colour that closes the rule": ("#000000;}", lambda: env.colour(NAME, "#000000")),
    "an empty secret": ("", lambda: env.secret(NAME)),
    "a blank secret": ("  ", lambda: env.secret(NAME)),
    "no secret": (None, lambda: env.secret(NAME)),
    "no address": (None, lambda: env.address(NAME)),
    "an address without a scheme": ("connect.example.com", lambda: env.address(NAME)),
    "another scheme": ("ftp://connect.example.com", lambda: env.address(NAME)),
    "an address without a host": ("https://", lambda: env.address(NAME)),
    "an address that is broken": ("https://[::1", lambda: env.address(NAME)),
    "a port that is none": ("https://connect.example.com:port", lambda: env.address(NAME)),
    "an address with a query": ("https://connect.example.com/?a=1", lambda: env.address(NAME)),
    "an address with a login": ("https://me@connect.example.com", lambda: env.address(NAME)),
    "plain http to the world": ("http://connect.example.com", lambda: env.address(NAME)),
    "plain http to a public number": ("http://8.8.8.8", lambda: env.address(NAME)),
    "plain http to a name that looks private": ("http://10.0.0.1.example.com", lambda: env.address(NAME)),
    "a key without an id": (KEY, lambda: env.encryption_keys(NAME)),
    "a key too short": ("k1:" + base64.b64encode(b"k" * 16).decode(), lambda: env.encryption_keys(NAME)),
    "a key that is no base64": ("k1:%%%", lambda: env.encryption_keys(NAME)),
    "an id with a colon's room": (f"k-1:{KEY}", lambda: env.encryption_keys(NAME)),
    "the same id twice": (f"k1:{KEY},k1:{KEY}", lambda: env.encryption_keys(NAME)),
    "an empty list with a default": (" , ", lambda: env.words(NAME, ("site",))),
    "a blank list with a default": ("", lambda: env.words(NAME, ("site",))),
    "a country by its name": ("pl,Spain", lambda: env.country_codes(NAME, ("pl",))),
    "a country in capitals": ("PL", lambda: env.country_codes(NAME, ("pl",))),
    "an address of its own with a path": ("https://connect.example.com/wizard", lambda: env.origin(NAME)),
    "a picture of another site": ("https://cdn.example.com/logo.svg", lambda: env.own_path(NAME)),
    "a picture of another host": ("//cdn.example.com/logo.svg", lambda: env.own_path(NAME)),
    "a picture of another host with a turned slash": ("/\\cdn.example.com/logo.svg", lambda: env.own_path(NAME)),
    "a picture without the first slash": ("static/logo.svg", lambda: env.own_path(NAME)),
    "no key": (None, lambda: env.encryption_keys(NAME)),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_value_names_its_variable(monkeypatch: pytest.MonkeyPatch, case: str) -> None:
    value, read = WRONG[case]
    said = refused(monkeypatch, value, read)
    assert KEY not in said


@pytest.mark.parametrize(
    "address",
    [
        "https://connect.example.com",
        "https://connect.example.com:8443",
        "http://127.0.0.1:8000",
        "http://localhost",
        "http://bank.localhost:8001",
        "http://[::1]:8000",
        "http://10.1.2.3",
        "http://192.168.0.7:8000",
        "http://site:8000",
    ],
)
def test_https_goes_anywhere_and_http_only_to_private_hosts(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv(NAME, address + "/")
    assert env.address(NAME) == address


def test_a_secret_may_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from-the-file\n")
    monkeypatch.setenv(f"{NAME}_FILE", str(tmp_path / "secret"))
    assert env.secret(NAME) == "from-the-file"


def test_a_secret_in_both_ways_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from-the-file")
    monkeypatch.setenv(f"{NAME}_FILE", str(tmp_path / "secret"))
    assert "both" in refused(monkeypatch, "from-the-variable", lambda: env.secret(NAME))


@pytest.mark.parametrize("kind", ["missing", "empty", "a folder"])
def test_a_secrets_file_that_holds_none_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str) -> None:
    file = tmp_path / "secret"
    if kind == "empty":
        file.write_text("")
    monkeypatch.setenv(f"{NAME}_FILE", str(tmp_path if kind == "a folder" else file))
    with pytest.raises(ImproperlyConfigured, match=NAME):
        env.secret(NAME)


def test_a_secret_with_a_default_may_be_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(NAME, raising=False)
    assert env.secret(NAME, default="filesystem://") == "filesystem://"


@pytest.mark.parametrize(("value", "read"), [("yes", True), ("1", True), ("on", True), ("no", False), ("0", False)])
def test_yes_and_no_are_read_in_their_usual_ways(monkeypatch: pytest.MonkeyPatch, value: str, read: bool) -> None:
    monkeypatch.setenv(NAME, value)
    assert env.boolean(NAME, default=not read) is read


def test_a_list_is_split_at_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, " pl, cz,,es ")
    assert env.words(NAME) == ["pl", "cz", "es"]


def test_the_first_key_writes_and_the_order_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    other = base64.b64encode(b"o" * 32).decode()
    monkeypatch.setenv(NAME, f"k2:{other}, k1:{KEY}")
    assert list(env.encryption_keys(NAME).items()) == [("k2", b"o" * 32), ("k1", b"k" * 32)]


def test_countries_are_read_by_their_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, "pl, cz")
    assert env.country_codes(NAME, ("es",)) == ["pl", "cz"]


@pytest.mark.parametrize("path", ["", "/static/logo.svg"])
def test_a_picture_is_a_path_on_this_site_or_none(monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    monkeypatch.setenv(NAME, path)
    assert env.own_path(NAME) == path


def test_the_site_may_end_with_a_slash_and_have_a_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, "https://connect.example.com:8443/")
    assert env.origin(NAME) == "https://connect.example.com:8443"
