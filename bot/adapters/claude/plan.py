"""What a session is given, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.adapters.ceilings import Ceilings
from bot.adapters.claude.relay_record import RelaySeal
from bot.adapters.environments import NO_ENVIRONMENT, Environment
from bot.adapters.outside import DIRECTLY, Outside
from bot.adapters.sandbox import Cell, Sandbox
from bot.core.proof import Proof
from bot.core.registries import Destination
from bot.core.relay_figures import RelayFigures
from bot.core.services import RepositoryServices
from bot.core.session import SessionResult
from hooks.static_client import GateClient

USUAL_PATH = ("/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/sbin", "/sbin")
ANTHROPIC = "https://api.anthropic.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """What the session authenticates with: an API key or a subscription's token. `base_url` None: Anthropic's own."""

    api_key: str | None = field(default=None, repr=False)
    oauth_token: str | None = field(default=None, repr=False)
    base_url: str | None = None

    def __repr__(self) -> str:
        kind = "API key" if self.api_key else "OAuth token" if self.oauth_token else "none"
        return f"<Credential: {kind}, base_url={self.base_url!r}>"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPlan:
    """One session. `workspace`: where Claude works; `folder`: the runner's own for this attempt, outside the workspace,
    in which everything of the session is kept. `readable`: what the cell shows besides, such as the mirror.
    `policy`: what the repository adds to the gate's own, as `hooks.policy.additions` reads it.
    `registries`: where its commands may go on the network, if they are confined. `number`: the attempt's, which tells
    its cells from those of others.
    `command_seconds`: how long one of its commands may run.
    `resume`: the id of a conversation that `folder`/home already holds. `path`: folders of the session's PATH;
    `variables`: more of its commands' environment, which replaces nothing that is set for all sessions. `services`: run
    beside its commands, where they have cells.
    `environment`: what set-up made; `python`: the attempt's copy of its environment for Python.
    `mirrors`: the folder that holds all mirrors, of which `readable` names one. `client`: the gate's client, None: the
    one that is found when the session begins."""

    workspace: Path
    folder: Path
    prompt: str
    system_prompt: str
    model: str | None
    max_turns: int
    budget_usd: float
    wall_seconds: float
    stall_seconds: float
    credential: Credential
    sandbox: Sandbox
    readable: tuple[Path, ...]
    author_name: str
    author_email: str
    registries: frozenset[Destination] = frozenset()
    ceilings: Ceilings = field(default_factory=Ceilings)
    policy: Mapping[str, Any] | None = None
    resume: str | None = None
    number: int = 0
    path: tuple[str, ...] = USUAL_PATH
    mirrors: Path | None = None
    client: GateClient | None = None
    command_seconds: float = 600.0
    variables: Mapping[str, str] = field(default_factory=dict)
    services: RepositoryServices = field(default_factory=RepositoryServices)
    environment: Environment = NO_ENVIRONMENT
    python: Path | None = None
    outside: Outside = DIRECTLY

    @property
    def control(self) -> Path:
        """The gate's own folder: the session can read it and not write it."""
        return self.folder / "control"

    @property
    def home(self) -> Path:
        """The HOME of the session's commands."""
        return self.folder / "home"

    @property
    def claude_home(self) -> Path:
        """Claude Code's own, with the conversation: commands do not see it."""
        return claude_home(self.folder, self.sandbox)

    @property
    def temporary(self) -> Path:
        return self.home / "tmp"

    @property
    def shared_tmp(self) -> Path:
        """What the commands' cells have as /tmp, all of them the same."""
        return self.folder / "tmp"

    @property
    def memory(self) -> Path:
        """What the commands' cells have as /dev/shm."""
        return self.folder / "shm"

    @property
    def folders(self) -> tuple[Path, ...]:
        """All that the session can write to."""
        python = (self.python,) if self.python else ()
        return (self.workspace, self.home, self.claude_home, self.shared_tmp, self.memory, *python)

    @property
    def gate_log(self) -> Path:
        return self.folder / "gate_log.jsonl"

    @property
    def relay_record(self) -> Path:
        return self.folder / "relay.jsonl"

    @property
    def transcript(self) -> Path:
        return self.folder / "transcript.jsonl"

    @property
    def stderr(self) -> Path:
        return self.folder / "stderr.txt"

    @property
    def api(self) -> Destination:
        """Where the model is."""
        return Destination.of(self.credential.base_url or ANTHROPIC)

    def cell(self, binary: Path, handover: int | None = None) -> Cell:
        """Claude Code's. It reads in /tmp what the commands left there."""
        return Cell(
            start=self.workspace,
            writable=(self.workspace, self.home, self.claude_home),
            readable=(self.control, binary.parent),
            temporary=self.shared_tmp,
            tmp_is_readable_only=True,
            memory=self.claude_home / "shm",
            shell=self.control / "shell",
            number=self.number,
            handover=handover,
            ceilings=self.ceilings,
        )

    def command_cell(self, handover: int | None = None) -> Cell:
        """Each of its commands'."""
        cell = Cell(
            start=self.workspace,
            writable=(self.workspace, self.home),
            readable=(*self.readable, *self.outside.readable),
            temporary=self.shared_tmp,
            memory=self.memory,
            number=self.number,
            handover=handover,
            ceilings=self.ceilings,
        )
        return self.environment.in_cell(cell, checkout=self.workspace, home=self.home, python=self.python)


def claude_home(folder: Path, sandbox: Sandbox) -> Path:
    """Where in a session's folder Claude Code has its HOME. Without cells its commands have the same."""
    return folder / ("claude" if sandbox.confines else "home")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """What a session's gate log is verified with: its key and nonce, and the hash of its last line."""

    key: str = field(repr=False)
    nonce: str
    head: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A session that has ended. `seconds`: how long Claude's process ran; `refused_hosts`: where it tried to connect
    to and could not; `relay_seal`: of the relay's record; `said`: messages of its conversation as the relay saw
    them, None if there was none; `relay`: its requests in numbers. Gate log, transcript and the relay's record are in
    the plan's folder."""

    result: SessionResult
    proof: Proof
    seconds: float
    seal: Seal
    relay_seal: RelaySeal
    refused_hosts: tuple[str, ...] = ()
    said: tuple[Mapping[str, Any], ...] | None = None
    relay: RelayFigures = field(default_factory=RelayFigures)
