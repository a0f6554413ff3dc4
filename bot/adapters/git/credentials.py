"""How git gets a token: it asks a script, which answers for one host only and reads a file of mode 0600.

The token is never in an argument, an environment, a configuration, a URL or a log. The file has no name: git and
the script inherit it open, so that it is gone with them, also when the machine's power is.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from bot.adapters.own_network import DIRECT, OwnNetwork
from bot.core.token_age import AfterRefusal

ASKPASS = Path(__file__).with_name("askpass.sh")
_USER = "x-access-token"
"""GitHub's user name for an installation token; a personal token may use it too.

https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/authenticating-as-a-github-app-installation
"""
_IN_MEMORY = Path("/dev/shm")  # noqa: S108 - nothing below it gets a name


@dataclass(frozen=True, slots=True, kw_only=True)
class Lent:
    """What one command gets: the program to ask, the open file with the answer, and the way to the host. `token`: empty
    if there is none; `secrets`: to be masked in the command's output."""

    environment: Mapping[str, str]
    keep: Sequence[int] = ()
    token: str = field(default="", repr=False)
    secrets: Sequence[str] = field(default=(), repr=False)


@dataclass(eq=False, repr=False)
class GitCredentials:
    """A token for everything under one address, such as `https://github.com`, and the way there. `token` is called for
    each command, so that a token which expires can be renewed; None for what is public. `after_refusal`: what it means
    that GitHub refused it, by the status."""

    url_prefix: str
    token: Callable[[], str] | None
    after_refusal: Callable[[int], AfterRefusal] = lambda _: AfterRefusal.GIVE_UP
    _: KW_ONLY
    network: OwnNetwork = DIRECT

    def __post_init__(self) -> None:
        parts = urlsplit(self.url_prefix)
        if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
            raise ValueError(
                f"{self.url_prefix!r} is not where git is served: expected SCHEME://HOST, as https://github.com"
            )
        self._scheme, self._host = parts.scheme, parts.netloc

    def __repr__(self) -> str:
        return f"GitCredentials({self.origin!r}, ***)"

    @property
    def origin(self) -> str:
        return f"{self._scheme}://{self._host}"

    @contextmanager
    def lend(self) -> Iterator[Lent]:
        """Write the token for one command, and remove it after."""
        way, secrets = self.network.variables_of_git(), self.network.secrets
        if self.token is None:
            yield Lent(environment=way, secrets=secrets)
            return
        token = self.token()
        with tempfile.TemporaryFile(dir=_private_place()) as file:
            file.write(token.encode())
            file.flush()
            environment = {**way, **self._environment(file.fileno())}
            yield Lent(environment=environment, keep=(file.fileno(),), token=token, secrets=(token, *secrets))

    def _environment(self, descriptor: int) -> dict[str, str]:
        return {
            "GIT_ASKPASS": str(ASKPASS),
            "NIGHTSHIFT_TOKEN_FILE": f"/dev/fd/{descriptor}",
            "NIGHTSHIFT_USERNAME_PROMPT": f"Username for '{self.origin}': ",
            "NIGHTSHIFT_PASSWORD_PROMPT": f"Password for '{self._scheme}://{_USER}@{self._host}': ",
        }


def _private_place() -> Path | None:
    """Memory rather than disk; None is the system's folder for temporary files."""
    return _IN_MEMORY if os.access(_IN_MEMORY, os.W_OK | os.X_OK) else None
