"""The same door over TLS: certificates are always checked, and the deadline holds there too."""

import datetime
import ipaddress
import itertools
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from onboarding.kontomatik.client import Client
from onboarding.kontomatik.errors import KontomatikError, OutcomeUnknown, Unavailable
from tests.kontomatik.calls import CALLS
from tests.kontomatik.documents import element, reply
from tests.kontomatik.loopback import Vendor, answer, head

Connect = Callable[..., Client]
COMMAND = reply(element("command", id="7", state="setup"))


def certificate_for(address: str, folder: Path) -> Path:
    """Write a certificate that only vouches for itself, with its key, valid for one IP address."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "vendor on loopback")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    written = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    path = folder / f"{address}.pem"
    path.write_bytes(written + certificate.public_bytes(serialization.Encoding.PEM))
    return path


class SecureVendor(Vendor):
    """The vendor on loopback behind TLS."""

    def __init__(self, certificate: Path) -> None:
        super().__init__()
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate)
        self.address = self.address.replace("http:", "https:")

    def greet(self, connection: socket.socket) -> socket.socket:
        return self._context.wrap_socket(connection, server_side=True)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return certificate_for("127.0.0.1", tmp_path)


@pytest.fixture
def secure(certificate: Path) -> Iterator[SecureVendor]:
    with SecureVendor(certificate) as vendor:
        yield vendor


@pytest.fixture
def trusting(certificate: Path) -> requests.Session:
    session = requests.Session()
    session.verify = str(certificate)
    return session


def test_a_session_may_bring_its_own_certificate_store(
    secure: SecureVendor, trusting: requests.Session, connect: Connect
) -> None:
    secure.sends(answer(COMMAND))
    client = connect(base_url=secure.address, session=trusting)
    for _ in range(2):
        CALLS["command"](client)
    assert (secure.connections, len(secure.requests)) == (1, 2)


def test_a_certificate_that_nobody_vouches_for_is_refused_before_anything_is_sent(
    secure: SecureVendor, connect: Connect
) -> None:
    secure.sends(answer(COMMAND))
    with pytest.raises(Unavailable, match="TlsFailed"):
        CALLS["start_import"](connect(base_url=secure.address))
    assert secure.requests == []


def test_a_certificate_of_another_name_is_refused(tmp_path: Path, connect: Connect) -> None:
    other = certificate_for("127.0.0.2", tmp_path)
    session = requests.Session()
    session.verify = str(other)
    with SecureVendor(other) as vendor:
        vendor.sends(answer(COMMAND))
        with pytest.raises(Unavailable, match="TlsFailed"):
            CALLS["start_import"](connect(base_url=vendor.address, session=session))
        assert vendor.requests == []


@pytest.mark.parametrize("start", [b"HTTP/1.1 200 OK\r\nX-Note: ", head(Content_Length=10**6)])
@pytest.mark.parametrize(("call", "kind"), [("command", Unavailable), ("start_import", OutcomeUnknown)])
def test_an_answer_that_trickles_over_tls_ends_at_the_deadline(
    call: str,
    kind: type[KontomatikError],
    start: bytes,
    secure: SecureVendor,
    trusting: requests.Session,
    connect: Connect,
) -> None:
    secure.trickles(start, itertools.repeat(b"1"))
    with pytest.raises(kind, match="DeadlinePassed"):
        CALLS[call](connect(base_url=secure.address, session=trusting, deadline=1.0))
