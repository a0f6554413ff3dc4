"""Webhooks and mails reach a real server on loopback, and nothing else."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import json
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bot.adapters.receivers import MailServer, NotSent, Webhook
from bot.adapters.settings import SettingsWrong, read_settings
from tests.receivers import Got, a_mail_server, a_webhook

EVENT = {"version": 1, "id": "octo/clock#4/1.in_review", "event": "review", "text": "<!> é"}
PAYLOAD = {"json": EVENT, "subject": "[octo/clock#4] ready for review: Tell the time", "lines": ["One.", ".", "Two."]}


def test_a_webhook_gets_signed_json() -> None:
    with a_webhook() as got:
        Webhook(url=got.address, secret="s3cret").send(PAYLOAD)
        Webhook(url=got.address).send(PAYLOAD)

    (headers, body), (unsigned, _) = got.requests
    assert json.loads(body) == EVENT
    assert headers["X-Nightshift-Signature-256"] == "sha256=" + hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()
    assert headers["X-Nightshift-Event"] == "review"
    assert headers["X-Nightshift-Delivery"] == unsigned["X-Nightshift-Delivery"]
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    assert "X-Nightshift-Signature-256" not in unsigned


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_refused(status: int) -> None:
    """What is signed for one address is sent to no other."""
    with a_webhook() as other, a_webhook() as got:
        got.answers, got.location = [status], other.address
        with pytest.raises(NotSent, match="redirects are not followed") as refused:
            Webhook(url=got.address, secret="s3cret").send(PAYLOAD)

    assert not refused.value.transient
    assert other.requests == []


@pytest.mark.parametrize(
    ("status", "transient"),
    [*((status, False) for status in (400, 403, 404, 410)), *((status, True) for status in (408, 429, 500, 502, 503))],
)
def test_what_may_pass_is_worth_another_try(status: int, transient: bool) -> None:
    with a_webhook() as got:
        got.answers = [status]
        with pytest.raises(NotSent) as refused:
            Webhook(url=got.address).send(PAYLOAD)

    assert refused.value.transient is transient
    assert got.address not in str(refused.value)


def test_a_webhook_that_is_down_or_silent_is_tried_again() -> None:
    with a_webhook() as got:
        got.hangs.set()
        with pytest.raises(NotSent, match="ReadTimeout") as silent:
            Webhook(url=got.address, seconds=0.2).send(PAYLOAD)
        assert Webhook(url=got.address).check().startswith("127.0.0.1 answers; not signed")
    for act in (lambda: Webhook(url=got.address).send(PAYLOAD), lambda: Webhook(url=got.address).check()):
        with pytest.raises(NotSent, match="cannot be reached") as down:
            act()
        assert down.value.transient
    assert silent.value.transient


def test_a_mail_is_plain_text_with_one_line_for_each_header() -> None:
    with a_mail_server() as got:
        server = MailServer(
            url=f"smtp://{got.address}", recipients=("ada@example.org", "g@example.org"), sender="bot@example.org"
        )
        server.send(PAYLOAD)
        assert "answers; to ada@example.org, g@example.org" in server.check()

    ((sender, recipients, text),) = got.mails
    head, _, body = text.partition("\n\n")
    assert (sender, recipients) == ("bot@example.org", ["ada@example.org", "g@example.org"])
    assert "Subject: [octo/clock#4] ready for review: Tell the time" in head
    assert "Auto-Submitted: auto-generated" in head
    assert body.splitlines() == ["One.", ".", "Two."]


@pytest.mark.parametrize(("code", "transient"), [(421, True), (451, True), (550, False), (554, False)])
def test_what_a_mail_server_refuses_for_good_is_not_tried_again(code: int, transient: bool) -> None:
    with a_mail_server() as got:
        got.answers = [code]
        with pytest.raises(NotSent) as refused:
            MailServer(url=f"smtp://{got.address}", recipients=("ada@example.org",)).send(PAYLOAD)
    assert refused.value.transient is transient


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """One for 127.0.0.1, signed by itself: the file, and the server's context."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return file, context


def test_starttls_is_used_where_it_is_offered_and_its_certificate_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, context = certificate(tmp_path)
    with a_mail_server(context) as got:
        server = MailServer(url=f"smtp://bot:p%40ss@{got.address}", recipients=("ada@example.org",), sender="b@c.de")
        with pytest.raises(NotSent, match="cannot be reached"):
            server.send(PAYLOAD)
        assert (got.mails, got.logins) == ([], [])
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        server.send(PAYLOAD)

    assert got.tls_used == [True]
    assert len(got.logins) == 1


def test_a_password_goes_over_tls_or_loopback_only() -> None:
    """`127.1` is as near, and stands for any other host here."""
    with a_mail_server() as got:
        near = MailServer(url=f"smtp://bot:pass@{got.address}", recipients=("ada@example.org",), sender="b@c.de")
        near.send(PAYLOAD)
        far = MailServer(url=near.url.replace("127.0.0.1", "127.1"), recipients=near.recipients, sender="b@c.de")
        with pytest.raises(NotSent, match="TLS only"):
            far.send(PAYLOAD)
    assert (len(got.mails), len(got.logins)) == (1, 1)


GOOD = {"GITHUB_TOKEN": "t", "REPOSITORIES": "octo/clock", "ANTHROPIC_API_KEY": "k"}


def wrong(folder: Path, **settings: str) -> str:
    with pytest.raises(SettingsWrong) as found:
        read_settings(GOOD | settings, folder / ".env")
    return str(found.value)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"NOTIFY_URL": "http://hooks.example.org/x"}, "expected https://"),
        ({"NOTIFY_URL": "hooks.example.org"}, "expected the address of a webhook"),
        ({"NOTIFY_URL": "https://a:b@hooks.example.org/x"}, "no user and no password"),
        ({"NOTIFY_URL": "https://hooks.example.org/a b"}, "expected the address of a webhook"),
        ({"NOTIFY_SECRET": "x"}, "NOTIFY_SECRET: expected NOTIFY_URL"),
        ({"SMTP_URL": "smtp://mail.example.org"}, "SMTP_URL and NOTIFY_MAIL"),
        ({"NOTIFY_MAIL": "ada@example.org"}, "SMTP_URL and NOTIFY_MAIL"),
        ({"SMTP_URL": "http://mail.example.org", "NOTIFY_MAIL": "ada@example.org"}, "expected smtp://"),
        ({"SMTP_URL": "smtp://a%0Ab:c@mail.example.org", "NOTIFY_MAIL": "ada@example.org"}, "control characters"),
        ({"SMTP_URL": "smtp://a@mail.example.org", "NOTIFY_MAIL": "ada@example.org"}, "or neither"),
        ({"SMTP_URL": "smtps://mail.example.org", "NOTIFY_MAIL": "ada"}, "not an e-mail address"),
        (
            {"SMTP_URL": "smtps://mail.example.org", "NOTIFY_MAIL": "ada@example.org\nBcc: x@y.z"},
            "not an e-mail address",
        ),
        (
            {"SMTP_URL": "smtps://m.example", "NOTIFY_MAIL": "a@b.c", "SMTP_FROM": "Ada <a@b.c>"},
            "not an e-mail address",
        ),
    ],
)
def test_wrong_settings_are_named(settings: dict[str, str], says: str, tmp_path: Path) -> None:
    """And no secret is repeated."""
    told = wrong(tmp_path, **settings)
    assert says in told
    assert "a:b" not in told


def test_good_settings_hide_their_secrets(tmp_path: Path) -> None:
    given: dict[str, Any] = {
        "NOTIFY_URL": "https://hooks.slack.com/services/T1/B2/s3cret",
        "NOTIFY_SECRET": "s3cret",
        "SMTP_URL": "smtp://bot:s3cret@mail.example.org:2525",
        "NOTIFY_MAIL": "ada@example.org, grace@example.org",
        "SMTP_FROM": "nightshift@example.org",
    }
    settings = read_settings(GOOD | given, tmp_path / ".env")
    assert settings.notify_mail == ("ada@example.org", "grace@example.org")
    assert "s3cret" not in repr(settings)
    assert "s3cret" not in repr(Webhook(url=given["NOTIFY_URL"], secret="s3cret"))
    assert "s3cret" not in repr(MailServer(url=given["SMTP_URL"], recipients=()))


def test_receivers_are_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    with a_webhook() as got:
        Webhook(url=got.address).send(PAYLOAD)
    assert capsys.readouterr().out == ""
    assert isinstance(got, Got)
