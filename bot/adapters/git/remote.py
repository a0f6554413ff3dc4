"""Runs git against a repository's address, with a token that is lent for each command and renewed once if refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict, Unpack
from urllib.parse import urlsplit

from bot.adapters.git import refusals
from bot.adapters.git.bounds import NETWORK
from bot.adapters.git.command import git
from bot.adapters.git.credentials import GitCredentials
from bot.adapters.git.urls import check_url
from bot.adapters.process import Completed
from bot.core.token_age import AfterRefusal


class How(TypedDict, total=False):
    """What one command may differ in (`bot.adapters.git.command.git`)."""

    stdin: bytes
    stopping: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Remote:
    """`seconds`: the time limit of a command. `present_url`: asks for the address after a redirect."""

    gitdir: Path
    url: str
    credentials: GitCredentials | None
    seconds: float
    present_url: Callable[[], str] | None = None

    def run(
        self,
        *arguments: str,
        settings: Mapping[str, str] | None = None,
        keep: Sequence[int] = (),
        **how: Unpack[How],
    ) -> Completed:
        """Whatever its code is. Raises NotReached where GitHub may not know the token yet. Git itself follows no
        redirect, which might lead anywhere."""
        ended = self._as_it_is_called(*arguments, settings=settings, keep=keep, **how)
        if self.present_url is None or not refusals.was_redirected(ended):
            return ended
        now = check_url(self.present_url(), self.credentials)
        there = [now if each == self.url else each for each in arguments]
        return self._as_it_is_called(*there, settings=settings, keep=keep, **how)

    def _as_it_is_called(
        self, *arguments: str, settings: Mapping[str, str] | None, keep: Sequence[int], **how: Unpack[How]
    ) -> Completed:
        ended = self._once(*arguments, settings=settings, keep=keep, **how)
        status = refusals.refusing_status(ended)
        if status is None or self.credentials is None:
            return ended
        then = self.credentials.after_refusal(status)
        if then is AfterRefusal.WAIT:
            raise refusals.came_too_early(ended)
        return self._once(*arguments, settings=settings, keep=keep, **how) if then is AfterRefusal.RENEW else ended

    def _once(
        self, *arguments: str, settings: Mapping[str, str] | None, keep: Sequence[int], **how: Unpack[How]
    ) -> Completed:
        with self.credentials.lend() if self.credentials else nullcontext() as lent:
            return git(
                *arguments,
                gitdir=self.gitdir,
                protocols=urlsplit(self.url).scheme,
                settings=settings,
                environment=lent.environment if lent else None,
                secrets=lent.secrets if lent else (),
                timeout=self.seconds,
                codes=None,
                bounds=NETWORK,
                keep=[*keep, *lent.keep] if lent else keep,
                **how,
            )
