"""Certificate authorities as Java reads them: a store beside the bundle, since Java reads no bundle and no variable."""

from __future__ import annotations

import contextlib
import re
import warnings
from pathlib import Path
from typing import Any

JAVA_ENDING, JAVA_PASSWORD = ".p12", "changeit"
"""The password is everybody's: Java does not read a store without one, and certificates are public."""
_CERTIFICATE = re.compile(
    rb"-----BEGIN (?:TRUSTED )?CERTIFICATE-----.*?-----END (?:TRUSTED )?CERTIFICATE-----", re.DOTALL
)


def write_java_store(bundle: Path) -> None:
    """Raises OSError. Certificates that cannot be read are left out: Java would refuse the whole store."""
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 - slow to import, and needed with an authority only
    from cryptography.hazmat.primitives.serialization import PrivateFormat, pkcs12  # noqa: PLC0415 - as above

    found = {certificate.public_bytes(_der()): certificate for certificate in _certificates(bundle.read_bytes())}
    named = [pkcs12.PKCS12Certificate(each, f"{number}".encode()) for number, each in enumerate(found.values())]
    form = PrivateFormat.PKCS12.encryption_builder()
    form = form.key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC)  # the only one that Java 8 reads
    form = form.hmac_hash(hashes.SHA1())  # noqa: S303 - as above; no secret is in it
    content = pkcs12.serialize_java_truststore(named, form.build(JAVA_PASSWORD.encode()))
    target = bundle.with_suffix(JAVA_ENDING)
    new = target.with_suffix(".p12-new")
    new.write_bytes(content)
    new.chmod(0o644)
    new.replace(target)


def _der() -> Any:
    from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415 - as above

    return Encoding.DER


def _certificates(bundle: bytes) -> list[Any]:
    from cryptography import x509  # noqa: PLC0415 - as above

    found = list[Any]()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of odd serial numbers, which some of the system's have
        for text in _CERTIFICATE.findall(bundle):
            with contextlib.suppress(ValueError):
                found.append(x509.load_pem_x509_certificate(text))
    return found
