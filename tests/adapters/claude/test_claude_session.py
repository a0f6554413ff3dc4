"""Sessions of the real CLI from beginning to end: what goes in, how they end, and what is known of them then."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import psutil
import pytest

from bot.adapters.claude import Credential, Session, SessionPlan
from bot.adapters.scripted_model import Drop, Fail, Hang, ModelRequest, Reply, SayText, ToolUse, UseTools
from bot.core.failures import FailureKind
from bot.core.session import SessionProgress

Play = Callable[..., Session]


def bash(command: str) -> UseTools:
    return UseTools((ToolUse("Bash", {"command": command, "description": "a step"}),))


def delivers(**structured: object) -> UseTools:
    return UseTools((ToolUse("StructuredOutput", structured),))


def test_a_session_works_and_delivers(any_sandbox_plan: SessionPlan, play: Play, steps: list[SessionProgress]) -> None:
    """It writes, runs, commits under the bot's name, and says that it is done; the gate saw every step of it."""
    plan = any_sandbox_plan
    subprocess.run(["git", "init", "-q", "-b", "main", str(plan.workspace)], check=True, timeout=30)
    write = ToolUse("Write", {"file_path": f"{plan.workspace}/clock.py", "content": "x = 1\n"})
    read = ToolUse("Read", {"file_path": "clock.py"})

    session = play(
        UseTools((write,), "I start."),
        UseTools((read,)),
        bash("git add . && git commit -qm Clock"),
        bash("exit 3"),
        base=plan,
    )

    assert session.proof.missing == ()
    assert (session.proof.guards.asked, session.proof.guards.refused) == (5, 0)
    result = session.result
    assert (result.failure, result.status, result.completion) == (None, "complete", "structured")
    assert (result.summary, result.turns, result.claude_version) == ("All done.", 5, "2.1.330")
    assert result.cost_usd > 0
    assert result.commands == (("git add . && git commit -qm Clock", 0), ("exit 3", 3))
    assert 0 < session.seconds < 60
    log = subprocess.run(
        ["git", "-c", "safe.directory=*", "-C", str(plan.workspace), "log", "--format=%an <%ae> %cn %s"],
        check=True,
        capture_output=True,
        timeout=30,
    )
    assert log.stdout.decode() == "Nightshift <bot@example.com> Nightshift Clock\n"
    assert steps[0] == SessionProgress(turn=1, tool="Write", subject="clock.py")


def test_the_transcript_is_kept(plan: SessionPlan, play: Play) -> None:
    """Each line as it came, in the attempt's folder."""
    play(bash("echo hello"))

    events = [json.loads(line) for line in plan.transcript.read_text().splitlines()]
    told = [event["type"] for event in events if event["type"] != "command_lifecycle"]  # of the messages that it reads
    assert (told[0], told[-1]) == ("system", "result")


@pytest.mark.parametrize("first", ["/clear", "--version", "$(id) `id` \"';|& \u202e 😀 \\n"], ids=range(3))
def test_the_prompt_arrives_as_it_is(first: str, plan: SessionPlan, play: Play, seen: list[ModelRequest]) -> None:
    """However long, and whatever it begins with: no shell, no option and no command of the CLI comes of it."""
    prompt = f"{first}\n{'x' * 65_536}\nend"

    play(prompt=prompt, model="claude-sonnet-5-5")

    assert seen[0].prompt == prompt
    assert seen[0].model == "claude-sonnet-5-5"
    assert "Be careful." in seen[0].system


def test_files_named_in_the_prompt_are_not_read(plan: SessionPlan, play: Play, seen: list[ModelRequest]) -> None:
    """`@path` would bring a file to the model without asking the gate."""
    (plan.workspace / "secret.txt").write_text("hidden treasure")

    play(prompt=f"look at @secret.txt and @{plan.workspace}/secret.txt")

    assert "hidden treasure" not in str(seen[0].messages)


def test_nothing_of_the_prompt_and_no_secret_is_in_the_command_line(plan: SessionPlan, play: Play) -> None:
    """Everybody on the machine can read it."""
    lines: list[str] = []

    def answer(request: ModelRequest) -> Reply:
        for child in psutil.Process().children(recursive=True):
            with suppress(psutil.NoSuchProcess):  # it has ended meanwhile
                lines.append(" ".join(child.cmdline()))
        return delivers(status="complete", summary="ok")

    play(answer=answer, prompt="the-whole-issue", credential=Credential(api_key="sk-very-secret"))

    assert any("--max-turns" in line for line in lines)
    assert not any("the-whole-issue" in line or "sk-very-secret" in line for line in lines)


def test_a_blocked_session_says_why(play: Play) -> None:
    """The reason is what the person reads."""
    result = play(delivers(status="blocked", summary="There is no clock.")).result

    assert (result.failure, result.detail) == (FailureKind.TASK_BLOCKED, "There is no clock.")


def test_a_session_can_ask(play: Play) -> None:
    """Its questions come out numbered, below its own words."""
    result = play(delivers(status="needs_info", summary="Unclear.", questions=["Which clock?", "Which zone?"])).result

    assert (result.failure, result.detail) == (FailureKind.NEEDS_INFO, "Unclear.\n\n1. Which clock?\n2. Which zone?")


def test_words_are_a_fallback(play: Play) -> None:
    """A model that never delivers in the asked form may still say that it is done."""
    result = play(answer=lambda request: SayText("TASK_COMPLETE: the clock works")).result

    assert (result.failure, result.status, result.completion) == (None, "complete", "words")


def test_a_session_that_says_nothing_claims_nothing(play: Play) -> None:
    """Neither success nor failure: its commits decide."""
    result = play(answer=lambda request: SayText("Well.")).result

    assert (result.failure, result.status, result.completion) == (None, None, "")


def test_turns_run_out(play: Play) -> None:
    """Told apart from every other ending."""
    session = play(answer=lambda request: bash(f"echo {request.turn}"), max_turns=2)

    assert (session.result.failure, session.result.turns) == (FailureKind.SESSION_TIMEOUT, 2)
    assert session.proof.missing == ()


def test_money_runs_out(play: Play) -> None:
    """The CLI stops at the budget by itself; calls that it then leaves unanswered spoil no proof."""
    session = play(answer=lambda request: bash(f"echo {request.turn}"), budget_usd=0.004)

    assert session.result.failure == FailureKind.BUDGET_EXHAUSTED
    assert session.proof.missing == ()


def test_the_wall_clock_stops_a_session(plan: SessionPlan, play: Play) -> None:
    """And what it had streamed until then is kept."""
    result = play(bash("echo one"), Hang(600), wall_seconds=6).result

    assert result.failure == FailureKind.WALL_CLOCK_TIMEOUT
    assert result.commands == (("echo one", 0),)
    assert "echo one" in plan.transcript.read_text()


def test_silence_stops_a_session(play: Play) -> None:
    """A CLI that stands still, here by SIGSTOP, is not waited for until the wall clock."""

    def answer(request: ModelRequest) -> Reply:
        for child in psutil.Process().children(recursive=True):
            if child.name() == "claude":
                child.suspend()
        return SayText("unheard")

    session = play(answer=answer, stall_seconds=3)

    assert session.result.failure == FailureKind.STALLED
    assert session.seconds < 30


def test_a_silent_api_is_given_up_before_it_looks_like_a_stall(play: Play) -> None:
    """So that the failure names what was silent."""
    assert play(answer=lambda request: Hang(600), stall_seconds=21).result.failure == FailureKind.API_UNAVAILABLE


def test_a_session_is_cancelled_while_it_runs(play: Play, seen: list[ModelRequest]) -> None:
    """Within a second or two; nothing is heard of it afterwards."""
    session = play(Hang(600), should_stop=lambda: FailureKind.CANCELLED if seen else None)

    assert session.result.failure == FailureKind.CANCELLED
    assert session.seconds < 20


def test_a_refused_credential_is_known_early(play: Play) -> None:
    """The CLI alone would go on trying."""
    session = play(answer=lambda request: Fail(401, "authentication_error", "invalid x-api-key"))

    assert session.result.failure == FailureKind.AUTH_FAILED
    assert session.seconds < 15


def test_no_credential_at_all_is_the_same_failure(play: Play) -> None:
    """It is the operator's turn either way."""
    assert play(credential=Credential()).result.failure == FailureKind.AUTH_FAILED


LIMIT = {
    "anthropic-ratelimit-unified-status": "rejected",
    "anthropic-ratelimit-unified-reset": "1795333779",
    "anthropic-ratelimit-unified-representative-claim": "five_hour",
    "anthropic-ratelimit-unified-overage-status": "rejected",
    "anthropic-ratelimit-unified-overage-disabled-reason": "org_level_disabled",
}


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Fail(429, "rate_limit_error", "limit", {**LIMIT, "retry-after": "3600"}), FailureKind.USAGE_LIMIT),
        (Fail(400, "invalid_request_error", "Your credit balance is too low"), FailureKind.CREDIT_EXHAUSTED),
        (Fail(400, "invalid_request_error", "prompt is too long: 9 tokens > 8 maximum"), FailureKind.PROMPT_TOO_LONG),
        (Fail(403, "permission_error", "not allowed"), FailureKind.AUTH_FAILED),
        (Fail(529, "overloaded_error", "Overloaded"), FailureKind.API_UNAVAILABLE),
        (Drop(), FailureKind.API_UNAVAILABLE),
    ],
    ids=lambda value: str(value) if isinstance(value, FailureKind) else type(value).__name__,
)
def test_failures_of_the_api_are_distinguished(reply: Reply, kind: FailureKind, play: Play) -> None:
    """Although the CLI calls each of them a success."""
    result = play(answer=lambda request: reply, credential=Credential(oauth_token="oat")).result

    assert result.failure == kind
    if kind == FailureKind.USAGE_LIMIT:
        assert result.resets_at == datetime.fromtimestamp(1795333779, UTC)


def test_a_conversation_goes_on_in_the_same_folder(plan: SessionPlan, play: Play, seen: list[ModelRequest]) -> None:
    """With its history, and behind a separate gate."""
    first = play(bash("echo first"))

    second = play(prompt="Now the date.", resume=first.result.session_id)

    assert second.result.session_id == first.result.session_id
    assert "echo first" in str(seen[-1].messages)
    assert second.proof.ok


def test_a_conversation_that_is_gone_is_a_matter_of_setup(play: Play) -> None:
    """Trying again in the same way could not help."""
    result = play(resume="11111111-2222-4333-8444-555555555555").result

    assert result.failure == FailureKind.SETUP_FAILED


def test_a_crash_comes_with_its_evidence(plan: SessionPlan, play: Play) -> None:
    """The exit code, and what it said last."""

    def answer(request: ModelRequest) -> Reply:
        for child in psutil.Process().children(recursive=True):
            if child.name() == "claude":
                child.kill()
        return Hang(5)

    result = play(answer=answer).result

    assert result.failure == FailureKind.AGENT_CRASHED
    assert "exit code 137" in result.detail


def test_a_deep_folder_is_no_hindrance(plan: SessionPlan, play: Play) -> None:
    """Although a Unix socket's path has a limit of 107 bytes."""
    session = play(bash("echo on"), folder=plan.folder / ("d" * 120))

    assert session.result.commands == (("echo on", 0),)
    assert session.proof.ok
