"""Containers: building and running is granted; pushing, pruning, and reaching the host through one are not."""

from __future__ import annotations

import re
import shlex
from functools import cache
from typing import TYPE_CHECKING

from hooks.policy import paths
from hooks.policy.asking import asks_for_help, is_dry_run
from hooks.policy.options import parse
from hooks.policy.programs import Table, build_table
from hooks.policy.programs.own_services import removes_only_own_images
from hooks.policy.shell.values import UNKNOWN, program_name
from hooks.policy.tables import container_engines, program_names, read_list, value_options, with_aliases

if TYPE_CHECKING:
    from hooks.policy.options import Options
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command

HOST_MOUNT = re.compile(
    r"^(/|~|/(etc|root|home|var|usr|bin|sbin|boot|proc|sys|dev)(/[^:]*)?|.*(docker|podman)\.sock"
    r"|.*/\.(ssh|aws|kube|config|docker|gnupg))(:|$)"
)
PUSHING_BUILD = re.compile(r"--push(=true)?$|--output=.*push=true|.*type=registry")
HOST_NAMESPACES = frozenset({"--pid", "--ipc", "--userns", "--uts"})
ALL_POWERS = frozenset({"ALL", "SYS_ADMIN"})


def check_docker(command: Command, shell: Shell) -> None:
    """docker and podman: building and running is granted; pushing, pruning and reaching the host is not."""
    options = parse(command.arguments, value_options("docker"), stop_at_operand=True)
    _check_host(options, command, shell)
    words = options.operands
    if not words or _asks_for_help(options):
        return
    if words[0] == "compose":
        check_compose(words[1:], command, shell)
        return
    _check_subcommand(words, command, shell)
    _check_removal(words, command, shell)
    if words[0] in {"build", "buildx", "bake", "image"} and any(map(PUSHING_BUILD.match, words)):
        shell.refuse("deploy.publish", command.argv)
    words = words[1:] if words[:2] in (("container", "run"), ("container", "exec")) else words
    if words[0] in STARTS:
        _check_run(words, command, shell)


STARTS = frozenset({"run", "exec", "create"})
"""Their words behind the image or the container belong to the program inside."""


def _asks_for_help(options: Options) -> bool:
    """`docker run IMAGE CMD --help` asks the program in the container, and runs it."""
    words = options.operands
    if options.has("--help") or words[:1] == ("help",):
        return True
    verb = 1 + (words[0] == "container") if words[0] != "compose" else 0
    if words[verb - 1 : verb] and words[verb - 1] in STARTS:
        return parse(words[verb:], value_options("docker_run"), stop_at_operand=True).has("--help")
    return words[0] != "compose" and asks_for_help(words[1:], value_options("docker"), as_word=False)


LOCAL_CONTEXTS = frozenset({"default", "desktop-linux", "rootless", "colima", "orbstack"})


def _check_host(options: Options, command: Command, shell: Shell) -> None:
    """Another machine's engine is another machine."""
    host = options.value("-H", "--host")
    context = options.value("-c", "--context", "--connection")
    if context is not None and context not in LOCAL_CONTEXTS and UNKNOWN not in context:
        shell.refuse("deploy.infrastructure", command.argv)
    if host is not None and not host.startswith("unix://"):
        shell.refuse("deploy.infrastructure", command.argv)


@cache
def _patterns(program: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    row = with_aliases(container_engines())[program]
    lists = (("secrets.vault", row.secrets), ("deploy.publish", row.publishes), ("deploy.infrastructure", row.changes))
    return tuple((rule, re.compile(rf"(?:{'|'.join(patterns)})( .*)?", re.DOTALL)) for rule, patterns in lists)


def _check_subcommand(words: tuple[str, ...], command: Command, shell: Shell) -> None:
    operands = tuple(word for word in words if not word.startswith("-"))
    if removes_only_own_images(operands, shell):
        return
    joined = " ".join(operands)
    for rule, pattern in _patterns(command.program):
        if pattern.fullmatch(joined):
            shell.refuse(rule, command.argv)


def _check_removal(words: tuple[str, ...], command: Command, shell: Shell) -> None:
    """Containers by their names may be ended; all of them, or those that only running names, may not."""
    forced = not {"-f", "--force", "-v", "-vf", "-fv"}.isdisjoint(words)
    if words[0] == "rm" and forced and "ps" in " ".join(words):
        shell.refuse("deploy.infrastructure", command.argv)
    if words[0] in {"rm", "stop", "kill"} and any(UNKNOWN in word for word in words):
        shell.refuse_unless_lenient("deploy.infrastructure", command.argv)


def _check_run(words: tuple[str, ...], command: Command, shell: Shell) -> None:
    options = parse(words[1:], value_options("docker_run"), stop_at_operand=True)
    mounted = re.findall(r"(?:source|src)=([^,]+)", " ".join(options.values("--mount")))
    for mount in (*options.values("-v", "--volume"), *mounted):
        _check_mount(mount, command, shell)
    if any(_reaches_host(name, value) for name, value in options.given):
        shell.refuse("system.privilege", command.argv)
    before = shell.memory.in_container
    shell.memory.in_container = before or _is_separate(options, words, command)
    try:
        _judge_inside(options, command, shell)
    finally:  # who asks whether a text is refused goes on outside of the container
        shell.memory.in_container = before


SHARING = ("-v", "--volume", "--mount", "--volumes-from")


def _is_separate(options: Options, words: tuple[str, ...], command: Command) -> bool:
    """A new container of an image, with nothing of the workspace in it: packages that are installed stay there."""
    composed = "compose" in command.argv or command.program.endswith("-compose")
    return words[0] == "run" and not composed and not options.has(*SHARING)


def _judge_inside(options: Options, command: Command, shell: Shell) -> None:
    inner, entry = options.operands[1:], options.value("--entrypoint")
    if entry and re.search(r"\s", entry):  # compose splits it as a shell does
        shell.judge_text(" ".join((entry, *map(shlex.quote, inner))))
    elif entry:
        judge_in_container((entry, *inner), command, shell)
    else:
        _judge_by_image(options.operands[:1], inner, command, shell)


def _judge_by_image(image: tuple[str, ...], inner: tuple[str, ...], command: Command, shell: Shell) -> None:
    """Behind an image stands a program, or the words of the one that the image is for: `amazon/aws-cli s3 rm …`."""
    name = program_name(re.split(r"[:@]", image[0].rpartition("/")[2])[0]) if image else ""
    known = program_names()
    if inner and name in known and inner[0] != name and program_name(inner[0]) not in known:
        judge_in_container((name, *inner), command, shell)
    elif inner and inner[0] not in read_list("destroying_verbs"):
        judge_in_container(inner, command, shell)


def _check_mount(mount: str, command: Command, shell: Shell) -> None:
    """Folders of the workspace may be mounted; the system, a home, credentials and the engine's socket may not."""
    source, home = mount.split(":", maxsplit=1)[0], str(shell.context.home)
    written = mount.replace(home, "~", 1) if source == home else mount
    path = shell.resolve(source)[0] if mount[:1] in "/~." else None
    if HOST_MOUNT.match(written) and not (path and paths.is_inside(path, str(shell.context.workspace))):
        shell.refuse("system.privilege", command.argv)


def _reaches_host(name: str, value: str | None) -> bool:
    if name in {"--privileged", "--device"}:
        return True
    return (name == "--cap-add" and value in ALL_POWERS) or (name in HOST_NAMESPACES and value == "host")


def judge_in_container(inner: tuple[str, ...], command: Command, shell: Shell) -> None:
    """What runs in a container is judged for what it does elsewhere: databases, deploys, secrets; not for its files."""
    shell.judge_argv(inner, command.feed)


COMPOSE_VALUED = "-t --timeout --rmi --scale"


def _inside(words: tuple[str, ...]) -> tuple[str, ...]:
    """What belongs to the program in the container: all words behind its name."""
    return parse(words, value_options("docker_run"), stop_at_operand=True).operands[1:]


def check_compose(words: tuple[str, ...], command: Command, shell: Shell) -> None:
    """docker compose: up and down are granted, volumes are not deleted, nothing is pushed."""
    options = parse(words, value_options("compose"), stop_at_operand=True)
    if not options.operands or options.has("--help", "-h", "--version", "-v"):
        return
    verb, rest = options.operands[0], options.operands[1:]
    own = rest if verb not in STARTS else rest[: len(rest) - len(_inside(rest))]
    if options.has("--dry-run") or asks_for_help(own, COMPOSE_VALUED, as_word=False):
        return
    if is_dry_run(own, ("--dry-run(=true)?",), COMPOSE_VALUED):
        return
    if verb in {"config", "convert"}:
        _check_rendering(options, rest, command, shell)
    flags = parse(rest, COMPOSE_VALUED)
    if verb in {"push", "publish"} or (verb == "build" and "--push" in rest):
        shell.refuse("deploy.publish", command.argv)
    if (verb == "down" and flags.has("-v", "--volumes", "--rmi")) or (verb == "rm" and flags.has("-v")):
        shell.refuse("database.destroy", command.argv)
    if verb == "run":
        _check_run(options.operands, command, shell)
    inner = _inside(rest)
    if verb == "exec" and inner:
        judge_in_container(inner, command, shell)


COMPOSE_FILES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
NAMES_ONLY = ("-q", "--quiet", "--services", "--images", "--volumes", "--profiles", "--networks", "--models", "--hash")


def _check_rendering(options: Options, rest: tuple[str, ...], command: Command, shell: Shell) -> None:
    """`compose config` prints the values of the environment and of `.env` that the file asks for."""
    shown = parse(rest, "--format -o --output --hash")
    if shown.has(*NAMES_ONLY) and not shown.has("--environment"):
        return
    files = options.values("-f", "--file") or COMPOSE_FILES
    texts = [_read_file(file, options.value("--project-directory") or ".", shell) for file in files]
    asking = r"env_file" if shown.has("--no-interpolate") else r"env_file|\$\{?\w"
    if shown.has("--environment") or any(re.search(asking, text.replace("$$", "")) for text in texts):
        shell.refuse("secrets.environment", command.argv)


def _read_file(name: str, folder: str, shell: Shell) -> str:
    path = shell.resolve(name if name.startswith("/") else f"{folder}/{name}")[0]
    return (shell.memory.read_content(path)[1] or "") if path else ""


def check_docker_compose(command: Command, shell: Shell) -> None:
    """docker-compose."""
    check_compose(command.arguments, command, shell)


TABLE: Table = build_table(__name__, check_docker, check_docker_compose)
