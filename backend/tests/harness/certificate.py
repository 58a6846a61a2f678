"""A self-signed certificate for tests of TLS."""

import ssl
import tempfile
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


def expiring_certificate() -> ssl.SSLContext:
    """The TLS context of a server whose certificate expires in a week."""
    server, _ = house_certificate("127.0.0.1", datetime.now(UTC) + timedelta(days=7))
    return server


def house_certificate(
    name: str, expires: datetime = datetime(2119, 12, 8, tzinfo=UTC)
) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A self-signed certificate for one host: the TLS contexts of its server and of a client that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    begin = datetime(2020, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begin)
        .not_valid_after(expires)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(Encoding.PEM)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    load_chain(server, pem + private)
    client = ssl.create_default_context(cadata=pem.decode())
    return server, client


def load_chain(context: ssl.SSLContext, pem: bytes) -> None:
    """Load a certificate chain through a file, because ssl accepts nothing else."""
    with tempfile.NamedTemporaryFile(suffix=".pem") as file:
        file.write(pem)
        file.flush()
        context.load_cert_chain(file.name)
