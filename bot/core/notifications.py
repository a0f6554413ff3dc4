"""What is sent to a webhook or by mail when it is a person's turn: one event, as JSON, as Slack's text and as a mail.

The JSON is documented in `docs/notifications.md`, with its version. Titles of issues are other people's words: in the
text nothing in them mentions a channel or a person, makes a link or loads an image; in a mail they stay on one line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.core.digest import Digest
from bot.core.references import IssueRef
from bot.core.turns import Addressee, Rest, RestKind
from bot.core.visible import without_invisible

VERSION = 1
_TITLE = 200
_BREAK = "\u200b"
_SAYS = {
    RestKind.REVIEW: ("ready for review", "is ready for review"),
    RestKind.QUESTION: ("questions", "has questions"),
    RestKind.ANSWERED: ("answered", "has answers that wait to be confirmed"),
    RestKind.FAILURE: ("failed", "failed"),
    RestKind.MERGE: ("waits for a merge", "waits for a merge"),
    RestKind.GO: ("waits for /go", "waits for /go"),
    RestKind.SETTINGS: ("settings with mistakes", "waits, since the repository's settings have mistakes"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """`id`: the same event has the same one, however often it arrives. `text`: for Slack and what takes its format.
    `subject` and `lines`: of the mail. `data`: further keys of the JSON."""

    id: str
    event: str
    at: datetime
    text: str
    subject: str
    lines: tuple[str, ...]
    data: Mapping[str, object] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        about = {"version": VERSION, "id": self.id, "event": self.event, "at": self.at.isoformat()}
        return about | {"text": self.text} | dict(self.data)

    def as_payload(self) -> dict[str, object]:
        """As the outbox keeps it."""
        return {"json": self.as_json(), "subject": self.subject, "lines": list(self.lines)}


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnView:
    """The input of the event of a turn. `next_step`: a sentence, with code in backticks."""

    issue: IssueRef
    title: str
    rest: Rest
    addressee: Addressee
    next_step: str
    pull_request: int | None
    failure: str | None
    web_url: str
    at: datetime


def turn_event(view: TurnView) -> Event:
    url = f"{view.web_url.rstrip('/')}/{view.issue.repository}/issues/{view.issue.number}"
    short, said = _SAYS[view.rest.kind]
    person = view.addressee.login or None
    failed = f" ({view.failure})" if view.failure and view.rest.kind is RestKind.FAILURE else ""
    whose = f"@{person}" if person else str(view.rest.turn)
    title = one_line(view.title)
    about = f"“{slack_words(title)}” {said}{failed}. Turn: {slack_words(whose)}."
    next_step = view.next_step.partition("Next: ")[2] or view.next_step  # what failed is said already
    step = next_step[:1].upper() + next_step[1:]
    return Event(
        id=f"{view.issue}/{view.rest.key}",
        event=view.rest.kind.value,
        at=view.at,
        text=f"<{url}|{view.issue}> {about} {slack_escaped(step)}",
        subject=f"[{view.issue}] {short}{failed}: {title}",
        lines=(f"“{title}” {said}{failed}.", f"Turn: {whose}", f"Next: {next_step.replace('`', '')}", url),
        data={
            "issue": {"repository": view.issue.repository, "number": view.issue.number, "title": title, "url": url},
            "pull_request": view.pull_request,
            "attempts": view.rest.attempts,
            "failure": view.failure,
            "turn": view.rest.turn.name.lower(),
            "person": person,
            "next": view.next_step,
        },
    )


def digest_event(digest: Digest, rows: Mapping[str, object], first: Sequence[str], lines: Sequence[str]) -> Event:
    """`rows`: the digest as JSON; `lines`: as text, of which `first` are what is said in a chat."""
    begins = digest.night.begins
    return Event(
        id=f"digest/{begins.isoformat()}",
        event="digest",
        at=digest.at,
        text="\n".join(map(slack_words, first)),
        subject=f"Nightshift: the night of {begins:%Y-%m-%d}",
        lines=tuple(lines),
        data={"digest": dict(rows)},
    )


def one_line(title: str) -> str:
    """Other people's words on one line, without invisible characters."""
    line = " ".join("".join(c for c in without_invisible(title) if c.isprintable() or c.isspace()).split())
    return line if len(line) <= _TITLE else f"{line[: _TITLE - 1]}…"


def slack_escaped(text: str) -> str:
    """`&`, `<` and `>` are Slack's only control characters: without them there is no `<!channel>`, no `<@U1>` and no
    link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def slack_words(text: str) -> str:
    """Other people's words: what takes Slack's format may know mentions, links and images of its kind, too."""
    apart = re.sub(r"@(?=\S)", f"@{_BREAK}", slack_escaped(text))
    return re.sub(r"\](?=[(\[])|(?<=[A-Za-z])://", lambda match: f"{match[0][0]}{_BREAK}{match[0][1:]}", apart)
