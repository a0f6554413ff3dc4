"""The events for a webhook and for mails: other people's words in them command nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.receivers import MailServer
from bot.core.failures import FailureKind, Turn
from bot.core.notifications import Event, TurnView, one_line, slack_words, turn_event
from bot.core.references import IssueRef
from bot.core.turns import Addressee, Rest

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
VIEW = TurnView(
    issue=IssueRef("octo/clock", 4),
    title="Tell the time",
    rest=Rest(attempts=1, word="in_review", turn=Turn.MAINTAINER, approver="ada"),
    addressee=Addressee(login="ada"),
    next_step="review #5. For another attempt comment `/retry`.",
    pull_request=5,
    failure=None,
    web_url="https://github.com",
    at=NOON,
)


def mail_of(event: Event) -> bytes:
    server = MailServer(url="smtp://localhost", recipients=("ada@example.org",), sender="bot@example.org")
    return bytes(server._message(event.as_payload()))


def test_an_event_says_whose_turn_it_is() -> None:
    event = turn_event(VIEW)

    assert event.as_json() == {
        "version": 1,
        "id": "octo/clock#4/1.in_review",
        "event": "review",
        "at": "2026-03-01T12:00:00+00:00",
        "text": (
            "<https://github.com/octo/clock/issues/4|octo/clock#4> “Tell the time” is ready for review. "
            "Turn: @\u200bada. Review #5. For another attempt comment `/retry`."
        ),
        "issue": {
            "repository": "octo/clock",
            "number": 4,
            "title": "Tell the time",
            "url": "https://github.com/octo/clock/issues/4",
        },
        "pull_request": 5,
        "attempts": 1,
        "failure": None,
        "turn": "maintainer",
        "person": "ada",
        "next": "review #5. For another attempt comment `/retry`.",
    }
    assert event.subject == "[octo/clock#4] ready for review: Tell the time"
    assert event.lines[1:] == (
        "Turn: @ada",
        "Next: review #5. For another attempt comment /retry.",
        "https://github.com/octo/clock/issues/4",
    )
    assert json.loads(json.dumps(event.as_payload())) == event.as_payload()


@pytest.mark.parametrize("kind", FailureKind)
def test_a_failure_names_its_kind(kind: FailureKind) -> None:
    rest = Rest(attempts=2, word=kind.value, turn=Turn.OPERATOR, approver="")
    event = turn_event(replace(VIEW, rest=rest, addressee=Addressee(), failure=kind.value))

    is_question = kind is FailureKind.NEEDS_INFO
    assert event.event == ("question" if is_question else "failure")
    assert (f"failed ({kind})" in event.text) == (not is_question)
    assert "Turn: the operator." in event.text
    assert (event.as_json()["turn"], event.as_json()["person"]) == ("operator", None)


def test_what_failed_is_said_once_and_what_to_do_next_too() -> None:
    step = "this failed with `stalled`. Next: comment `/retry`."
    event = turn_event(replace(VIEW, next_step=step, failure="stalled"))

    assert event.lines[2] == "Next: comment /retry."
    assert event.text.endswith("Comment `/retry`.")


HOSTILE = [
    "<!channel>",
    "<!here|now> <!everyone>",
    "<@U012AB3CD> look",
    "<#C024BE7LR>",
    "<!subteam^S1>",
    "<!date^1392734382^{date}|x>",
    "<https://evil.example|https://github.com>",
    "&lt;!channel&gt;",
    "&amp;lt;!channel>",
    "a <b> & c",
    "@channel @here @all",
    "hey@channel",
    "[click](https://evil.example)",
    "![x](https://evil.example/p.png)",
    "[x][y]",
    "https://evil.example/path",
    "http://evil.example",
    "Fix\r\nBcc: eve@evil.example\r\n\r\nHello",
    "Fix\nSubject: other",
    "Fix\rX-Evil: 1",
    "Fix\x0bTo: eve@evil.example",
    "Fix\x85From: x\u2028Bcc: y\u2029Cc: z",
    "Fix\x00\x07\x1b[31m",
    "\u202egnp.exe",
    "=?utf-8?q?Subject=0ABcc:_eve?=",
    "=?utf-8?b?YQpCY2M6IGV2ZQ==?=",
    "a =?iso-8859-1?q?=0D=0ABcc:_eve?= b",
    "==?utf-8?q?=0ABcc:_eve?=?=",
    ".\nQUIT",
    "x" * 5000,
    "🕰 مرحبا",
    "",
]


@pytest.mark.parametrize("title", HOSTILE)
def test_a_title_commands_nothing(title: str) -> None:
    """No channel and no person is mentioned, no link or image made, no header of a mail added."""
    event = turn_event(replace(VIEW, title=title))
    text = event.text.removeprefix("<https://github.com/octo/clock/issues/4|octo/clock#4>")

    assert not set("<>") & set(text)
    assert "@channel" not in text
    assert "](" not in text
    assert "][" not in text
    assert "://" not in text
    assert "\n" not in event.text + event.subject
    assert len(event.text) < 1500
    sent = message_from_bytes(mail_of(event), policy=SMTP)
    assert sorted(sent.keys()) == sorted(message_from_bytes(mail_of(turn_event(VIEW)), policy=SMTP).keys())
    assert sent["To"] == "ada@example.org"
    assert all(len(line) < 998 for line in mail_of(event).split(b"\r\n"))


KEYS = 9  # headers of every mail
WORDS = st.sampled_from(["=?utf-8?q?", "?=", "=0A", "=0D=0A", "?b?", "Bcc:", "_", "\n", "<!here>", "=", "?"])


@given(st.lists(st.text(alphabet=st.characters(codec="utf-8"), max_size=30) | WORDS, max_size=12).map("".join))
def test_any_title_stays_on_one_line(title: str) -> None:
    words = slack_words(one_line(title))

    assert not set("<>\n\r") & set(words)
    assert len(one_line(title)) <= 200
    assert len(message_from_bytes(mail_of(turn_event(replace(VIEW, title=title))), policy=SMTP).keys()) == KEYS


def test_the_page_shows_the_event_as_it_is() -> None:
    """`docs/notifications.md` has every key, and no other."""
    from pathlib import Path  # noqa: PLC0415

    page = (Path(__file__).parents[2] / "docs/notifications.md").read_text(encoding="utf-8")
    shown = json.loads(page.split("```json\n")[1].split("```")[0])
    assert shown == turn_event(replace(VIEW, at=datetime(2026, 3, 1, 22, 30, tzinfo=UTC))).as_json()
