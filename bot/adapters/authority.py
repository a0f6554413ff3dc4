"""A certificate authority of this process, for connections that the filter of egress opens to look into an index.

Its key is in memory only. Cells trust it by the variables by which they trust the operator's own.
"""

from __future__ import annotations

import hashlib
import os
import ssl
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from bot.adapters.java_store import JAVA_ENDING, write_java_store

_NAME = "Nightshift, an authority of one process"
_DAYS = 365
_KEPT_SECONDS = 7 * 86400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """Makes a certificate for each host. `certificate`: the authority's, as PEM."""

    certificate: bytes
    _key: Any = field(repr=False)
    _issuer: Any = field(repr=False)
    _contexts: dict[str, ssl.SSLContext] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def context(self, host: str) -> ssl.SSLContext:
        """To answer as this host."""
        with self._lock:
            if host not in self._contexts:
                self._contexts[host] = self._make(host)
            return self._contexts[host]

    def _make(self, host: str) -> ssl.SSLContext:
        from cryptography import x509  # noqa: PLC0415 - slow to import, and needed where an index is asked only

        key = _new_key()
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host[:64])])
        builder = _certificate(name, self._issuer, key)
        names = x509.SubjectAlternativeName([x509.DNSName(host)])
        usage = x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.SERVER_AUTH])
        builder = builder.add_extension(names, critical=False).add_extension(usage, critical=False)
        of_issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        signed = _sign(builder.add_extension(of_issuer, critical=False), self._key)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols(["http/1.1"])
        _load(context, signed + _pem_of(key))
        return context


@cache
def authority_of_this_process() -> Authority:
    """Made when it is first needed: this takes some hundredths of a second."""
    from cryptography import x509  # noqa: PLC0415 - as above

    key = _new_key()
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, _NAME)])
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    builder = _certificate(name, name, key)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(usage, critical=True)
    own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    certificate = _sign(builder.add_extension(own, critical=False), key)
    return Authority(certificate=certificate, _key=key, _issuer=name)


def _new_key() -> Any:
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - as above

    return ec.generate_private_key(ec.SECP256R1())


def _certificate(subject: Any, issuer: Any, key: Any) -> Any:
    from cryptography import x509  # noqa: PLC0415 - as above

    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    return builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=_DAYS))


def _sign(builder: Any, key: Any) -> bytes:
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415 - as above

    signed: bytes = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    return signed


def _pem_of(key: Any) -> bytes:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - as above

    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    pem: bytes = key.private_bytes(*form)
    return pem


def _load(context: ssl.SSLContext, pem: bytes) -> None:
    """By a file in memory: the module takes names of files alone."""
    descriptor = os.memfd_create("certificate", os.MFD_CLOEXEC)
    try:
        os.write(descriptor, pem)
        context.load_cert_chain(f"/proc/self/fd/{descriptor}")
    finally:
        os.close(descriptor)


def bundle_with(authority: Authority, base: Path | None, folder: Path, *, for_java: bool = False) -> Path:
    """The certificates in `base` and the authority's own, in a file of this process in `folder`, which cells read; and
    in one beside it for Java. Those of processes that ended long ago are removed. Raises OSError."""
    target = folder / f"authorities-{os.getpid()}-{_digest(authority.certificate)}.pem"
    if not target.exists():
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)
        _remove_old(folder)
        new = target.with_suffix(".new")
        new.write_bytes(b"\n".join([base.read_bytes() if base else b"", authority.certificate]))
        new.chmod(0o644)
        new.replace(target)
    store = target.with_suffix(JAVA_ENDING)
    if for_java and not store.exists():
        write_java_store(target)
    for file in (target, store) if store.exists() else (target,):
        os.utime(file)
    return target


def _digest(certificate: bytes) -> str:
    return hashlib.sha256(certificate).hexdigest()[:12]


def _remove_old(folder: Path) -> None:
    for file in folder.glob("authorities-*"):
        if time.time() - file.stat().st_mtime > _KEPT_SECONDS:
            file.unlink(missing_ok=True)
