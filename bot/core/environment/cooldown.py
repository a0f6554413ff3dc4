"""Keeps versions that were published a short time ago out of what no lockfile pins, by the package managers' own means.

Most malicious versions are taken down within days. The filter of egress leaves young versions out of the answers of
public registries as well (`bot.core.environment.release_age`), also for tools without such means.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_PINNED = re.compile(
    r"\bnpm\s+(?:ci|clean-install)\b|--frozen\b|--frozen-lockfile\b|--immutable\b|--locked\b|--require-hashes\b"
    r"|\b(?:uv|pdm|pipenv)\s+sync\b|\bpoetry\s+install\b"
)


def is_pinned(command: str) -> bool:
    """Whether a command of the repository's own installs what its lockfile pins: npm refuses a pinned version that is
    younger than it is asked for."""
    return _PINNED.search(command) is not None


def cooldown_variables(age: timedelta, now: datetime, *, has_pnpm: bool = True) -> dict[str, str]:
    """Variables by which tools take no version younger than `age`: uv; npm; pip since 26.0; pnpm since 10.16, where it
    is used: npm warns of the name that pnpm 10 has for it."""
    if age <= timedelta():
        return {}
    before = (now - age).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    minutes = str(int(age.total_seconds() // 60))
    return {
        "UV_EXCLUDE_NEWER": before,
        "PIP_UPLOADED_PRIOR_TO": before,
        "npm_config_before": before,
        "pnpm_config_minimum_release_age": minutes,
        **({"npm_config_minimum_release_age": minutes} if has_pnpm else {}),
    }


def cooldown_options(command: str, age: timedelta) -> str:
    """The command with an option for tools that read no variable: Bun since 1.3, Deno since 2.6."""
    seconds = int(age.total_seconds())
    if seconds <= 0 or is_pinned(command):
        return command
    command = re.sub(r"\bbun install(?= --no-save)", f"bun install --minimum-release-age {seconds}", command)
    return re.sub(r"\bdeno install(?= --no-lock)", f"deno install --minimum-dependency-age {seconds // 60}", command)


def hex_cooldown(age: timedelta) -> dict[str, str]:
    """The variable by which Hex since 2.5 takes no version younger than `age`, unless `mix.lock` has it. Hex signs its
    index, so the filter cannot leave a version out of it; its durations are whole days."""
    days = -(-age // timedelta(days=1))
    return {"HEX_COOLDOWN": f"{days}d"} if days > 0 else {}
