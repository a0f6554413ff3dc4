"""The systemd unit under which Nightshift runs: restarted whenever it ends, and hardened as far as its cells allow.

What the cells need stays out of the hardening. Bubblewrap makes user namespaces and mounts in them, and the kernel
refuses it a new /proc where a part of the old one is covered (`mount_too_revealing` in fs/namespace.c): hence neither
ProtectKernelTunables, ProtectKernelLogs, ProtectHostname, ProtectProc nor ProcSubset. Claude Code compiles JavaScript
while it runs: hence no MemoryDenyWriteExecute. A person's own systemd may not take capabilities away, nor mount:
a unit of theirs that asks for it never starts (systemd/systemd#4959).
"""

from __future__ import annotations

from dataclasses import dataclass

_HARDENING = """\
NoNewPrivileges=yes
UMask=0077
KeyringMode=private
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=~@clock @cpu-emulation @module @obsolete @raw-io @reboot @swap
SystemCallErrorNumber=EPERM
"""
_OF_THE_SYSTEM = """\
CapabilityBoundingSet=
AmbientCapabilities=
ProtectClock=yes
ProtectKernelModules=yes
ProtectSystem=strict
ProtectHome=read-only
ProtectControlGroups=yes
PrivateTmp=yes
PrivateDevices=yes
RemoveIPC=yes
"""
_LONGER = 40.0  # seconds beyond DRAIN_SECONDS: for what a stop does after sessions ended


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """`folder`: that of `.env`. `writable`: the data folder and whatever else is written. `path`: where the tools are.
    `user`: whose service of the system it is; None for that of the person who installs it."""

    program: str
    folder: str
    writable: tuple[str, ...]
    path: str
    drain_seconds: float
    user: str | None


def write_unit(unit: Unit) -> str:
    """The text of the unit's file."""
    lines = [
        "[Unit]",
        "Description=Nightshift: works off labelled GitHub issues with Claude Code",
        "Wants=network-online.target",
        "After=network-online.target",
        "",
        "[Service]",
        "Type=exec",
        *([f"User={unit.user}"] if unit.user else []),
        f"WorkingDirectory={_expand_nothing(unit.folder)}",
        f"ExecStart={_quote(unit.program)} up",
        f"Environment={_quote(f'PATH={unit.path}')}",
        "Restart=always",
        "RestartSec=5",
        "# SIGTERM goes to the main process alone, so that running sessions can complete.",
        "KillMode=mixed",
        f"TimeoutStopSec={unit.drain_seconds + _LONGER:g}",
        _HARDENING.rstrip(),
        *([_OF_THE_SYSTEM.rstrip(), *_writable(unit)] if unit.user else []),
        "",
        "[Install]",
        f"WantedBy={'multi-user' if unit.user else 'default'}.target",
    ]
    return "\n".join(lines) + "\n"


def _writable(unit: Unit) -> list[str]:
    return [f"ReadWritePaths={_quote(path)}" for path in unit.writable]


def _quote(text: str) -> str:
    escaped = _expand_nothing(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _expand_nothing(text: str) -> str:
    """systemd reads % as a specifier."""
    return text.replace("%", "%%")
