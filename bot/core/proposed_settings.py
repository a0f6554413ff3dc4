"""The `.github/nightshift.yml` that says what a trial found, ready to paste. It holds no line that a repository's names
could have put there: each value is quoted where YAML needs it, and comments are single lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

import yaml

from bot.core.environment.cooldown import is_pinned
from bot.core.environment.python import makes_environment
from bot.core.environment.values import Command, Origin
from bot.core.registries import is_host
from bot.core.repository_settings import FILE, RepositorySettings
from bot.core.trial import Trial, TriedSetUp
from bot.core.untrusted import one_line

_MOST, _LONGEST = 20, 4000  # entries of a list, and characters of a command, as the file may have them
_LONGEST_LIST = 24_000  # characters of one list: the file may have 65,536 bytes
_COMMENT = 150
_OF_HOUR = timedelta(hours=1)
_Item = tuple[str, str]
"""A command, and what the comment above it says; empty: no comment."""


def proposed_settings(trial: Trial) -> str:
    """The text of the file: what the repository's own says, with the set-up and the checks that were found."""
    parts = [
        f"# {FILE}, as `nightshift try` found it at {trial.commit[:10]}\n",
        *_set_up(trial),
        *_verify(trial),
        *(_entry(name, value) for name, value in _others(trial.settings).items()),
    ]
    return "".join(parts)


def _set_up(trial: Trial) -> Iterator[str]:
    set_up = trial.set_up
    if trial.settings.setup is not None:
        yield _list("setup", [(text, "") for text in trial.settings.setup])
    elif set_up is not None:
        commands = [command for command, _ in set_up.commands if not makes_environment(command)]
        if reason := _why_not(set_up, commands):
            yield _comment(f"setup: {reason}")
            yield from (_comment(f"  {command.text}") for command in commands)
        else:
            yield _list("setup", [(command.text, command.reason) for command in commands])
    if set_up is not None and (hosts := _hosts(set_up)):
        yield _comment(f"network: [{', '.join(hosts)}]  (set-up asked for these, and was refused)")


def _why_not(set_up: TriedSetUp, commands: list[Command]) -> str:
    """Why a list of these commands would not do the same; empty if it would."""
    if set_up.failed is not None:
        return "failed with these commands; name what has to run instead"
    if not commands or any(not _fits(command.text) for command in commands) or len(commands) > _MOST:
        return "is found anew at each commit; it runs"
    if set_up.origin is not Origin.DETECTED:
        return ""
    by_detection = any(
        "NIGHTSHIFT_SETUP" in command.text or command.pinned != is_pinned(command.text) for command in commands
    )
    if not by_detection:
        return ""
    pinned = any(command.pinned for command in commands)
    return f"is found anew at each commit{', with the versions that the lockfile pins' if pinned else ''}; it runs"


def _verify(trial: Trial) -> Iterator[str]:
    if trial.settings.verify is not None:
        yield _list("verify", [(text, "") for text in trial.settings.verify])
    elif trial.checks:
        yield _list("verify", [(check.command, _about(check.reason, check.ran.obstacle)) for check in trial.checks])
    else:
        yield _comment('verify: ["make test"]  (no checks were found: name them)')


def _about(reason: str, obstacle: str) -> str:
    return f"{reason}; could not run here: {obstacle}" if obstacle else reason


def _hosts(set_up: TriedSetUp) -> list[str]:
    names = (host.removesuffix(":443") for host in set_up.refused)
    return [name for name in dict.fromkeys(names) if is_host(name)][:_MOST]


def _fits(command: str) -> bool:
    is_text = command.isascii() or command.encode(errors="replace").decode() == command
    return bool(command.strip()) and len(command) <= _LONGEST and "\0" not in command and is_text


def _list(name: str, items: Iterable[_Item]) -> str:
    """A key with its list. What the file cannot hold is left out, and named: an empty list would mean that there is
    nothing to run."""
    lines, left, wanted = list[str](), _LONGEST_LIST, list(items)
    for text, about in [item for item in wanted if _fits(item[0])][:_MOST]:
        entry = (_indent(_comment(about)) if about else "") + _indent(_dump([text]))
        left -= len(entry)
        lines += [entry] if left >= 0 else []
    missing = len(wanted) - len(lines)
    note = _comment(f"{name}: {missing} more, which do not fit into this file") if missing else ""
    if not lines:
        return note or f"{name}: []\n"
    return f"{name}:\n{''.join(lines)}{note}"


def _indent(line: str) -> str:
    return f"  {line}"


def _entry(name: str, value: Any) -> str:
    return _dump({name: value})


def _dump(value: Any) -> str:
    """YAML in ASCII. A text of several lines stays on one, with escapes."""
    is_long = isinstance(value, list) and any("\n" in each for each in value if isinstance(each, str))
    style = '"' if is_long else None
    dumped = yaml.safe_dump(
        value, default_flow_style=False, default_style=style, sort_keys=False, width=float("inf"), allow_unicode=False
    )
    return str(dumped)


def _comment(text: str) -> str:
    indent = "  " if text.startswith("  ") else ""
    return f"# {indent}{one_line(text, _COMMENT)}\n"


def _others(settings: RepositorySettings) -> dict[str, Any]:
    """What the repository's own file says besides, as YAML has it."""
    said = settings.model_dump(mode="json", exclude_unset=True, exclude={"setup", "verify"})
    if "packages_older_than" in said:
        said["packages_older_than"] = _age(settings.packages_older_than)
    return {name: _plain(value) for name, value in said.items()}


def _plain(value: Any) -> Any:
    """Numbers without a fraction as whole ones."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _age(age: timedelta) -> str:
    hours = age // _OF_HOUR
    return f"{hours}h" if hours % 24 else f"{hours // 24}d"
