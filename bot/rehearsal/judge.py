"""Compares what GitHub shows of an issue at the night's end with what the scenario expects and the documentation says.

The bot is not asked: neither its code, whose mistakes would be right then, nor its ledger. What no scenario has to ask
for is required of every issue: one status comment with its hidden block, one state label, whose turn it is, 👀 on each
command, an answer to each review that asks for something, evidence in each pull request, and no comment that was not
expected, on the issue or on its pull requests.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from bot.rehearsal import documented, documented_night, documented_pull
from bot.rehearsal.documented import StatedTurn
from bot.rehearsal.github.mentions import find_mentions
from bot.rehearsal.github.records import PullRequest
from bot.rehearsal.observation import Observation
from bot.rehearsal.scenario import Expect

_SHOWN = 200  # characters of a text that a sentence repeats


def judge_issue(expect: Expect, seen: Observation, *, prefix: str = documented.TRIGGER_LABEL) -> Iterator[str]:
    """Everything about one issue that is not as it must be, as sentences without the issue's name. `prefix`: the
    trigger label, with which the state labels begin."""
    yield from _judge_replies(expect, seen)
    yield from _judge_commands(seen)
    yield from _judge_reviews(seen)
    yield from _judge_mails(expect, seen)
    if not expect.task:
        yield from _judge_untouched(seen)
        return
    if not seen.is_touched:
        yield "it did not become a task: it has no status comment, no branch and no pull request"
        return
    yield from _judge_status(expect, seen)
    yield from _judge_label(expect, seen, prefix)
    yield from _judge_notices(seen)
    yield from _judge_pull_requests(expect, seen)
    yield from _judge_files(expect, seen)
    yield from _judge_sessions(expect, seen)


def _judge_untouched(seen: Observation) -> Iterator[str]:
    if seen.is_touched:
        yield "it should have been left alone, but has a status comment, a branch or a pull request"


def _judge_status(expect: Expect, seen: Observation) -> Iterator[str]:
    if len(seen.statuses) != 1:
        yield f"expected one status comment, found {len(seen.statuses)}"
    elif seen.record is None:
        yield "the hidden block of its status comment is missing, there twice, or cannot be read"
    else:
        yield from _judge_record(expect, seen.record, f"{seen.repository}#{seen.issue.number}")
        yield from _judge_turn(seen.statuses[0], seen.record)
        yield from _judge_verdict(expect, seen.statuses[0], seen.record, seen.pull_requests)
        yield from _judge_failed_work(seen.statuses[0], seen.record, seen.pull_requests)
    for text in expect.comment:
        if not any(text in status for status in seen.statuses):
            yield f"its status comment does not say {text!r}"


def _judge_record(expect: Expect, record: Mapping[str, Any], issue: str) -> Iterator[str]:
    state, failure = record.get("state"), record.get("failure")
    if record.get("issue") != issue:
        yield f"the hidden block of its status comment is of {record.get('issue')}"
    if state != expect.state and expect.state is not None:
        yield f"expected {expect.state}, found {state}{f' ({failure})' if failure else ''}"
    elif failure != expect.failure and expect.failure is not None:
        yield f"expected {expect.failure}, found {failure}"


def _judge_turn(status: str, record: Mapping[str, Any]) -> Iterator[str]:
    """Who reads it has to learn which kind of failure it was, whose turn it is, and what to do."""
    if record.get("state") == "failed" and f"`{record.get('failure')}`" not in status:
        yield "its status comment does not name the kind of failure"
    if record.get("state") in ("failed", "in_review") and not documented.tells_what_is_next(status):
        yield "its status comment does not say whose turn it is"
    if documented_night.has_questions(record) and not documented_night.asks_numbered_questions(status):
        yield "its status comment does not number its questions"


def _judge_failed_work(status: str, record: Mapping[str, Any], pulls: Sequence[PullRequest]) -> Iterator[str]:
    """The status comment of a failure names the draft with its work."""
    for pull in pulls:
        verdict = documented_pull.read_verdict(pull.body or "")
        shows_failure = verdict is not None and verdict.standing == documented_pull.FAILED
        is_open_draft = shows_failure and pull.draft and pull.state == "open"
        if is_open_draft and record.get("state") == "failed" and not documented_night.names_draft(status, pull.number):
            yield f"its status comment does not say that its work is in the draft #{pull.number}"


def _judge_verdict(
    expect: Expect, status: str, record: Mapping[str, Any], pulls: Sequence[PullRequest]
) -> Iterator[str]:
    """A reader of the status comment learns first whether the change in review was verified, and the pull request
    says the same."""
    if record.get("state") != "in_review":
        return
    standing = documented.recorded_standing(record)
    if standing is None:
        yield "its status comment does not say whether the change was verified"
        return
    if expect.verdict not in (None, standing):
        yield f"expected a change that is {expect.verdict}, found {standing}"
    if not documented.begins_with_verdict(status, standing):
        yield f"its status comment does not begin with {standing!r}"
    for pull in pulls:
        verdict = documented_pull.read_verdict(pull.body or "")
        if verdict is not None and verdict.standing != standing:
            yield f"pull request #{pull.number} says {verdict.standing!r}, its status comment {standing!r}"


def _judge_label(expect: Expect, seen: Observation, prefix: str) -> Iterator[str]:
    """The label has to fit the status comment; where that cannot be read, the expected state."""
    record = seen.record or {}
    state = record.get("state") if record.get("state") in documented.STATES else expect.state
    waits = documented.waits_for_others(record) or any(map(documented.says_it_waits, seen.statuses))
    failure = record.get("failure") if record else expect.failure
    is_answered = any(each.is_answered and not each.is_over for each in seen.notices)
    label = documented.state_label(str(state), failure=failure, waits=waits, is_answered=is_answered, prefix=prefix)
    found = documented.state_labels(prefix) & set(seen.issue.labels)
    if found != {label} - {None}:
        yield f"expected the state label {label or 'none'}, found {_join(found)}"
    if seen.record is None:
        return
    standing = documented.recorded_standing(record) if state == "in_review" else None
    verdict = {documented.verdict_label(standing, prefix=prefix)} if standing else set()
    found = documented.verdict_labels(prefix) & set(seen.issue.labels)
    if found != verdict:
        yield f"expected the verdict's label {_join(verdict)}, found {_join(found)}"


def _judge_mails(expect: Expect, seen: Observation) -> Iterator[str]:
    """Which mails each person gets for what the bot did. It mentions no person but those whose turn it can be."""
    may_be_mentioned = {seen.issue.author, str((seen.record or {}).get("approved_by")), *seen.mergers}
    for login in sorted({mail.login for mail in seen.mails if mail.reason == "mention"} - may_be_mentioned):
        yield f"the bot mentions {login}, whose turn it cannot be"
    if expect.notified is None:
        return
    found = {mail.login: tuple(each.reason for each in seen.mails if each.login == mail.login) for mail in seen.mails}
    for login in sorted(found.keys() | expect.notified.keys()):
        wanted, got = expect.notified.get(login, ()), found.get(login, ())
        if wanted != got:
            yield f"expected mails to {login} as {', '.join(wanted) or 'none'}, found {', '.join(got) or 'none'}"


def _judge_notices(seen: Observation) -> Iterator[str]:
    """One comment, or a request on the pull request, notifies the person whose turn it is; no other comment mentions an
    account, and what is over is marked so."""
    record = seen.record or {}
    now = [notice for notice in seen.notices if not notice.is_over]
    if documented.needs_a_person(str(record.get("state"))) or documented.waits_for_go(record):
        yield from _judge_present_turn(seen, record, now)
    elif now and record.get("state") != "queued":  # it may wait for a merge
        yield "a comment says whose turn it is, though no person has to act"
    for comment in seen.comments:
        notice = documented.read_notice(comment)
        if more := set(find_mentions(comment)) - {(notice.login or "").lower() if notice else ""}:
            yield f"a comment of the bot mentions {_join(more)}"
    for text in seen.pull_comments:
        if mentioned := find_mentions(text):
            yield f"a comment of the bot on the pull request mentions {_join(mentioned)}"


def _judge_present_turn(seen: Observation, record: Mapping[str, Any], now: Sequence[StatedTurn]) -> Iterator[str]:
    failure = None if any(notice.is_answered for notice in now) else record.get("failure")
    person = documented.whose_turn(failure, author=seen.issue.author, approver=str(record.get("approved_by")))
    asked = seen.asked if record.get("state") == "in_review" else frozenset()
    is_asked = person in asked | seen.reviewed or (bool(asked) and not documented.may_be_login(person))
    if len(now) != 1 and not (is_asked and not now):
        yield f"expected one comment that notifies the person whose turn it is, found {len(now)}"
    if any(notice.login not in (person, None) for notice in now):
        yield f"expected a mention of {person}, found {_join({str(notice.login) for notice in now})}"
    if any(notice.login in asked for notice in now) and not any(pull.draft for pull in seen.pull_requests):
        yield f"{person} is mentioned, though a request on the pull request notifies them already"


def _judge_replies(expect: Expect, seen: Observation) -> Iterator[str]:
    yield from _compare_comments(expect.replies, seen.replies)
    said = [text for text in seen.pull_comments if not (expect.may_follow and documented_pull.says_it_follows(text))]
    for sentence in _compare_comments(expect.pull_replies, said):
        yield f"on the pull request, {sentence}"


def _compare_comments(expected: Sequence[str], found: Sequence[str]) -> Iterator[str]:
    for at, comment in enumerate(found):
        if at >= len(expected):
            yield f"the bot's comment {_shorten(comment)!r} was not expected"
        elif expected[at] not in comment:
            yield f"the bot's comment {_shorten(comment)!r} does not say {expected[at]!r}"
    for text in expected[len(found) :]:
        yield f"the bot did not comment {text!r}"


def _judge_commands(seen: Observation) -> Iterator[str]:
    for command in seen.commands:
        where = f" on pull request #{command.pull_request}" if command.pull_request is not None else ""
        if command.may_write is True and not command.is_acknowledged:
            yield f"the command {command.line!r} of {command.author}{where} has no 👀"
        if command.may_write is False and command.is_acknowledged:
            yield f"the command {command.line!r} of {command.author}{where}, who may not give any, has a 👀"


def _judge_reviews(seen: Observation) -> Iterator[str]:
    for review in seen.reviews:
        what = f"the review of {review.author} on pull request #{review.pull_request}, which asks for {review.line!r},"
        if review.may_write is True and not review.is_answered and documented.needs_answer(review.line):
            yield f"{what} has no answer"
        if review.may_write is False and review.is_answered:
            yield f"{what} has an answer, though its author may not give commands"


def _judge_pull_requests(expect: Expect, seen: Observation) -> Iterator[str]:
    if expect.has_pull_request is not None and len(seen.pull_requests) != int(expect.has_pull_request):
        wanted = "one pull request" if expect.has_pull_request else "no pull request"
        yield f"expected {wanted}, found {_join({f'#{pull.number}' for pull in seen.pull_requests})}"
    for pull in seen.pull_requests:
        for sentence in _judge_pull_request(pull, seen):
            yield f"pull request #{pull.number} {sentence}"


def _judge_pull_request(pull: PullRequest, seen: Observation) -> Iterator[str]:
    number, body = seen.issue.number, pull.body or ""
    if not _as_seen(seen.issue.title).startswith(_as_seen(pull.title).removesuffix("…")):
        yield f"is called {pull.title!r}, not {seen.issue.title!r}"
    closed = set(documented.find_closed_issues(f"{pull.title}\n{body}"))
    if ("", number) not in closed:
        yield f"does not say that it closes #{number}"
    if more := closed - {("", number)}:
        yield f"closes {_join({f'{repository}#{other}' for repository, other in more})} too"
    verdict = documented_pull.read_verdict(body)
    if verdict is None:
        yield "does not begin with what the checks said"
    elif verdict.must_be_draft and not pull.draft:
        yield "is open for review, though its task failed or its checks could not run"
    if verdict is not None and verdict.standing == documented_pull.FAILED and documented_pull.says_it_is_ready(body):
        yield "shows the work of a failure and says that it is ready for review"
    evidence = documented_pull.read_evidence(body)
    if evidence is None:
        yield "shows no evidence of how it came to be"
    elif evidence.missing:
        yield f"shows evidence without {', '.join(evidence.missing)}"


def _judge_files(expect: Expect, seen: Observation) -> Iterator[str]:
    if seen.files is None:
        if expect.files:
            yield f"its branch {documented.branch_of(seen.issue.number)} was not pushed"
        return
    for path, content in expect.files.items():
        found, mode = seen.files.get(path), seen.modes.get(path)
        if found != (None if content is None else content.stored.content):
            yield f"{path} is not as expected: {_describe(found)}"
        elif content is not None and mode != content.stored.mode and content.names_mode:
            yield f"{path} is not as expected: its mode is {(mode or b'').decode()}"


def _judge_sessions(expect: Expect, seen: Observation) -> Iterator[str]:
    if expect.attempts not in (None, seen.sessions):
        yield f"expected {expect.attempts} sessions, found {seen.sessions}"
    refused = documented.count_refusals(seen.record or {})
    if refused < expect.refused:
        yield f"expected {expect.refused} refusals of the gate at least, found {refused}"


def _as_seen(title: str) -> str:
    """A title as people see it: on one line, without characters that show nothing."""
    return re.sub(r"\s+", " ", "".join(char for char in title if char.isprintable() or char.isspace())).strip()


def _describe(found: bytes | None) -> str:
    return "it is not there" if found is None else f"it holds {_shorten(found.decode(errors='replace'))!r}"


def _join(names: Collection[str]) -> str:
    return ", ".join(sorted(names)) or "none"


def _shorten(text: str) -> str:
    """The beginning of a text, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"
