# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A throw-away certificate authority and the good and bad certificates of the lab."""

import datetime
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

GOOD_NAMES = ("localhost", "mail.lab.test", "127.0.0.1")
OTHER_NAMES = ("other.lab.test",)


@dataclass(frozen=True)
class Certificate:
    """PEM files as a server wants them."""

    certificate_file: Path
    key_file: Path


@dataclass(frozen=True)
class _Signer:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def provide(folder: Path) -> tuple[Path, dict[str, Certificate]]:
    """The file of the authority and all certificates by kind; written once, then reused.

    A client that trusts the authority can go on trusting it after a restart.
    """
    ca_file = folder / "ca.pem"
    kinds = {
        kind: Certificate(folder / f"{kind}.pem", folder / f"{kind}.key")
        for kind in ("good", "self_signed", "other_name", "expired", "common_name")
    }
    files = [ca_file, *(file for kind in kinds.values() for file in (kind.certificate_file, kind.key_file))]
    if not all(file.exists() for file in files):
        folder.mkdir(parents=True, exist_ok=True)
        _make_all(ca_file, kinds)
    return ca_file, kinds


def _make_all(ca_file: Path, kinds: dict[str, Certificate]) -> None:
    now = datetime.datetime.now(datetime.UTC)
    day = datetime.timedelta(days=1)
    current = (now - day, now + 3650 * day)
    authority = _issue("Lab throw-away authority", (), None, current, is_authority=True)
    ca_file.write_bytes(authority.certificate.public_bytes(serialization.Encoding.PEM))
    made = {
        "good": _issue("mail.lab.test", GOOD_NAMES, authority, current),
        "self_signed": _issue("localhost", GOOD_NAMES, None, current),
        "other_name": _issue("other.lab.test", OTHER_NAMES, authority, current),
        "expired": _issue("mail.lab.test", GOOD_NAMES, authority, (now - 400 * day, now - 30 * day)),
        # An old certificate that carries its name only as common name.
        "common_name": _issue("localhost", (), authority, current),
    }
    for kind, signer in made.items():
        kinds[kind].certificate_file.write_bytes(signer.certificate.public_bytes(serialization.Encoding.PEM))
        kinds[kind].key_file.touch(mode=0o600)
        kinds[kind].key_file.write_bytes(
            signer.key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )


def _issue(common_name, names, issuer, validity, *, is_authority=False) -> _Signer:
    """One key with a certificate, signed by the issuer or, without one, by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Mail lab"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )
    signing_key = issuer.key if issuer else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(validity[0])
        .not_valid_after(validity[1])
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()),
            critical=False,
        )
        .add_extension(_key_usage(is_authority), critical=True)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([_general_name(n) for n in names]), critical=False)
    if not is_authority:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    return _Signer(builder.sign(signing_key, hashes.SHA256()), key)


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _key_usage(is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
