"""The canary: the calls that a guarded session must be refused, and what proves it. Each runs the real CLI."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.adapters.claude import ClaudeCode, SessionPlan
from bot.adapters.claude.command import command_environment
from bot.adapters.environments import Environment
from bot.adapters.sandbox import Bubblewrap
from bot.adapters.sandbox_support import find_sandbox
from bot.core.failures import FailureKind, TaskFailed


def altered(claude: ClaudeCode, folder: Path, script: str) -> ClaudeCode:
    """The real CLI behind a script that changes its arguments: what a broken installation or an older version does."""
    program = folder / "claude"
    program.write_text(f"#!/bin/bash\nset -- \"$@\"\nCLAUDE='{claude.binary}'\n{script}\n")
    program.chmod(0o755)
    return ClaudeCode(program)


WITHOUT_SETTINGS = """
for argument in "$@"; do
  if [ "$skip" ]; then skip=; continue; fi
  if [ "$argument" = --settings ]; then skip=1; continue; fi
  kept+=("$argument")
done
"""


def test_the_canary_is_refused_and_granted(claude: ClaudeCode, any_sandbox_plan: SessionPlan) -> None:
    """Under the very flags, settings and sandbox of the session to come; then it is taken as proven for a while."""
    claude.canary(any_sandbox_plan)
    rehearsed = any_sandbox_plan.folder / "canary" / "transcript.jsonl"
    first = rehearsed.stat().st_mtime_ns
    claude.canary(any_sandbox_plan)

    assert rehearsed.stat().st_mtime_ns == first


def test_another_sandbox_needs_a_separate_canary(claude: ClaudeCode, plan: SessionPlan, tmp_path: Path) -> None:
    """What was proven holds for nothing else."""
    claude.canary(plan)
    claude.canary(replace(plan, folder=tmp_path / "same"))
    claude.canary(replace(plan, folder=tmp_path / "other", readable=(tmp_path,)))

    assert not (tmp_path / "same").exists()
    assert (tmp_path / "other").exists()


def test_without_its_hook_no_session_starts(claude: ClaudeCode, plan: SessionPlan, tmp_path: Path) -> None:
    """The mode alone still denies, but that is not the gate's refusal."""
    unhooked = altered(claude, tmp_path, f'{WITHOUT_SETTINGS} exec "$CLAUDE" "${{kept[@]}}"')

    with pytest.raises(TaskFailed, match="not by the gate") as failed:
        unhooked.canary(plan)

    assert failed.value.kind == FailureKind.GUARDS_UNPROVEN


NEWER = 'if [ "$1" = --version ]; then echo "99.0.0 (Claude Code)"; exit; fi'


def test_a_newer_version_runs_only_if_its_guards_hold(claude: ClaudeCode, plan: SessionPlan, tmp_path: Path) -> None:
    """Its behaviour was not measured: the canary decides, and the proof for another version does not count."""
    sound = altered(claude, tmp_path, f'{NEWER}; exec "$CLAUDE" "$@"')
    sound.canary(plan)
    assert sound.version() == "99.0.0"

    unhooked = altered(claude, tmp_path, f'{NEWER}; {WITHOUT_SETTINGS} exec "$CLAUDE" "${{kept[@]}}"')

    with pytest.raises(TaskFailed, match="the canary failed"):
        unhooked.canary(plan)


LEAKS = {
    "the host's network": ('set -- "${@/--unshare-net/--unshare-uts}"', "(?:reached a service|was never tried)"),
    "processes": (
        'set -- "${@/--unshare-pid/--unshare-uts}"',
        "read the environment of Claude Code",
    ),  # its streams are sockets
    "a writable /proc": ('set -- "${@/--remount-ro/--dir}"', "last longer when memory runs out"),
    "no filter": ('set -- "${@/--seccomp/--sync-fd}"', "use a keyring"),
    "the control folder": (
        'kept=(); for each; do [ "$each" != --unshare-pid ] || kept+=(--bind FOLDER/control FOLDER/control)'
        '; kept+=("$each"); done; set -- "${kept[@]}"',
        "connect to the gate",
    ),
    "the HOME of Claude Code": (
        'kept=(); for each; do [ "$each" != --unshare-pid ] || kept+=(--bind FOLDER/claude FOLDER/claude)'
        '; kept+=("$each"); done; set -- "${kept[@]}"',
        "read the HOME of Claude Code",
    ),
    "another program": ('case "$*" in *--json-status-fd*) exit 0;; esac', "the probe left no report"),
}


@pytest.mark.needs("bwrap")
@pytest.mark.parametrize(("leak", "told"), LEAKS.values(), ids=LEAKS)
def test_a_cell_that_leaks_fails_the_canary(
    claude: ClaudeCode, plan: SessionPlan, tmp_path: Path, leak: str, told: str
) -> None:
    """A sandbox that says that it confines, and lets a command have this all the same; or runs nothing at all."""
    real = find_sandbox(required=True)
    assert isinstance(real, Bubblewrap)
    leaky = tmp_path / "bwrap"
    folder = plan.folder / "canary"
    leaky.write_text(f'#!/bin/bash\n{leak.replace("FOLDER", str(folder))}\nexec {real.binary} "$@"\n')
    leaky.chmod(0o755)

    with pytest.raises(TaskFailed, match=f"the canary failed: .*{told}") as failed:
        claude.canary(replace(plan, sandbox=Bubblewrap(leaky)))

    assert failed.value.kind == FailureKind.GUARDS_UNPROVEN


def test_with_both_locks_gone_the_canary_tells_what_ran(claude: ClaudeCode, plan: SessionPlan, tmp_path: Path) -> None:
    """A forbidden command that runs is named, with who let it; it runs in an empty folder, where it does no harm."""
    ungated = altered(claude, tmp_path, f'{WITHOUT_SETTINGS} exec "$CLAUDE" "${{kept[@]}}" --allowedTools Bash')

    with pytest.raises(TaskFailed, match="`git push --force origin main` ran, permitted by config"):
        ungated.canary(plan)


def test_a_canary_that_fails_is_tried_again_next_time(claude: ClaudeCode, plan: SessionPlan, tmp_path: Path) -> None:
    """Only success is remembered: a repaired installation works at once."""
    flag = tmp_path / "broken"
    flag.touch()
    script = f'if [ -e {flag} ]; then {WITHOUT_SETTINGS} set -- "${{kept[@]}}"; fi; exec "$CLAUDE" "$@"'
    program = altered(claude, tmp_path, script)
    with pytest.raises(TaskFailed):
        program.canary(plan)

    flag.unlink()

    program.canary(plan)


def test_a_canary_that_is_killed_has_shown_nothing(claude: ClaudeCode, plan: SessionPlan, tmp_path: Path) -> None:
    """Neither way: there is one more. One that is killed each time is no proof."""
    flag = tmp_path / "once"
    flag.touch()
    version = '[ "$1" = --version ] && exec "$CLAUDE" "$@"'
    dies = f'if [ -e {flag} ]; then rm {flag}; kill -9 $$; fi; exec "$CLAUDE" "$@"'
    altered(claude, tmp_path, f"{version}; {dies}").canary(plan)
    assert not flag.exists()

    with pytest.raises(TaskFailed, match="was never tried") as failed:
        altered(claude, tmp_path, f"{version}; kill -9 $$").canary(replace(plan, folder=tmp_path / "always"))
    assert failed.value.kind == FailureKind.GUARDS_UNPROVEN


def test_a_canary_that_is_cut_off_before_its_end_has_shown_nothing(
    claude: ClaudeCode, plan: SessionPlan, tmp_path: Path
) -> None:
    """As where something kills its way to the model: all was right until then, and there is one more."""
    flag = tmp_path / "once"
    flag.touch()
    short = 'exec "$CLAUDE" "$@" --max-turns 1'
    once = f'if [ -e {flag} ] && [ "$1" != --version ]; then rm {flag}; {short}; fi; exec "$CLAUDE" "$@"'
    altered(claude, tmp_path, once).canary(plan)
    assert not flag.exists()

    with pytest.raises(TaskFailed, match="did not finish") as failed:
        altered(claude, tmp_path, f'[ "$1" = --version ] || {short}; exec "$CLAUDE" "$@"').canary(
            replace(plan, folder=tmp_path / "always")
        )
    assert failed.value.kind == FailureKind.GUARDS_UNPROVEN


def test_a_canary_that_is_killed_amid_its_commands_has_shown_nothing(
    claude: ClaudeCode, plan: SessionPlan, tmp_path: Path
) -> None:
    """The calls are known and their results are not: there is one more."""
    flag, fifo = tmp_path / "once", tmp_path / "fifo"
    flag.touch()
    killed = (
        f'mkfifo {fifo}; "$CLAUDE" "$@" <&0 > {fifo} & '
        f"while IFS= read -r line; do printf '%s\\n' \"$line\"; "
        f'case "$line" in *toolu_canary_forbidden*) kill -9 $! $$;; esac; done < {fifo}'
    )
    once = f'if [ -e {flag} ] && [ "$1" != --version ]; then rm {flag}; {killed}; fi; exec "$CLAUDE" "$@"'

    altered(claude, tmp_path, once).canary(plan)

    assert "toolu_canary_forbidden" in (plan.folder / "canary" / "transcript.jsonl").read_text()
    assert (plan.folder / "canary-2").exists()


@pytest.mark.needs("bwrap")
def test_nothing_of_a_set_up_takes_part_in_the_canary(claude: ClaudeCode, plan: SessionPlan, tmp_path: Path) -> None:
    """The session's `python3` is what the repository's packages made of it. The canary does without: where a session
    would find no folder, it runs."""
    (tmp_path / "python").touch()
    made = Environment(layer=tmp_path, has_python=True)
    cells = find_sandbox(required=True)
    session = replace(plan, sandbox=cells, environment=made, python=tmp_path / "python")

    claude.canary(session)

    first, *_, last = command_environment(session)["PATH"].split(":")
    assert (first, last) == ("/run/nightshift/python/bin", "/run/nightshift/home/go/bin")
