"""What leaves: one door, to one address of the operator's, whatever people, hosts and the vendor itself say."""

import ast
import socket
import ssl
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import responses
from django.core.exceptions import ImproperlyConfigured
from django.db import models

from onboarding.admin.invitations import InvitationForm
from onboarding.kontomatik.client import Client
from onboarding.kontomatik.errors import Garbled, KontomatikError, Unavailable
from onboarding.kontomatik.links import HOSTS, Links
from onboarding.kontomatik.transport import prepare_session
from tests.browser.stack import ROOT
from tests.kontomatik.calls import CALLS, KEY, begin
from tests.kontomatik.documents import element, reply
from tests.kontomatik.loopback import Vendor, answer
from tests.kontomatik.test_tls import SecureVendor, certificate_for
from wizard_site import env

COMMAND = reply(element("command", id="7", state="setup"))
SPEAKERS = {"requests", "urllib3", "http.client", "httplib2", "httpx", "aiohttp", "urllib.request", "ftplib", "smtplib"}
SPEAKERS |= {"socket", "telnetlib", "xmlrpc", "asyncio"}

# Each leads, in some client, to a cloud's metadata, this machine by a back way, or nowhere.
OFF_LIMITS = {
    "metadata of most clouds": "169.254.169.254",
    "any link-local address": "169.254.1.1",
    "metadata over version 6": "[fd00:ec2::254]",
    "link-local of version 6": "[fe80::1]",
    "metadata in an address of version 6": "[::ffff:169.254.169.254]",
    "metadata in the old form of that": "[::169.254.169.254]",
    "metadata behind a translator": "[64:ff9b::a9fe:a9fe]",
    "metadata in a tunnel": "[2002:a9fe:a9fe::]",
    "metadata of another cloud": "100.100.100.200",
    "metadata by a public number": "168.63.129.16",
    "nowhere, which is here": "0.0.0.0",  # noqa: S104 - refused
    "nowhere of version 6": "[::]",
    "this network": "0.1.2.3",
    "everybody": "255.255.255.255",
    "a group": "224.0.0.1",
    "a group of version 6": "[ff02::1]",
    "metadata by name": "metadata.google.internal",
    "metadata by name with a last dot": "metadata.google.internal.",
}
# Numbers in forms that some clients read as addresses and others as names.
DISGUISED = {
    "decimal": "2852039166",
    "hexadecimal": "0xa9fea9fe",
    "hexadecimal parts": "0xa9.0xfe.0xa9.0xfe",
    "octal parts": "0251.0376.0251.0376",
    "leading zeros": "127.000.000.001",
    "two parts": "127.1",
    "three parts": "169.254.43518",
    "a last dot": "169.254.169.254.",
    "letters that fold into digits": "①⑥⑨.254.169.254",
    "another script's dot": "169。254。169。254",
    "percent signs": "%31%36%39.254.169.254",
    "blanks": "169.254.169.254 .example.com",
    "a user before it": "connect.example.com@169.254.169.254",
    "an empty user": "@169.254.169.254",
    "a password alone": ":x@connect.example.com",
    "a turned slash": "connect.example.com\\@169.254.169.254",
    "a tab": "169.254.\t169.254",
}


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    def read(value: str) -> str:
        monkeypatch.setenv("KONTOMATIK_BASE_URL", value)
        return env.address("KONTOMATIK_BASE_URL")

    return read


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("case", [*OFF_LIMITS, *DISGUISED])
def test_the_vendors_address_can_not_be_where_no_service_lives(
    case: str, scheme: str, read: Callable[[str], str]
) -> None:
    host = {**OFF_LIMITS, **DISGUISED}[case]
    with pytest.raises(ImproperlyConfigured, match="KONTOMATIK_BASE_URL"):
        read(f"{scheme}://{host}/")
    with pytest.raises(ValueError, match="base_url"):
        Client(base_url=f"{scheme}://{host}/", api_key=KEY)


@pytest.mark.parametrize("host", ["169.254.169.254", "fd00:ec2::254", "fe80::1%eth0", "::ffff:a9fe:a9fe"])
def test_a_name_that_turns_out_to_lead_to_metadata_is_left_before_anything_is_sent(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Elsewhere(socket.socket):
        """A connection that says it leads to ``host``; it leads to loopback."""

        def getpeername(self) -> Any:
            return (host, 80)

    with Vendor() as vendor:
        vendor.sends(answer(COMMAND))

        def connect(*_: Any, **__: Any) -> socket.socket:
            sock = Elsewhere(socket.AF_INET, socket.SOCK_STREAM)
            sock.connect(("127.0.0.1", vendor.port))
            return sock

        monkeypatch.setattr("urllib3.util.connection.create_connection", connect)
        client = Client(base_url="http://vendor-inside", api_key=KEY)
        with pytest.raises(Unavailable) as refused:
            CALLS["command"](client)
        client.close()
        assert vendor.closed.acquire(timeout=5)
        assert (vendor.requests, refused.value.code) == ([], "NoConnection")


def test_nothing_but_the_vendors_door_knows_how_to_speak_to_another_machine() -> None:
    found = {
        str(path.relative_to(ROOT))
        for folder in ("onboarding", "wizard_site")
        for path in (ROOT / folder).rglob("*.py")
        if _imports(path) & SPEAKERS
    }
    # The supervisor of ``make run`` looks for a free port and waits until its own processes answer.
    assert found == {
        "onboarding/kontomatik/client.py",
        "onboarding/kontomatik/door.py",
        "onboarding/kontomatik/transport.py",
        "wizard_site/run.py",
    }


def _imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found | {name.partition(".")[0] for name in found}


def test_the_door_is_opened_in_one_place_and_only_to_the_operators_address() -> None:
    made = {
        (str(path.relative_to(ROOT)), argument.arg, ast.unparse(argument.value))
        for path in (ROOT / "onboarding").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "Client"
        for argument in node.keywords
    }
    assert {place for place, _, _ in made} == {"onboarding/jobs/vendor.py"}
    assert ("onboarding/jobs/vendor.py", "base_url", "base_url") in made
    assert "base_url, api_key, hosts = (settings.KONTOMATIK_BASE_URL" in ast.unparse(
        ast.parse((ROOT / "onboarding/jobs/vendor.py").read_text())
    )


def test_the_only_addresses_that_rows_hold_are_links_for_browsers() -> None:
    held = {
        (model.__name__, field.name)
        for model in _own_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.URLField) or field.name in ("link", "url", "address", "webhook", "callback")
    }
    assert held == {("Onboarding", "return_url"), ("Invitation", "return_url"), ("BankSignIn", "link")}


def _own_models() -> list[type[models.Model]]:
    from django.apps import apps

    return list(apps.get_app_config("onboarding").get_models())


@pytest.mark.parametrize(
    "hostile",
    [
        "../../../evil",
        "..%2f..%2fevil",
        "//169.254.169.254/latest",
        "http://169.254.169.254/latest",
        "@169.254.169.254/",
        "7?x=y#z",
        "7\r\nHost: evil.example\r\nX-Api-Key: none",
        "7 HTTP/1.1\r\nHost: evil.example\r\n\r\nGET /",
        "\x00",
        "ż/ó",
    ],
)
def test_an_id_of_the_vendors_stays_one_part_of_one_path_on_one_host(hostile: str) -> None:
    with Vendor() as vendor:
        vendor.sends(answer(COMMAND))
        client = Client(base_url=vendor.address, api_key=KEY)
        client.command(command_id=hostile)
        client.close()
    (sent,) = vendor.requests
    first, *headers = sent.split(b"\r\n\r\n")[0].split(b"\r\n")
    method, path, version = first.split(b" ")
    assert (method, version) == (b"GET", b"HTTP/1.1")
    assert (path[:12], path[-4:]) == (b"/v1/command/", b".xml")
    assert (path.count(b"/"), path.count(b"?")) == (3, 0)
    assert [line for line in headers if line.lower().startswith(b"host:")] == [
        f"Host: 127.0.0.1:{vendor.port}".encode()
    ]


def test_a_netrc_gives_no_login_away(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text("default login planted password planted\n")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with Vendor() as vendor:
        vendor.sends(answer(COMMAND))
        client = Client(base_url=vendor.address, api_key=KEY)
        CALLS["command"](client)
        client.close()
    assert b"authorization" not in vendor.requests[0].lower()


@pytest.mark.parametrize("name", ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"])
@pytest.mark.parametrize("call", CALLS)
def test_no_proxy_of_the_environment_gets_the_key(call: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with Vendor() as proxy, Vendor() as vendor:
        monkeypatch.setenv(name, proxy.address)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        proxy.sends(answer(b"proxied"))
        vendor.sends(answer(b"", "503 Busy"))
        client = Client(base_url=vendor.address, api_key=KEY)
        with pytest.raises(KontomatikError):
            CALLS[call](client)
        client.close()
    assert (proxy.connections, vendor.connections) == (0, 1)


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_no_certificate_store_of_the_environment_is_trusted(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    certificate = certificate_for("127.0.0.1", tmp_path)
    monkeypatch.setenv(name, str(certificate))
    with SecureVendor(certificate) as vendor:
        vendor.sends(answer(COMMAND))
        client = Client(base_url=vendor.address, api_key=KEY)
        with pytest.raises(Unavailable) as refused:
            CALLS["command"](client)
        client.close()
    assert (refused.value.code, vendor.requests) == ("TlsFailed", [])


class OldVendor(SecureVendor):
    """A vendor that speaks no TLS newer than 1.1."""

    def __init__(self, certificate: Path) -> None:
        super().__init__(certificate)
        self._context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            self._context.minimum_version = ssl.TLSVersion.TLSv1
            self._context.maximum_version = ssl.TLSVersion.TLSv1_1


@pytest.fixture
def old_vendor(tmp_path: Path) -> Iterator[tuple[OldVendor, Path]]:
    certificate = certificate_for("127.0.0.1", tmp_path)
    with OldVendor(certificate) as vendor:
        vendor.sends(answer(COMMAND))
        yield vendor, certificate


def test_tls_older_than_1_2_is_not_spoken(old_vendor: tuple[OldVendor, Path]) -> None:
    import requests

    vendor, certificate = old_vendor
    session = requests.Session()
    session.verify = str(certificate)
    client = Client(base_url=vendor.address, api_key=KEY, session=session)
    with pytest.raises(Unavailable) as refused:
        CALLS["command"](client)
    client.close()
    assert (refused.value.code, vendor.requests) == ("TlsFailed", [])


def test_a_careless_client_would_have_spoken_it(old_vendor: tuple[OldVendor, Path]) -> None:
    vendor, certificate = old_vendor
    careless = ssl.create_default_context(cafile=str(certificate))
    careless.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        careless.minimum_version = ssl.TLSVersion.TLSv1
    with (
        socket.create_connection(("127.0.0.1", vendor.port)) as plain,
        careless.wrap_socket(plain, server_hostname="127.0.0.1") as spoken,
    ):
        assert spoken.version() == "TLSv1.1"


def test_nothing_of_the_environment_is_left_to_a_session() -> None:
    session = prepare_session(None, base_url="https://vendor.example")
    assert (session.trust_env, session.verify, session.proxies) == (False, True, {})


# --- where people are led


@pytest.mark.parametrize(
    "link",
    [
        "https://signin.kontomatik.com/x?y=1",
        "https://a.b.kontomatik.com/",
        "https://test.api.vendor.example/x",
        "https://deeper.test.api.vendor.example/x",
        "https://TEST.API.VENDOR.EXAMPLE/x",
    ],
)
def test_people_are_led_to_the_vendors_hosts(link: str) -> None:
    assert Links(base_url="https://test.api.vendor.example", hosts=HOSTS).allow(link)


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/",
        "https://kontomatik.com/",
        "https://kontomatik.com.evil.example/",
        "https://evilkontomatik.com/",
        "https://.kontomatik.com/",
        "https://signin.kontomatik.com.",
        "https://evil.example/#.kontomatik.com",
        "https://evil.example?.kontomatik.com",
        "https://evil.example\\.kontomatik.com",
        "https://signin.kontomatik.com@evil.example/",
        "https://evil.example:443@signin.kontomatik.com/",
        "https://signin.kontomatik.com%2eevil.example/",
        "https://vendor.example/",
        "http://signin.kontomatik.com/",
        "//signin.kontomatik.com/",
        "https:signin.kontomatik.com",
        "https:///signin.kontomatik.com",
        "javascript://signin.kontomatik.com/%0aalert(1)",
        "data:text/html,signin.kontomatik.com",
        "intent://signin.kontomatik.com/#Intent;scheme=https;end",
        "file://signin.kontomatik.com/etc/passwd",
        "https://signin.kontomatik.com/\r\nLocation: https://evil.example",
        "https://signin.kontomatik.com:port/",
        "https://127.0.0.1/",
        "http://localhost/",
    ],
)
def test_people_are_led_nowhere_else(link: str) -> None:
    assert not Links(base_url="https://test.api.vendor.example", hosts=HOSTS).allow(link)


@pytest.mark.parametrize(
    ("link", "allowed"),
    [
        ("http://localhost:8001/signin/1", True),
        ("http://sandbox:8001/signin/1", True),
        ("http://10.0.0.7/signin/1", True),
        ("http://evil.example/", False),
        ("https://evil.example/", False),
        ("http://169.254.169.254/latest/meta-data", False),
        ("http://2852039166/", False),
    ],
)
def test_a_stand_in_in_a_private_network_leads_within_it(link: str, allowed: bool) -> None:
    assert Links(base_url="http://sandbox:8001", hosts=HOSTS).allow(link) is allowed


def test_a_link_to_another_host_fails_the_sign_in_and_is_kept_nowhere(vendor: responses.RequestsMock) -> None:
    answered = {"redirectionId": "r-1", "redirectionLink": "https://bank.evil.example/"}
    vendor.post("https://vendor.example/v1/signin/redirection", json=answered)
    client = Client(base_url="https://vendor.example", api_key=KEY)
    with pytest.raises(Garbled) as refused:
        begin(client)
    assert refused.value.code == "UnusableLink"
    assert "evil" not in str(refused.value)


@pytest.mark.parametrize(
    "value", ["*", "*.com*", "evil.example/", "https://a.example", "*.", "*.example", "169.254.169.254"]
)
def test_a_list_of_hosts_that_would_allow_too_much_stops_the_start(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KONTOMATIK_LINK_HOSTS", value)
    with pytest.raises(ImproperlyConfigured, match="KONTOMATIK_LINK_HOSTS"):
        env.host_patterns("KONTOMATIK_LINK_HOSTS", HOSTS)


@pytest.mark.parametrize(
    "value",
    ["javascript:alert(1)", "data:text/html,x", "//evil.example", "/\\evil.example", "https://me@host.example/privacy"],
)
def test_the_privacy_link_can_be_no_script(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRAND_PRIVACY_URL", value)
    with pytest.raises(ImproperlyConfigured, match="BRAND_PRIVACY_URL"):
        env.link("BRAND_PRIVACY_URL")


@pytest.mark.parametrize("value", ["", "/static/privacy.html", "https://lender.example/privacy?lang=pl#data"])
def test_the_privacy_link_may_be_a_page_here_or_elsewhere(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRAND_PRIVACY_URL", value)
    assert env.link("BRAND_PRIVACY_URL") == value


@pytest.mark.django_db
@pytest.mark.parametrize(
    "value",
    [
        "https://me:pass@lender.example/",
        "https://lender.example@evil.example/",
        "http://lender.example/",
        "https://169.254.169.254/",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://lender.example/\\@evil.example",
    ],
)
def test_staff_can_not_lead_people_astray_by_mistake(value: str) -> None:
    assert "return_url" in InvitationForm({"country": "pl", "return_url": value}).errors


@pytest.mark.django_db
@pytest.mark.parametrize(
    "value", ["https://lender.example/back?id=1", "http://127.0.0.1:9000/back", "lender.example/back"]
)
def test_staff_name_the_page_of_the_host(value: str) -> None:
    assert "return_url" not in InvitationForm({"country": "pl", "return_url": value}).errors
