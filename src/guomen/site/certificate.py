"""A certificate for https on this machine, made here; not for a name that others reach."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFE = timedelta(days=365)
RENEW_BEFORE = timedelta(days=30)
NAMES = ("localhost",)
ADDRESSES = ("127.0.0.1", "::1")


def local_certificate(folder: Path) -> tuple[Path, Path]:
    """Return the files of a certificate and its key, made anew when absent or about to end."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    now = datetime.now(UTC)
    if certificate.is_file() and key.is_file():
        kept = x509.load_pem_x509_certificate(certificate.read_bytes())
        if now + RENEW_BEFORE < kept.not_valid_after_utc:
            return certificate, key
    folder.mkdir(parents=True, exist_ok=True)
    secret = ec.generate_private_key(ec.SECP256R1())
    certificate.write_bytes(_sign(secret, at=now).public_bytes(Encoding.PEM))
    _write_secret(key, secret.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return certificate, key


def _sign(secret: ec.EllipticCurvePrivateKey, *, at: datetime) -> x509.Certificate:
    """Return a certificate signed by its own key for the names of this machine."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Guomen on this machine")])
    alternatives: list[x509.GeneralName] = [x509.DNSName(text) for text in NAMES]
    alternatives += [x509.IPAddress(ip_address(text)) for text in ADDRESSES]
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(secret.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(minutes=5))
        .not_valid_after(at + LIFE)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(secret, hashes.SHA256())
    )


def _write_secret(file: Path, content: bytes) -> None:
    """Write a file that only its owner may read."""
    file.unlink(missing_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(content)
