"""Sends an event outside of GitHub: to a webhook, or as a mail. One connection each, with a time limit.

Neither follows where it is sent on to: a redirect is refused, so that what is signed for one address reaches no other.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import SplitResult, unquote, urlsplit

from bot.adapters.network_settings import LOOPBACK

if TYPE_CHECKING:
    import smtplib
    from email.message import EmailMessage

SECONDS = 10.0  # without an answer
_TOO_EARLY = frozenset({408, 425, 429})
_MOST_WAIT = 3600.0


@dataclass(eq=False)
class NotSent(Exception):
    """`transient`: it is worth another try. `retry_after`: seconds that the receiver asks to wait. It names nothing of
    the address, which may be a secret."""

    says: str
    transient: bool
    retry_after: float | None = None

    def __str__(self) -> str:
        return self.says


class Receiver(Protocol):
    @property
    def setting(self) -> str:
        """The name of the setting that names it."""

    def send(self, payload: Mapping[str, Any]) -> None:
        """Send the event as the outbox keeps it (`Event.as_payload`). Raises NotSent."""

    def check(self) -> str:
        """Connect without sending anything. Returns what was found; raises NotSent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """`secret` signs each body; without one nothing does. `seconds`: without an answer, until a try ends."""

    url: str = field(repr=False)
    secret: str | None = field(default=None, repr=False)
    seconds: float = SECONDS
    setting: str = "NOTIFY_URL"

    def send(self, payload: Mapping[str, Any]) -> None:
        import requests  # noqa: PLC0415 - only for those who set it

        event = payload["json"]
        body = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
        try:
            with requests.post(
                self.url,
                data=body,
                headers=self._headers(event, body),
                timeout=self.seconds,
                allow_redirects=False,
                stream=True,  # of the answer only the status counts
            ) as answer:
                status, asked = answer.status_code, answer.headers.get("Retry-After", "")
        except requests.RequestException as error:
            raise NotSent(f"it cannot be reached ({type(error).__name__})", transient=True) from None
        if not 200 <= status < 300:  # noqa: PLR2004 - HTTP's own ranges
            raise _refusal_of(status, asked)

    def _headers(self, event: Mapping[str, Any], body: bytes) -> dict[str, str]:
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "nightshift",
            "X-Nightshift-Event": str(event["event"]),
            "X-Nightshift-Delivery": hashlib.sha256(str(event["id"]).encode()).hexdigest()[:32],
        }
        if self.secret is not None:
            signature = hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()
            headers["X-Nightshift-Signature-256"] = f"sha256={signature}"
        return headers

    def check(self) -> str:
        import socket  # noqa: PLC0415
        import ssl  # noqa: PLC0415

        parts = urlsplit(self.url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            with socket.create_connection((parts.hostname, port), timeout=self.seconds) as plain:
                if parts.scheme == "https":
                    with ssl.create_default_context().wrap_socket(plain, server_hostname=parts.hostname):
                        pass
        except OSError as error:
            raise NotSent(f"{parts.hostname} cannot be reached ({type(error).__name__})", transient=True) from None
        return f"{parts.hostname} answers; {'signed' if self.secret else 'not signed: set NOTIFY_SECRET'}"


def _refusal_of(status: int, asked: str) -> NotSent:
    if 300 <= status < 400:  # noqa: PLR2004
        return NotSent(f"it answered {status}: redirects are not followed", transient=False)
    wait = min(float(asked), _MOST_WAIT) if asked.isdecimal() else None
    transient = status >= 500 or status in _TOO_EARLY  # noqa: PLR2004
    return NotSent(f"it answered {status}", transient=transient, retry_after=wait if transient else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """`url`: smtp:// uses STARTTLS where the server offers it, and sends a password over nothing else but TLS or
    loopback; smtps:// begins with TLS. `sender` is empty for one that is made of the host's name."""

    url: str = field(repr=False)
    recipients: Sequence[str]
    sender: str = ""
    setting: str = "SMTP_URL"

    def send(self, payload: Mapping[str, Any]) -> None:
        message = self._message(payload)
        with _Session(self.url) as server:
            server.send_message(message, self.sender or message["From"], list(self.recipients))

    def check(self) -> str:
        with _Session(self.url) as server:
            server.noop()
        return f"{urlsplit(self.url).hostname} answers; to {', '.join(self.recipients)}"

    def _message(self, payload: Mapping[str, Any]) -> EmailMessage:
        """Of its headers only the subject holds other people's words."""
        import socket  # noqa: PLC0415
        from email.message import EmailMessage  # noqa: PLC0415
        from email.policy import SMTP  # noqa: PLC0415

        event = payload["json"]
        identity = hashlib.sha256(str(event["id"]).encode()).hexdigest()[:32]
        message = EmailMessage(policy=SMTP)
        message["Subject"] = _subject(str(payload["subject"]))
        message["From"] = self.sender or f"nightshift@{socket.getfqdn() or 'localhost'}"
        message["To"] = ", ".join(self.recipients)
        message["Message-ID"] = f"<{identity}@nightshift.invalid>"
        message["Auto-Submitted"] = "auto-generated"
        message["X-Nightshift-Event"] = str(event["event"])
        message.set_content("\n".join(map(str, payload["lines"])) + "\n")
        return message


def _subject(text: str) -> str:
    """On one line. The library reads `=?utf-8?q?…?=` in a header as what it encodes, which may be a line break."""
    return " ".join(text.split()).replace("=?", "= ?")


class _Session:
    """A connection to the mail server, with whatever it asks for before a mail. Raises NotSent."""

    def __init__(self, url: str) -> None:
        self._parts: SplitResult = urlsplit(url)
        self._server: smtplib.SMTP | None = None

    def __enter__(self) -> smtplib.SMTP:
        try:
            server = self._server = self._connect()
            self._secure(server)
            self._log_in(server)
        except OSError as error:  # smtplib's own errors are of this kind
            self._close()
            raise _not_sent(error) from None
        except BaseException:
            self._close()
            raise
        return server

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._close()
        if isinstance(error, OSError):
            raise _not_sent(error) from None

    def _connect(self) -> smtplib.SMTP:
        import smtplib  # noqa: PLC0415 - only for those who set it
        import ssl  # noqa: PLC0415

        host = self._parts.hostname or ""
        if self._parts.scheme == "smtps":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(host, self._parts.port or 465, timeout=SECONDS, context=context)
        return smtplib.SMTP(host, self._parts.port or 587, timeout=SECONDS)

    def _secure(self, server: smtplib.SMTP) -> None:
        import ssl  # noqa: PLC0415

        if self._parts.scheme == "smtps":
            return
        server.ehlo_or_helo_if_needed()
        if server.has_extn("starttls"):
            server.starttls(context=ssl.create_default_context())
        elif self._parts.username is not None and self._parts.hostname not in LOOPBACK:
            raise NotSent("it offers no STARTTLS, and a password is sent over TLS only", transient=False)

    def _log_in(self, server: smtplib.SMTP) -> None:
        if self._parts.username is not None:
            server.login(unquote(self._parts.username), unquote(self._parts.password or ""))

    def _close(self) -> None:
        if self._server is not None:
            self._server.close()


def _not_sent(error: OSError) -> NotSent:
    """5xx is final, except where a login was refused: the operator renews it, and the mails of that day come."""
    import smtplib  # noqa: PLC0415

    if isinstance(error, smtplib.SMTPAuthenticationError):
        return NotSent("it refuses the user or the password", transient=True)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return NotSent("it refuses every recipient", transient=False)
    if isinstance(error, smtplib.SMTPResponseException):
        final = error.smtp_code >= 500  # noqa: PLR2004 - SMTP's own ranges
        return NotSent(f"it answered {error.smtp_code}", transient=not final)
    return NotSent(f"it cannot be reached ({type(error).__name__})", transient=True)
