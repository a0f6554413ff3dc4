"""Scripts of package.json: which of them npm, pnpm, yarn and bun run, and in which packages of the repository."""

from __future__ import annotations

import fnmatch
import glob
import re
from itertools import islice
from typing import TYPE_CHECKING

from hooks.policy.options import parse
from hooks.policy.paths import is_inside
from hooks.policy.programs.documents import read_json
from hooks.policy.programs.drafts import judge_drafts
from hooks.policy.programs.edited_scripts import find_edited_scripts
from hooks.policy.programs.publish import check_task_name
from hooks.policy.programs.task_texts import is_too_deep, judge_texts
from hooks.policy.programs.yaml_documents import read_yaml
from hooks.policy.shell.values import UNKNOWN
from hooks.policy.tables import read_list

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command

MEMBERS_LIMIT = 60
RUN_VERBS = frozenset({"run", "run-script", "rum", "urn"})
SCRIPT_VERBS = {"test": "test", "t": "test", "tst": "test", "start": "start", "stop": "stop", "restart": "restart"}
"""Subcommands that run the script of the same name; `t` and `tst` are npm's own short forms."""

_INSTALL = "preinstall install postinstall prepublish preprepare prepare postprepare pnpm:devPreinstall dependencies"
_INSTALLING = (
    "install", "i", "in", "ins", "isntall", "add", "ci", "clean-install", "ic", "rebuild", "update", "up", "link",
    "dedupe", "uninstall", "remove", "import", "",
)  # fmt: skip
LIFECYCLE = {
    **dict.fromkeys(_INSTALLING, _INSTALL),
    **dict.fromkeys(("pack", "publish"), "prepack prepare postpack prepublishOnly"),
    "version": "preversion version postversion",
    "install-test": f"{_INSTALL} pretest test posttest", "it": f"{_INSTALL} pretest test posttest",
    "cit": f"{_INSTALL} pretest test posttest",
}  # fmt: skip
"""The scripts that other subcommands run on the way, as their manuals say."""
MEMBER_OPTIONS = ("-w", "--workspace", "--filter", "-F", "--scope")
ALL_MEMBERS = ("-r", "--recursive", "--workspaces", "--ws", "--filter-prod")


def check_manifest_edit(rest: list[str], folder: str, command: Command, shell: Shell) -> None:
    """`npm pkg set scripts.x="…"` edits package.json, that of each package that is selected."""
    if rest[:1] != ["set"]:
        return
    here = [path for path in shell.resolve(f"{folder}/package.json") if path]
    for path in dict.fromkeys((*here, *_manifests(folder, selected_members(command), shell))):
        shell.memory.edit(path, (command.program, "pkg", *rest))


def check_node_script(verb: str, rest: list[str], folder: str, command: Command, shell: Shell) -> None:
    """A script of package.json: its text and its name are judged; without one, pnpm, yarn and bun run a program."""
    name = _script_name(verb, rest, command)
    if not name or name.startswith("-"):
        return
    check_task_name(name, command, shell)
    found = judge_scripts([name], folder, command, shell, members=selected_members(command))
    if not found and command.program in {"yarn", "pnpm", "bun"} and verb not in RUN_VERBS:
        _judge_package_program(verb, command, shell)


def _script_name(verb: str, rest: list[str], command: Command) -> str:
    if verb in RUN_VERBS and rest:
        return rest[0]
    return SCRIPT_VERBS.get(verb, "" if command.program == "npm" else verb)


def _judge_package_program(verb: str, command: Command, shell: Shell) -> None:
    """`yarn prisma migrate reset`: a package's program by its name."""
    words = list(command.arguments)
    inner = words[words.index(verb) :]
    if verb not in read_list("node_verbs") and len(inner) > 1:
        shell.judge_argv(inner, command.feed)


def check_lifecycle(verb: str, folder: str, command: Command, shell: Shell) -> None:
    """The scripts that installing, packing and the like run. Those of the repository are what its owners chose to run
    there: only what this session wrote is judged."""
    names = LIFECYCLE.get(verb, "").split()
    if names and "--ignore-scripts" not in command.arguments:
        judge_scripts(names, folder, command, shell, members=selected_members(command) or (), only_own=True)


def selected_members(command: Command) -> tuple[str, ...] | None:
    """The packages that a command selects: patterns, () for all of them, None for the one in whose folder it runs."""
    options = parse(command.arguments, " ".join(MEMBER_OPTIONS))
    words = [word for word in options.operands if word in {"workspace", "workspaces", "foreach"}]
    patterns = [value.strip("{}.^!").removeprefix("./") for value in options.values(*MEMBER_OPTIONS)]
    if "workspace" in words:
        patterns += options.operands[options.operands.index("workspace") + 1 :][:1]
    if options.has(*ALL_MEMBERS) or "foreach" in words or "workspaces" in words:
        return ()
    return tuple(patterns) or None


def judge_scripts(
    names: list[str],
    folder: str,
    command: Command,
    shell: Shell,
    *,
    members: tuple[str, ...] | None = None,
    only_own: bool = False,
) -> bool:
    """Judge the scripts of these names, with those that run before and after; whether there is one."""
    if is_too_deep(shell):
        return True
    found = False
    for path in _manifests(folder, members, shell):
        if shell.memory.is_fetched(path):
            shell.refuse("remote.code", command.argv)
        found |= _judge_manifest(path, names, command, shell, only_own=only_own)
    return found


def _judge_manifest(path: str, names: list[str], command: Command, shell: Shell, *, only_own: bool) -> bool:
    own = shell.memory.is_own(path)
    text = shell.memory.read_content(path)[1]
    edited = text is None and own
    if edited:
        text = judge_drafts(path, shell)
    if only_own and not own:
        return False
    wanted = [each for name in names for each in (f"pre{name}", name, f"post{name}")]
    texts = _scripts(text or "", wanted)
    if edited and (draft := shell.memory.drafts.get(path)):
        texts += find_edited_scripts(draft, wanted)
    inherited = _scripts(shell.memory.read_inherited(path), wanted) if own else texts
    if only_own:
        texts = [each for each in texts if each not in inherited]
    judge_texts(texts, inherited, command, shell.as_task(frozenset({path.rpartition("/")[0]})))
    return bool(texts)


def _scripts(text: str, names: list[str]) -> list[str]:
    """The texts of these scripts; `build:*` names several."""
    document = read_json(text)
    scripts = document.get("scripts") if isinstance(document, dict) else None
    if not isinstance(scripts, dict):
        return []
    return [
        value
        for pattern in names
        for name, value in scripts.items()
        if isinstance(value, str) and (name == pattern or ("*" in pattern and fnmatch.fnmatchcase(name, pattern)))
    ]


def _manifests(folder: str, members: tuple[str, ...] | None, shell: Shell) -> list[str]:
    """The package.json files of the selected packages; the nearest one for none selected."""
    found: list[str] = []
    for base in shell.resolve(folder):
        nearest = _nearest(base or str(shell.context.workspace), shell)
        if members is None or nearest is None:
            found += [nearest] if nearest else []
            continue
        chosen = [path for path in _members(nearest, shell) if not members or _is_selected(path, members, shell)]
        found += [nearest, *(chosen or _members(nearest, shell))]
    return list(dict.fromkeys(found))


def _nearest(folder: str, shell: Shell) -> str | None:
    while is_inside(folder, str(shell.context.workspace)) or folder in shell.memory.fetched:
        path = f"{folder}/package.json"
        if shell.memory.read_content(path)[0] or shell.memory.is_fetched(path):
            return path
        folder = folder.rpartition("/")[0]
    return None


def _members(manifest: str, shell: Shell) -> list[str]:
    """The packages of a workspace: those that its patterns find, and those that this session wrote."""
    folder = manifest.rpartition("/")[0]
    patterns = _patterns(read_json(shell.memory.read_content(manifest)[1] or ""))
    patterns += _patterns(read_yaml(shell.memory.read_content(f"{folder}/pnpm-workspace.yaml")[1] or ""))
    found = (path for each in patterns for path in glob.iglob(f"{folder}/{each}/package.json"))  # noqa: PTH207
    own = [path for path in shell.memory.own_files() if path.endswith("/package.json") and is_inside(path, folder)]
    return [path for path in [*islice(found, MEMBERS_LIMIT), *own] if "/node_modules/" not in path]


def _patterns(document: object) -> list[str]:
    found = document.get("workspaces", document.get("packages")) if isinstance(document, dict) else None
    found = found.get("packages") if isinstance(found, dict) else found
    return [each.rstrip("/") for each in found or [] if isinstance(each, str) and ".." not in each and each[:1] != "!"]


def _is_selected(path: str, members: tuple[str, ...], shell: Shell) -> bool:
    document = read_json(shell.memory.read_content(path)[1] or "")
    name = str(document.get("name", "")) if isinstance(document, dict) else ""
    folder = path.rpartition("/")[0]
    return any(
        UNKNOWN in each or fnmatch.fnmatchcase(name, each) or re.search(rf"(^|/){re.escape(each)}$", folder)
        for each in members
    )
