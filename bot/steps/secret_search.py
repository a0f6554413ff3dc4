"""Refuses a change that adds what looks like a secret, unless a maintainer allowed that very value for the task."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.adapters.fingerprints import Fingerprints
from bot.core.changes import FileChange
from bot.core.failures import FailureKind, TaskFailed
from bot.core.tasks import Task
from bot.steps.cell_commands import ShouldStop

if TYPE_CHECKING:
    from bot.adapters.secrets import Found

_log = logging.getLogger(__name__)

_MOST_SECRETS = 20


@dataclass(eq=False)
class SecretsFound(TaskFailed):
    """`values`: what was found, so that no text of the session repeats it."""

    values: tuple[str, ...] = field(default=(), repr=False)

    __str__ = TaskFailed.__str__


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretSearch:
    """`fingerprints`: None where no value can be allowed."""

    task: Task
    fingerprints: Fingerprints | None

    def refuse(
        self,
        whole: list[FileChange],
        committed: list[FileChange],
        known: Iterable[str],
        should_stop: ShouldStop,
    ) -> None:
        """The message names the place, the kind and the fingerprint of a secret, never its value. `known`: where the
        operator's own secrets stand, which no person can allow."""
        places = dict.fromkeys(known)
        values: list[str] = []
        for group in _groups(_search(whole, committed, should_stop)):
            fingerprint = self._fingerprint(group[0])
            if fingerprint and fingerprint in self.task.overrides.allow:
                continue
            values += [each.value for each in group]
            kinds = ", ".join(dict.fromkeys(each.kind for each in group))
            named = f" (a false alarm: /allow {fingerprint})" if fingerprint else ""
            places[f"{group[0].path}, line {group[0].line}: {kinds}{named}"] = None
        if places:
            more = [f"and {len(places) - _MOST_SECRETS} more"] if len(places) > _MOST_SECRETS else []
            detail = "\n".join([*itertools.islice(places, _MOST_SECRETS), *more])
            raise SecretsFound(FailureKind.SECRET_DETECTED, detail, tuple(dict.fromkeys(values)))

    def _fingerprint(self, found: Found) -> str:
        """Empty where there is none: then nothing can be allowed."""
        if self.fingerprints is None:
            return ""
        try:
            return self.fingerprints.of(self.task.issue, found.whole)
        except (OSError, ValueError) as trouble:
            _log.warning("no fingerprint could be made, so /allow is not offered: %s", trouble)
            return ""


def _search(whole: list[FileChange], committed: list[FileChange], should_stop: ShouldStop) -> Iterator[Found]:
    from bot.adapters.secrets import secrets_in  # noqa: PLC0415 - see bot/adapters/masking.py

    for count, found in enumerate(secrets_in(committed, known=whole)):
        if found is not None:
            yield found
        if count % 200 == 0 and (reason := should_stop()) is not None:
            raise TaskFailed(reason, "stopped while the change was searched for secrets")


def _groups(found: Iterable[Found]) -> Iterator[list[Found]]:
    """What several detectors found of one value, the longest first: one fingerprint stands for it and its parts."""
    for _, of_line in itertools.groupby(found, key=lambda each: (each.path, each.line)):
        groups: list[list[Found]] = []
        for each in sorted(of_line, key=lambda each: (-len(each.whole), each.whole, each.kind)):
            group = next((known for known in groups if each.whole in known[0].whole), None)
            if group is None:
                groups.append([each])
            else:
                group.append(each)
        yield from groups
