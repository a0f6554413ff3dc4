"""What a person types, and what they get: results on stdout, one sentence on stderr, never a traceback."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from bot.adapters.store import Store, url_of
from bot.adapters.wake import waker
from bot.cli import COMMANDS
from bot.rehearsal.github.faults import LoseWebhook
from tests.patience import within
from tests.stories.command_line import ENOUGH, PATH, nightshift, settings_of
from tests.stories.world import BOT, World, finish, writes
from tests.typed import Answer, typed

WRONG_SETTINGS = {"PORT": "http", "LABEL": "two words"}


@pytest.mark.parametrize(
    "command", ["up", "web", "worker", "night", "list", "sync", "doctor", "stats", "backup", "resume"]
)
def test_wrong_settings_are_reported_at_once_and_nothing_starts(tmp_path: Path, command: str) -> None:
    refuses_settings(typed(command, cwd=tmp_path, environment=WRONG_SETTINGS), tmp_path)


def test_wrong_settings_end_the_process_too(tmp_path: Path) -> None:
    refuses_settings(nightshift("worker", cwd=tmp_path, environment=WRONG_SETTINGS), tmp_path)


def refuses_settings(answer: Answer, folder: Path) -> None:
    assert (answer.code, answer.out) == (2, "")
    for name in ("PORT", "LABEL", "GITHUB_TOKEN", "REPOSITORIES", "ANTHROPIC_API_KEY"):
        assert name in answer.err
    assert f"and from {folder}/.env, which does not exist" in answer.err
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_explains_itself(tmp_path: Path, command: str) -> None:
    answer = typed(command, "--help", cwd=tmp_path, environment={})

    assert answer.code == 0
    assert f"Usage: nightshift {command}" in answer.out


def test_the_process_explains_itself(tmp_path: Path) -> None:
    answer = nightshift("--help", cwd=tmp_path, environment={})

    assert answer.code == 0
    assert all(f"\n  {command} " in answer.out for command in COMMANDS)


@pytest.mark.parametrize("arguments", [("add", "octo/clock"), ("retry", "octo#1"), ("cancel", "#1"), ("lst",)])
def test_what_is_typed_wrong_is_reported(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    answer = typed(*arguments, cwd=tmp_path, environment=ENOUGH | {"REPOSITORIES": "octo/clock,octo/shop"})

    assert answer.code == 2
    assert arguments[-1] in answer.err


def test_an_unreachable_github_is_reported_and_waited_for(tmp_path: Path) -> None:
    """It may be an outage or the network of a host that has just started; or a typing error, which the message mentions
    as well."""
    unreachable = {**ENOUGH, "GITHUB_API_URL": "http://127.0.0.1:9/api/v3", "SANDBOX": "off"}
    command = [sys.executable, "-m", "bot", "worker"]
    environment = {"PATH": PATH, **unreachable}
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True) as worker:
        assert worker.stderr is not None
        said = ""
        while "the worker cannot start yet" not in said:
            said += (line := worker.stderr.readline())
            assert line, said
        worker.terminate()
        worker.communicate(timeout=within(60))

    assert worker.returncode == 0
    assert "GitHub account" in said
    assert "check GITHUB_API_URL" in said
    assert "no connection to 127.0.0.1:9 (Connection refused)" in said
    assert not [each for each in ("HTTPConnection", "Retry", "Errno") if each in said]


def test_a_token_that_github_refuses_stops_the_start(world: World, tmp_path: Path) -> None:
    answer = nightshift("up", cwd=tmp_path, environment={**settings_of(world), "GITHUB_TOKEN": "wrong"})

    assert answer.code == 1
    assert "renew GITHUB_TOKEN" in answer.err


def test_without_git_and_claude_nothing_starts(tmp_path: Path) -> None:
    """Both are named, each with what to do."""
    unreachable = {**ENOUGH, "GITHUB_API_URL": "http://127.0.0.1:9/api/v3", "CLAUDE_BIN": str(tmp_path / "claude")}

    answer = nightshift("up", cwd=tmp_path, environment=unreachable, path=str(tmp_path))

    assert answer.code == 1
    assert "missing git" in answer.err
    assert "missing claude" in answer.err


def test_an_unwritable_data_folder_stops_the_start(tmp_path: Path) -> None:
    """A file where the folder should be: no user can write into it, not even root."""
    (tmp_path / "file").write_text("")

    answer = nightshift("worker", cwd=tmp_path, environment={**ENOUGH, "DATA_DIR": str(tmp_path / "file/data")})

    assert answer.code == 1
    assert "DATA_DIR" in answer.err


def test_doctor_says_for_each_need_whether_it_is_there(world: World, tmp_path: Path) -> None:
    answer = nightshift("doctor", "--json", cwd=tmp_path, environment=settings_of(world))

    findings = {finding["need"]: finding for finding in json.loads(answer.out)["findings"]}
    assert set(findings) == {
        "git",
        "claude",
        "sandbox",
        "gate client",
        "tools",
        "data folder",
        "credential",
        "webhook secret",
        "GitHub account",
        "check runs",
        "octo/clock",
        "clock",
        "guards",
        "main of octo/clock",
        "CI of octo/clock",
    }
    verdicts = {need: finding["verdict"] for need, finding in findings.items() if finding["verdict"] != "ok"}
    assert verdicts == {"sandbox": "wrong", "main of octo/clock": "advice", "CI of octo/clock": "advice"}
    assert BOT in findings["GitHub account"]["says"]
    assert answer.code == 1


def test_doctor_sees_a_token_without_a_permission(world: World, tmp_path: Path) -> None:
    world.github.set_role("octo/clock", BOT, "read")

    answer = nightshift("doctor", cwd=tmp_path, environment=settings_of(world))

    assert "wrong   octo/clock: " in answer.out
    assert "needs the permission to write contents" in answer.out
    assert "to fix it:" in answer.out


def test_a_wrong_token_is_distinguished(world: World, tmp_path: Path) -> None:
    answer = nightshift("doctor", cwd=tmp_path, environment={**settings_of(world), "GITHUB_TOKEN": "ghp_wrong"})

    assert "renew GITHUB_TOKEN" in answer.out
    assert "ghp_wrong" not in answer.out + answer.err


def test_add_labels_and_queues(world: World, tmp_path: Path) -> None:
    """The label is the record; the worker does the rest."""
    issue = world.open_issue(sessions=[writes("time.txt", "noon")])

    answer = nightshift("add", str(issue), cwd=tmp_path, environment=settings_of(world))

    assert (answer.code, world.tasks()) == (0, {issue.number: "queued"}), answer.err
    world.run_until_idle()
    assert world.tasks() == {issue.number: "in_review"}


def test_retry_and_cancel_by_hand(world: World, tmp_path: Path) -> None:
    issue = world.label_issue(sessions=[[finish("blocked", "No.")]])
    world.run_until_idle()

    assert nightshift("retry", str(issue), "--turns", "9", cwd=tmp_path, environment=settings_of(world)).code == 0
    assert world.task(issue).overrides.turns == 9
    assert nightshift("cancel", str(issue), cwd=tmp_path, environment=settings_of(world)).code == 0
    assert world.tasks() == {issue.number: "cancelled"}
    again = nightshift("cancel", str(issue), cwd=tmp_path, environment=settings_of(world))
    assert (again.code, "nothing to cancel" in again.err) == (1, True)
    world.run_until_idle()


def test_a_change_by_hand_wakes_the_worker(world: World, tmp_path: Path) -> None:
    """It would see the change some seconds later; what only reads wakes none."""
    issue = world.open_issue()
    world.github.faults.add([LoseWebhook(on=".", times=1000)])  # a delivery about what a command said would wake it too
    changing = [
        ("add", str(issue)),
        ("cancel", str(issue)),
        ("retry", str(issue)),
        ("cancel", str(issue)),
        ("pause", "--now"),
        ("resume",),
        ("sync",),
    ]
    with waker(world.services.wake_folder) as sleeping:
        for arguments in changing:
            assert typed(*arguments, cwd=tmp_path, environment=settings_of(world)).code == 0, arguments
            assert sleeping.wait(0), arguments
        for arguments in (("list",), ("stats",), ("cancel", str(issue))):
            typed(*arguments, cwd=tmp_path, environment=settings_of(world))
            assert not sleeping.wait(0), arguments


def test_sync_finds_what_no_webhook_told(world: World, tmp_path: Path) -> None:
    issue = world.open_issue()
    world.github.faults.add([LoseWebhook(on=".", times=100)])
    world.label(issue)

    answer = nightshift("sync", cwd=tmp_path, environment=settings_of(world))

    assert (answer.code, world.tasks()) == (0, {issue.number: "queued"}), answer.err


def test_the_gate_can_be_asked(tmp_path: Path) -> None:
    refused = nightshift("gate", "check", "rm -rf ~", cwd=tmp_path, environment={})
    cases = tmp_path / "cases.jsonl"
    lines = [{"command": "rm -rf /", "expect": "block", "category": "x"}, {"command": "ls", "expect": "allow"}]
    cases.write_text("".join(json.dumps(line) + os.linesep for line in lines))
    scored = json.loads(nightshift("gate", "score", str(cases), "--json", cwd=tmp_path, environment={}).out)

    cases_wrong = tmp_path / "wrong.jsonl"
    cases_wrong.write_text('{"command": "ls", "expect": "allow"}\n{"command": 1}\n')
    wrong = nightshift("gate", "score", str(cases_wrong), cwd=tmp_path, environment={})

    granted = nightshift("gate", "check", "ls", cwd=tmp_path, environment={})

    assert (refused.code, refused.out[:8], granted.code, granted.out[:8]) == (1, "refused ", 0, "granted ")
    assert (wrong.code, "wrong.jsonl:2: expected" in wrong.err) == (2, True)
    assert scored["block"] == {"total": 1, "refused": 1}
    assert scored["allow"] == {"total": 1, "granted": 1}
    assert scored["misses"] == []


@pytest.mark.parametrize("command", ["list", "sync", "web", "worker"])
def test_a_ledger_of_a_newer_program_is_refused_in_one_sentence(tmp_path: Path, command: str) -> None:
    """The web server, the worker and the other commands refuse alike; `doctor` lists it among its findings."""
    path = tmp_path / "var" / "nightshift.sqlite"
    Store.open(url_of(path)).close()
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("INSERT INTO schema_version VALUES (99)")

    answer = nightshift(command, cwd=tmp_path, environment=ENOUGH | {"GITHUB_API_URL": "http://127.0.0.1:9"})

    assert (answer.code, answer.out) == (1, "")
    assert answer.err.count("was written by a newer Nightshift (its schema is 99") == 1


def test_a_backup_is_reported_with_its_size_and_never_written_over_unasked(tmp_path: Path) -> None:
    Store.open(url_of(tmp_path / "var" / "nightshift.sqlite")).close()

    made = json.loads(nightshift("backup", "--json", cwd=tmp_path).out)
    assert Path(made["path"]).parent == tmp_path / "var" / "backups"
    assert made["bytes"] == Path(made["path"]).stat().st_size

    again = nightshift("backup", made["path"], cwd=tmp_path)
    assert (again.code, again.out) == (1, "")
    assert "exists already" in again.err
    assert nightshift("backup", made["path"], "--overwrite", cwd=tmp_path).code == 0
