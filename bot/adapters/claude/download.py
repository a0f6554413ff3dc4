"""Fetches the pinned Claude Code from npm's registry where Nightshift was installed without its folder `node_modules`.

A package is known by name, version and the digest of its archive, as package-lock.json has them: a registry that serves
anything else is noticed before a byte of it is unpacked.
"""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import shutil
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import requests

from bot.adapters.github.no_answer import why_no_answer
from bot.core.failures import FailureKind, TaskFailed

NPM = "https://registry.npmjs.org"
_PINNED = Path(__file__).with_name("pinned.json")
_MEMBER = "package/claude"
_LARGEST = 1024**3  # bytes: of the archive, and of the program
_PIECE = 1024**2
_SECONDS = 30.0  # without a byte

log = logging.getLogger(__name__)


class NotThePinned(TaskFailed):
    """The archive has another digest. No other Claude Code takes its place."""


@dataclass(frozen=True, slots=True)
class Pinned:
    """`integrity`: by the name of the platform, as npm writes it: `sha512-` and the digest in base64."""

    version: str
    integrity: Mapping[str, str]


def read_pinned() -> Pinned:
    shown = json.loads(_PINNED.read_text())
    return Pinned(shown["version"], shown["integrity"])


def find_registry(environment: Mapping[str, str]) -> str:
    """That of npm's own setting, which a company's hosts have."""
    return environment.get("npm_config_registry") or environment.get("NPM_CONFIG_REGISTRY") or NPM


def place_of(folder: Path, pinned: Pinned) -> Path:
    """Where the program of this version is, or will be."""
    return folder / f"claude-code-{pinned.version}" / "claude"


def download(folder: Path, platform: str, pinned: Pinned, *, registry: str = NPM) -> Path:
    """The program, which is in `folder` from now on. Raises TaskFailed(SETUP_FAILED)."""
    target = place_of(folder, pinned)
    if target.is_file():
        return target
    if platform not in pinned.integrity:
        raise _describe_failure(f"there is none for {platform}")
    name = f"claude-code-{platform}"
    address = f"/@anthropic-ai/{name}/-/{name}-{pinned.version}.tgz"
    log.info("fetching Claude Code %s, once: it is large", pinned.version)
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryFile(dir=target.parent) as archive:
            _fetch(f"{registry.rstrip('/')}{address}", archive, pinned.integrity[platform])
            _unpack(archive, target)
    except requests.RequestException as error:
        raise _describe_failure(f"{name} {pinned.version}: {why_no_answer(error)}") from None
    except (OSError, tarfile.TarError) as error:
        raise _describe_failure(f"{name} {pinned.version}: {error}") from None
    return target


def _fetch(url: str, archive: IO[bytes], integrity: str) -> None:
    """No message names the address: it may hold a password of the registry."""
    digest = hashlib.sha512()
    with requests.get(url, stream=True, timeout=_SECONDS) as answer:
        if not answer.ok:
            raise _describe_failure(f"the registry answers {answer.status_code}")
        for piece in answer.iter_content(_PIECE):
            digest.update(piece)
            archive.write(piece)
            if archive.tell() > _LARGEST:
                raise _describe_failure(f"the archive is larger than {_LARGEST} bytes")
    if f"sha512-{base64.b64encode(digest.digest()).decode()}" != integrity:
        raise NotThePinned(
            FailureKind.SETUP_FAILED,
            "the registry serves another Claude Code than package-lock.json pins, so it was not unpacked: "
            "npm_config_registry has to name npm's registry, or an exact copy of it",
        )


def _unpack(archive: IO[bytes], target: Path) -> None:
    """The program alone. It appears whole or not at all, also if two processes fetch it."""
    archive.seek(0)
    with tarfile.open(fileobj=archive, mode="r:gz") as opened:
        member = opened.getmember(_MEMBER) if _MEMBER in opened.getnames() else None
        program = opened.extractfile(member) if member is not None and member.isfile() else None
        if member is None or program is None or member.size > _LARGEST:
            raise _describe_failure(f"the archive has no program {_MEMBER}")
        with tempfile.TemporaryDirectory(dir=target.parent) as folder:
            file = Path(folder) / target.name
            with file.open("wb") as written:
                shutil.copyfileobj(program, written, _PIECE)
            file.chmod(0o755)
            file.replace(target)


def _describe_failure(why: str) -> TaskFailed:
    return TaskFailed(
        FailureKind.SETUP_FAILED,
        f"Claude Code could not be fetched: {why}. Install it, and set CLAUDE_BIN to the program",
    )
