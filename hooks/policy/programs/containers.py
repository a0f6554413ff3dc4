"""Containers: building and running is granted; pushing, pruning, and reaching the host through one are not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hooks.policy.options import parse
from hooks.policy.programs import Table, families
from hooks.policy.shell.values import UNKNOWN
from hooks.policy.tables import valued

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command

WIPES = re.compile(
    r"(system|volume|image|container|builder|buildx|pod|machine) (prune|rm|reset|remove)\b.*|network prune.*"
    r"|system migrate.*|swarm .*|stack (rm|remove|deploy|up|down).*|service (rm|create|update|scale|rollback|remove).*"
    r"|node (rm|update|demote|promote).*|(secret|config) (rm|create).*|context (rm|use|create|update|import|export).*"
    r"|plugin (install|rm|enable|set|push|upgrade).*|trust .*|manifest (push|rm).*|push.*|log(in|out).*|image push.*"
    r"|buildx imagetools create.*|compose push.*|scout push.*|rmi.*|machine .*rm.*"
)
HOST_MOUNT = re.compile(
    r"^(/|~|/(etc|root|home|var|usr|bin|sbin|boot|proc|sys|dev)(/[^:]*)?|.*(docker|podman)\.sock"
    r"|.*/\.(ssh|aws|kube|config|docker|gnupg))(:|$)"
)


def docker(command: Command, shell: Shell) -> None:
    """docker and podman: building and running is granted; pushing, pruning and reaching the host is not."""
    options = parse(command.arguments, valued("docker"), until_operand=True)
    host = options.value("-H", "--host")
    if host is not None and not re.match(r"unix://", host):
        shell.refuse("deploy.infrastructure", command.argv)
    words = options.operands
    if not words or set(words) & {"--help"} or ("--dry-run" in words and words[0] == "compose"):
        return
    joined = " ".join(word for word in words if not word.startswith("-"))
    if words[0] == "compose":
        compose(words[1:], command, shell)
        return
    if WIPES.fullmatch(joined) and not re.search(r"--cached", " ".join(words)):
        rule = "deploy.publish" if re.search(r"\bpush\b", joined) else "deploy.infrastructure"
        shell.refuse(rule, command.argv)
    if words[0] == "rm" and set(words) & {"-f", "--force", "-v", "-vf", "-fv"} and re.search(r"ps", " ".join(words)):
        shell.refuse("deploy.infrastructure", command.argv)
    if words[0] in {"rm", "stop", "kill"} and any(UNKNOWN in word for word in words):
        shell.doubt("deploy.infrastructure", command.argv)
    if words[0] in {"build", "buildx", "bake", "image"} and any(
        re.match(r"--push(=true)?$|--output=.*push=true|.*type=registry", word) for word in words
    ):
        shell.refuse("deploy.publish", command.argv)
    if words[:2] == ("container", "run") or words[:2] == ("container", "exec"):
        words = words[1:]
    if words[0] in {"run", "exec", "create"}:
        _contained(words, command, shell)


def _contained(words: tuple[str, ...], command: Command, shell: Shell) -> None:
    options = parse(words[1:], valued("docker_run"), until_operand=True)
    for mount in (
        *options.values("-v", "--volume"),
        *re.findall(r"(?:source|src)=([^,]+)", " ".join(options.values("--mount"))),
    ):
        expanded = (
            mount.replace(str(shell.context.home), "~", 1) if mount.split(":")[0] == str(shell.context.home) else mount
        )
        inside = shell.resolve(mount.split(":")[0])[0] if mount[:1] in "/~." else None
        workspace = str(shell.context.workspace)
        if HOST_MOUNT.match(expanded) and not (inside and (inside + "/").startswith(workspace + "/")):
            shell.refuse("system.privilege", command.argv)
    shared = {"--pid", "--net", "--network", "--ipc", "--userns", "--uts"}
    for name, value in options.given:
        if (
            name == "--privileged"
            or (name == "--cap-add" and value in {"ALL", "SYS_ADMIN"})
            or (name in shared - {"--net", "--network"} and value == "host")
            or name == "--device"
        ):
            shell.refuse("system.privilege", command.argv)
    inner = options.operands[1:]
    if options.value("--entrypoint"):
        inner = (options.value("--entrypoint") or "", *inner)
    if inner:
        contained_command(inner, command, shell)


def contained_command(inner: tuple[str, ...], command: Command, shell: Shell) -> None:
    """What runs in a container is judged for what it does elsewhere: databases, deploys, secrets; not for its files."""
    shell.run(inner, command.feed)


def compose(words: tuple[str, ...], command: Command, shell: Shell) -> None:
    """docker compose: up and down are granted, volumes are not deleted, nothing is pushed."""
    options = parse(words, valued("compose"), until_operand=True)
    inner = options.operands
    if not inner:
        return
    flags = parse(inner[1:], "-t --timeout --rmi --scale")
    if inner[0] == "push" or (inner[0] == "build" and "--push" in inner) or inner[0] == "publish":
        shell.refuse("deploy.publish", command.argv)
    if (inner[0] == "down" and (flags.has("-v", "--volumes") or flags.has("--rmi"))) or (
        inner[0] == "rm" and flags.has("-v")
    ):
        shell.refuse("database.destroy", command.argv)
    if inner[0] in {"run", "exec"}:
        contained = parse(inner[1:], valued("docker_run"), until_operand=True).operands[1:]
        if contained:
            contained_command(contained, command, shell)


def compose_alone(command: Command, shell: Shell) -> None:
    """docker-compose."""
    compose(command.arguments, command, shell)


TABLE: Table = families(__name__, docker, compose_alone)
