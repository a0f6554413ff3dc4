"""Publishing packages, images and changes on a forge; containers as far as they reach out or wipe."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hooks.policy.options import parse
from hooks.policy.programs import Table, named
from hooks.policy.programs.deploy import harmless_form
from hooks.policy.shell.values import UNKNOWN
from hooks.policy.tables import table

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command

PUBLISHER_VALUED = "-r --repository -p --package --manifest-path -C --directory --registry -Z"
GH = """-R --repo --hostname -L --limit -q --jq -t --template -H --header --json -S --search -s --state -l --label -a --assignee
 -A --author -B --base -w --workflow -b --branch -X --method -f --raw-field -F --field --input --cache -u --user -e --event -j --job
 -p --preview -n --name -D --dir -O --output --archive --pattern"""
GH_READS = re.compile(
    r"(pr|issue|repo|release|run|workflow|gist|label|project|cache|ruleset|rs|org|codespace|cs|search|extension|ext|alias|"
    r"config|variable|secret|ssh-key|gpg-key|status|browse|help|version|completion|attestation|preview|agent-task)"
    r"( (list|ls|view|status|diff|checks|checkout|co|watch|download|check|get|clone|develop_|search|browse|verify|"
    r"item-list|field-list|repos|issues|prs|commits|code|logs|download|prompter|trusted-root|ports|gitignore|license)\b.*)?"
)
GH_BARE = frozenset({"status", "help", "version", "completion", "search"})


def gh(command: Command, shell: Shell) -> None:
    """`gh`: reading only; `gh api` by its method; tokens never."""
    words = command.arguments
    options = parse(words, GH)
    operands = options.operands
    if operands[:2] in {("auth", "token"), ("auth", "git-credential")} or (
        operands[:2] == ("auth", "status") and options.has("-t", "--show-token")
    ):
        shell.refuse("secrets.vault", command.argv)
    if set(words) & {"--help", "-h", "--version"} or not operands:
        return
    if operands[0] == "api":
        _api(command, shell)
    elif operands[:2] in {("alias", "set"), ("extension", "install"), ("ext", "install"), ("extension", "exec")}:
        shell.refuse("remote.code", command.argv)
    elif operands[:2] not in {("auth", "status")} and not GH_READS.fullmatch(" ".join(operands)):
        shell.refuse("deploy.infrastructure", command.argv)
    elif (
        len(operands) == 1
        and operands[0] not in GH_BARE | {"browse"}
        and operands[0] not in {"pr", "issue", "repo", "run", "release"}
    ):
        return


def _api(command: Command, shell: Shell) -> None:
    options = parse(command.arguments, GH)
    method = options.value("-X", "--method", "--request")
    if method is None and "--request" in command.arguments:
        method = (
            command.arguments[command.arguments.index("--request") + 1 :][0]
            if command.arguments[-1] != "--request"
            else ""
        )
    fields = options.values("-f", "--raw-field", "-F", "--field", "--input")
    query = any(re.match(r"query=\s*(query\b|\{)", field) for field in fields) and "graphql" in options.operands
    if (method or ("POST" if fields and not query else "GET")).upper() not in {"GET", "HEAD"}:
        shell.refuse("deploy.request", command.argv)


NODE_MANAGERS = "npm pnpm yarn bun cnpm"
TASK_NAME = re.compile(
    r"(^|[:_./-])(deploy(ment|s|ed)?|publish(er)?|unpublish|release|releases|rollout|rollback|ship|promote|destroy|teardown|undeploy"
    r"|provision|decommission|go-?live|push-?(image|docker|prod|live)?|upload|submit|migrate-?prod|prod(uction)?-?(migrate|deploy)|"
    r"terraform-?apply|tf-?apply|apply-?infra|nuke|wipe|db-?drop|drop-?db|db-?reset|reset-?db)($|[:_./-])",
    re.IGNORECASE,
)
TASK_HARMLESS = re.compile(
    r"dry|check|test|lint|notes|docs?$|build|plan|status|local|preview|verify|validate|compile|changelog|version|types|mock|dev|watch|storybook|pack|prepare|bundle|assemble",
    re.IGNORECASE,
)


def published(command: Command, shell: Shell) -> None:
    """A tool that publishes: refused at the words with which it does."""
    if harmless_form(command.arguments):
        return
    operands = " ".join(parse(command.arguments, PUBLISHER_VALUED).operands)
    if re.fullmatch(rf"({table('publishers')[command.program]})(\s.*)?", operands, re.DOTALL):
        shell.refuse("deploy.publish", command.argv)


NODE_VALUED = (
    "--prefix -C --cwd --dir --filter -F -w --workspace --registry --tag --otp --userconfig --loglevel --access"
)


def node_manager(command: Command, shell: Shell) -> None:
    """npm, pnpm, yarn, bun: publishing, registry accounts, tokens."""
    options = parse(command.arguments, NODE_VALUED)
    operands = list(options.operands)
    while operands[:1] and operands[0] in {"workspace", "workspaces", "foreach", "npm"}:
        operands = operands[2:] if operands[0] == "workspace" else operands[1:]
    if not operands or options.has("--dry-run") or options.has("--help"):
        return
    verb = operands[0]
    if verb in {"publish", "unpublish", "deprecate", "undeprecate", "dist-tag", "owner", "access", "adduser", "login", "logout", "star",
                "team", "org", "hook", "profile", "stage", "trust"} and operands[1:2] not in (["ls"], ["list"], ["get"]):  # fmt: skip
        shell.refuse("deploy.publish", command.argv)
    if verb == "token" or (
        verb in {"config", "c", "get"} and re.search(r"auth|token|password|_key", " ".join(operands[1:]), re.I)
    ):
        shell.refuse("secrets.vault", command.argv)
    if (
        verb in {"config", "c", "set"}
        and re.search(
            r"\b(set\s+)?(script-shell|ignore-scripts|registry|prefix|userconfig|git|node-options|editor|shell)\b",
            " ".join(operands),
        )
        and ("set" in operands or "=" in " ".join(operands))
    ):
        shell.refuse("guards.environment", command.argv)


def task_named(name: str, command: Command, shell: Shell) -> None:
    """A task whose name says that it deploys or destroys, where its text does not tell."""
    asks = not {"--help", "-h", "--dry-run", "--check", "--version"}.isdisjoint(command.arguments)
    if TASK_NAME.search(name) and not TASK_HARMLESS.search(name) and not asks:
        shell.refuse("deploy.publish", command.argv)


# Containers

DOCKER_GLOBAL = "-H --host -c --context --config -l --log-level --tlscacert --tlscert --tlskey --url --connection"
DOCKER_RUN = """-v --volume --mount -e --env --env-file -p --publish -w --workdir -u --user --name --network --net --entrypoint -l
 --label -m --memory --cpus --platform --pull --add-host --cap-add --cap-drop --device --dns --expose --gpus -h --hostname --ip
 --log-driver --log-opt --restart --security-opt --shm-size --ulimit --tmpfs --volumes-from --pid --ipc --cidfile --userns --stop-signal
 --link --env-merge --annotation --cgroupns --runtime --group-add --health-cmd -a --attach --detach-keys --network-alias --sysctl --index"""
DOCKER_WIPES = re.compile(
    r"(system|volume|image|container|network|builder|buildx|builder|pod|machine) (prune|rm|reset|remove)\b.*|volume (rm|remove).*"
    r"|system (prune|reset|migrate).*|swarm .*|stack (rm|remove|deploy|up|down).*|service (rm|create|update|scale|rollback|remove).*"
    r"|node (rm|update|demote|promote).*|secret (rm|create).*|config (rm|create).*|context (rm|use|create|update|import|export).*"
    r"|plugin (install|rm|enable|set|push|upgrade).*|trust .*|manifest (push|rm|annotate_).*|push.*|login.*|logout.*|image push.*"
    r"|buildx (prune|rm|imagetools create).*|builder prune.*|compose push.*|scout push.*|commit_|rmi.*|container (rm|prune).*|machine .*rm.*"
)
HOST_MOUNT = re.compile(
    r"^(/|~|\$HOME|/(etc|root|home|var|usr|bin|sbin|boot|proc|sys|dev)(/[^:]*)?|.*docker\.sock|.*podman\.sock|.*/\.(ssh|aws|kube|config|docker|gnupg))(:|$)"
)


def docker(command: Command, shell: Shell) -> None:
    """docker and podman: building and running is granted; pushing, pruning and reaching the host is not."""
    options = parse(command.arguments, DOCKER_GLOBAL, until_operand=True)
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
    if DOCKER_WIPES.fullmatch(joined) and not re.search(r"--cached", " ".join(words)):
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
    options = parse(words[1:], DOCKER_RUN, until_operand=True)
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
    options = parse(words, "-f --file -p --project-name --profile --env-file --project-directory", until_operand=True)
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
        contained = parse(inner[1:], DOCKER_RUN, until_operand=True).operands[1:]
        if contained:
            contained_command(contained, command, shell)


def compose_alone(command: Command, shell: Shell) -> None:
    """docker-compose."""
    compose(command.arguments, command, shell)


def vendor_tool(command: Command, shell: Shell) -> None:
    """flatpak, msbuild, dotnet and gradle in their publishing verbs."""
    words = [word for word in command.arguments if not word.startswith("-")]
    text = " ".join(words)
    if (
        re.search(
            r"(^|\s)(nuget (push|delete)|\S*:?(publish(?!ToMavenLocal|Local|Debug)\w*|uploadArchives|closeAndRelease\w*|artifactoryPublish|bintrayUpload|deploy(?!Debug)\w*|(\S*:)?release(:(perform|clean))?|appDistribution\w*|jib(?!DockerBuild|BuildTar)\b))(\s|$)",
            text,
        )
        and command.program != "dotnet"
    ):
        shell.refuse("deploy.publish", command.argv)
    if command.program == "dotnet" and re.match(
        r"nuget (push|delete|sign)|user-secrets (list|set)|ef database drop", text
    ):
        shell.refuse("database.destroy" if text.startswith("ef") else "deploy.publish", command.argv)


TABLE: Table = {
    "gh": gh,
    **dict.fromkeys(table("publishers"), published),
    **named(NODE_MANAGERS, node_manager),
    **named("docker podman nerdctl finch", docker),
    **named("docker-compose podman-compose", compose_alone),
    **named("gradle gradlew mvn mvnw dotnet msbuild ant mill bazel", vendor_tool),
}
