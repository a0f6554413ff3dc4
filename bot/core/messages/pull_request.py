"""The pull request: its title, and a body that shows how the change came to be."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.core.changes import Note
from bot.core.checks import Verdict
from bot.core.commit_messages import neutral_subject
from bot.core.failure_policy import policy
from bot.core.failures import FailureKind
from bot.core.messages.check_results import check_table, checks_in_short, hosts_of_checks, outputs, unpinned_packages
from bot.core.messages.first_look import first_look
from bot.core.messages.key_facts import EVIDENCE, KeyFacts, key_facts
from bot.core.messages.markers import add_marker, pull_request_marker, verdict_marker
from bot.core.messages.quoting import cell, code, quote_text, shorten, words
from bot.core.messages.reviewers import FOR_CHANGES
from bot.core.messages.status import turns
from bot.core.messages.times import duration
from bot.core.messages.verdict import failed_section, verdict_section
from bot.core.public_verdict import PublicVerdict, make_public
from bot.core.short_verdict import in_short, in_short_of_failed, recorded_verdict
from bot.core.tasks import Attempt, Task
from bot.core.visible import without_invisible

# A body that uses all of these limits stays under GitHub's 65,536 characters, even if quoting doubles every character.
_TITLE = 256
_SUMMARY = 6000
_TEMPLATE = 10_000
_COMMANDS = 40
_REFUSED = 20
_COMMAND = 120
_SAID = 300  # characters of each
_NOTES = 20
_READER_HAD_ENOUGH = 141  # by SIGPIPE, which `set -o pipefail` reports

_COMPLETION = {
    "structured": "Claude reported it complete",
    "words": "Claude wrote that it is complete (fallback)",
    "commits": "Claude did not say; the session ended cleanly and left commits (fallback)",
}
_HEADING = re.compile(r"^#{1,6}[ \t]+\S.*$", re.MULTILINE)
_ABOUT = re.compile(r"descri|summary|what|change|overview|about|purpose", re.IGNORECASE)
_HINT = re.compile(r"\s*<!--(?:(?!-->).)*-->", re.DOTALL)
_ISSUE_PLACE = re.compile(
    r"^((?:[-*][ \t]+)?(?:close[sd]?|fix(?:es|ed)?|resolve[sd]?):?[ \t]+)"
    r"#[ \t]*(?:\(?issue(?:[ _]?number)?\)?)?[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequestView:
    """The input of the body. `template`: the repository's, from the base branch. `leftovers`: the bot committed changes
    that the session had left uncommitted. `sandboxed`: the session ran inside the cell. `gate_logs`, `relay_records`:
    the head of each session's gate log, and of the relay's record of it; `refused_hosts`: hosts that the network filter
    refused; `commands_run`: the number of commands that ran, of which the attempt keeps the first. `facts`: the first
    lines' figures. `failed`: how the task failed whose work it is; None for a change that is to be reviewed. `said`:
    what people said to the sessions, masked: pairs of login and text. `rebased_in`: the attempt in which git alone put
    the work on top of another base; the rest is of the attempt whose sessions made it."""

    task: Task
    attempt: Attempt
    template: str | None = None
    leftovers: bool = False
    sandboxed: bool = True
    gate_logs: tuple[str, ...] = ()
    relay_records: tuple[str, ...] = ()
    refused_hosts: tuple[str, ...] = ()
    commands_run: int = 0
    facts: KeyFacts | None = None
    failed: FailureKind | None = None
    said: tuple[tuple[str, str], ...] = ()
    rebased_in: int | None = None
    verdict: PublicVerdict = field(default_factory=lambda: make_public(Verdict(), str))


def pull_request_title(task: Task) -> str:
    """The issue's title on one line, within GitHub's limit. It becomes part of the merge's message, so it must not
    close or mention anything, even if the issue's author wanted it to."""
    title = neutral_subject(" ".join(without_invisible(task.snapshot.title).split()), task.issue)
    return shorten(title, _TITLE) or f"Work on #{task.issue.number}"


def leftovers_commit(task: Task) -> str:
    """The message of the commit with what a session left uncommitted."""
    return f"{pull_request_title(task)}\n\nThe session left these changes uncommitted.\n\nFor #{task.issue.number}."


def pull_request_body(view: PullRequestView) -> str:
    """The closing keyword, the verdict, the figures, what to look at first, the lines to type, the summary inside the
    repository's template, the output of checks that do not pass, and the evidence."""
    closes = f"Closes #{view.task.issue.number}"
    size = view.facts.size if view.facts is not None else None
    short = in_short(view.verdict, size) if view.failed is None else in_short_of_failed(view.verdict, view.failed, size)
    parts = [
        closes,
        _verdict(view),
        _key_facts(view),
        first_look(view.verdict.flags),
        f"**Next** (a maintainer): review this. {FOR_CHANGES}" if view.failed is None else "",
        _described(view),
        outputs(view.verdict),
        hosts_of_checks(view.verdict),
        unpinned_packages(view.verdict.packages),
        _evidence(view),
    ]
    body = add_marker("\n\n".join(part for part in parts if part), verdict_marker(recorded_verdict(short)))
    return add_marker(body, pull_request_marker(view.task.issue))


def _verdict(view: PullRequestView) -> str:
    if view.failed is not None:
        return failed_section(view.failed, view.verdict)
    return verdict_section(view.verdict, view.task.issue.repository)


def _key_facts(view: PullRequestView) -> str:
    return key_facts(
        view.facts,
        view.task.issue.repository,
        calls=view.attempt.guards.refused,
        hosts=len(view.refused_hosts),
        flagged=len({flag.path for flag in view.verdict.flags}),
    )


def _described(view: PullRequestView) -> str:
    summary = quote_text(view.attempt.summary, _SUMMARY) or "> Claude left no summary."
    what = "What was done" if view.failed is None else "How far it got"
    said = f"{what}, in Claude's words:\n\n{summary}"
    template = re.sub(r"\r\n?", "\n", view.template or "").strip()
    if not template or len(template) > _TEMPLATE:
        return said
    return _filled(_ISSUE_PLACE.sub(rf"\g<1>#{view.task.issue.number}", template), said)


def _filled(template: str, said: str) -> str:
    """The template with the summary under the heading that asks for it, in the place of the hint that stands there.

    Checkboxes stay unticked: the reviewer ticks them.
    """
    headings = list(_HEADING.finditer(template))
    heading = next((found for found in headings if _ABOUT.search(found[0])), headings[0] if headings else None)
    start = heading.end() if heading else 0
    hint = _HINT.match(template, start)
    before, after = template[:start], template[hint.end() if hint else start :]
    return "\n\n".join(part for part in (before.strip(), said, after.strip()) if part)


def _evidence(view: PullRequestView) -> str:
    attempt = view.attempt
    parts = [
        f"<details><summary>{EVIDENCE}: {turns(attempt)} turns, ${attempt.cost_usd:.2f}, "
        f"{duration(attempt.seconds)}</summary>",
        _facts(view),
        check_table(view.verdict.checks),
        _notes(view.verdict.notes),
        _said(view.said),
        _commands(attempt, view.commands_run),
        _refused(attempt),
        _refused_hosts(view.refused_hosts),
        "</details>",
    ]
    return "\n\n".join(part for part in parts if part)


def _facts(view: PullRequestView) -> str:
    attempt, guards = view.attempt, view.attempt.guards
    rows = [
        ("Attempt", str(attempt.number)),
        ("Turns", turns(attempt)),
        ("Cost", f"${attempt.cost_usd:.2f}"),
        ("Time", f"{duration(attempt.seconds)}, of which Claude {duration(attempt.claude_seconds)}"),
        ("Gate", f"asked {guards.asked}, granted {guards.granted}, refused {guards.refused}"),
        ("Finished", _finished(view)),
        ("Uncommitted changes", "committed by Nightshift in a separate commit" if view.leftovers else "none"),
        ("Checks", checks_in_short(view.verdict.checks)),
        ("Approved by", code(view.task.snapshot.approved_by) or "not known"),
    ]
    if view.gate_logs:
        rows.append(("The gate's log", ", ".join(map(code, view.gate_logs))))
    if view.relay_records:
        rows.append(("The relay's record", ", ".join(map(code, view.relay_records))))
    if view.rebased_in is not None:
        rows.append(("Rebased", f"by git alone, in attempt {view.rebased_in}"))
    if not view.sandboxed:
        rows.append(("Sandbox", "**off**: the session could reach the host's files and network"))
    return "| | |\n| --- | --- |\n" + "\n".join(f"| {name} | {value} |" for name, value in rows)


def _finished(view: PullRequestView) -> str:
    if view.failed is not None and policy(view.failed).in_claudes_words:
        return "Claude reported that it cannot go on"
    otherwise = "Claude did not say" if view.failed is None else f"no: {code(view.failed.value)}"
    return _COMPLETION.get(view.attempt.completion, otherwise)


def _notes(notes: Sequence[Note]) -> str:
    if not notes:
        return ""
    lines = [f"- {code(note.path, _COMMAND)}: {words(note.what, _COMMAND)}" for note in notes[:_NOTES]]
    return "**For the reviewer** to look at:\n\n" + "\n".join(lines) + _more(len(notes) - _NOTES)


def _said(said: Sequence[tuple[str, str]]) -> str:
    if not said:
        return ""
    lines = [f"- {code(login)}: {words(text, _SAID)}" for login, text in said]
    return "Said to the session while it was at work:\n\n" + "\n".join(lines)


def _commands(attempt: Attempt, ran: int) -> str:
    if not attempt.commands:
        return "No shell commands were run."
    rows = [
        f"| {'?' if exit_code is None else exit_code} | {cell(command, _COMMAND)} |"
        for command, exit_code in attempt.commands[:_COMMANDS]
    ]
    table = "| exit | command |\n| --- | --- |\n" + "\n".join(rows) + _more(max(ran, len(attempt.commands)) - len(rows))
    if any(exit_code == _READER_HAD_ENOUGH for _, exit_code in attempt.commands[:_COMMANDS]):
        table += "\n\n141 is not a failure by itself: the reader of a pipe, such as `head`, had enough."
    return table


def _refused(attempt: Attempt) -> str:
    if not attempt.refused_commands:
        return ""
    lines = [f"- {code(command, _COMMAND)}" for command in attempt.refused_commands[:_REFUSED]]
    number = max(attempt.guards.refused, len(attempt.refused_commands))
    return "Refused by the gate, and not run:\n" + "\n".join(lines) + _more(number - len(lines))


def _refused_hosts(hosts: tuple[str, ...]) -> str:
    if not hosts:
        return ""
    lines = [f"- {code(host, _COMMAND)}" for host in hosts[:_REFUSED]]
    return "Hosts that the session asked for and could not reach:\n" + "\n".join(lines) + _more(len(hosts) - _REFUSED)


def _more(number: int) -> str:
    return f"\n\nand {number} more" if number > 0 else ""
