"""What comes from another machine as a whole folder: clones and unpacked archives. Code in them is not run."""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from hooks.policy.options import Options, parse
from hooks.policy.paths import is_inside
from hooks.policy.programs import Table, build_table
from hooks.policy.programs.addresses import is_downloaded, is_elsewhere
from hooks.policy.shell.values import UNKNOWN
from hooks.policy.tables import value_options

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command

ANYWHERE = "/"
"""Where a patch or a pull puts its files."""
CLONES = {
    "git": ("clone", "submodule add"), "hub": ("clone",), "gh": ("repo clone", "gist clone"),
    "glab": ("repo clone",), "hg": ("clone",), "bzr": ("branch", "clone"), "svn": ("checkout", "co", "export"),
}  # fmt: skip


def check_clone(command: Command, shell: Shell) -> None:
    """git, gh, hg, svn: the folder of a clone from another machine is fetched content."""
    options = parse(command.arguments, f"{value_options('git')} {value_options('clone')}")
    words = " ".join(options.operands)
    if command.program == "gh" and options.operands[:2] in {("release", "download"), ("run", "download")}:
        shell.memory.unpacked.add(ANYWHERE)
    if _brings_changes(command, options, shell):
        shell.memory.unpacked.add(ANYWHERE)
    verb = next((each for each in CLONES[command.program] if words.startswith(f"{each} ")), None)
    if verb is None:
        return
    places = options.operands[verb.count(" ") + 1 :]
    by_name = command.program in {"gh", "glab", "hub"}
    if by_name or is_elsewhere(places[0]) or UNKNOWN in places[0]:
        _remember(clone_folder(options, places), shell)


def _brings_changes(command: Command, options: Options, shell: Shell) -> bool:
    """`git pull URL`, `git subtree add URL`, and a patch from another machine that `git apply` applies."""
    verb, places = "".join(options.operands[:1]), options.operands[1:]
    if command.program != "git" or UNKNOWN in verb:
        return False
    if verb in {"apply", "am"}:
        return is_downloaded(command.feed) or _is_any_fetched(places, shell)
    return verb in {"pull", "subtree"} and any(REMOTE.match(place) and is_elsewhere(place) for place in places)


def check_pack(command: Command, shell: Shell) -> None:
    """`npm pack NAME`: the archive of a package of the registry."""
    options = parse(command.arguments, "--pack-destination -w --workspace --registry --prefix -C")
    names = options.operands[1:] if options.operands[:1] == ("pack",) else ()
    folder = options.value("--pack-destination") or "."
    for name in names:
        if not re.match(r"\.{0,2}/|\.$|.*\.tgz$|file:", name) and not options.has("--dry-run"):
            package = re.sub(r"(?<=.)@.*", "", name).lstrip("@").replace("/", "-")
            for path in shell.resolve(f"{folder}/{package}"):
                shell.memory.fetched.add(f"{path}-*.tgz")


def check_patch(command: Command, shell: Shell) -> None:
    """`patch -p1 < FILE`, `patch -i FILE`: a patch from another machine brings code of it."""
    options = parse(command.arguments, "-i --input -d --directory -p --strip -o --output -r --reject-file")
    if is_downloaded(command.feed) or _is_any_fetched((*options.operands, *options.values("-i", "--input")), shell):
        shell.memory.unpacked.add(ANYWHERE)


def _is_packed(word: str, shell: Shell) -> bool:
    """An archive of `npm pack`, whose version only the registry knows."""
    patterns = [each.replace("-*", "*") for each in shell.memory.fetched if each.endswith("-*.tgz")]
    found = [path.replace("*", "1") for path in shell.resolve(word) if path]
    return any(fnmatch.fnmatchcase(path, each) for path in found for each in patterns)


def _is_any_fetched(names: Iterable[str], shell: Shell) -> bool:
    return any(path and shell.memory.is_fetched(path) for name in names for path in shell.resolve(name))


def clone_folder(options: Options, places: tuple[str, ...]) -> str:
    """The folder that a clone makes: the second place, or the one that git names after the first."""
    if len(places) > 1:
        return in_git_folder(options, places[1])
    address = places[0].rstrip("/").removesuffix("/.git")
    name = re.split(r"[/:]", address)[-1].removesuffix(".git")
    return in_git_folder(options, f"{name}.git" if options.has("--bare", "--mirror") else name)


def in_git_folder(options: Options, place: str) -> str:
    """A path as git reads it, which first enters the folders of all its `-C`."""
    return os.path.join(*options.values("-C"), place)  # noqa: PTH118 -- plain strings


def check_unpacking(command: Command, shell: Shell) -> None:
    """tar, unzip, 7z: what they take out of a downloaded archive is fetched content too."""
    options = parse(command.arguments, value_options("unpacking"))
    words = [*options.operands, *(value for _, value in options.given if value)]
    read = [word for argv in command.feed.sources for word in argv[1:]]
    archives = [word for word in (*words, *read) if _is_any_fetched((word,), shell) or _is_packed(word, shell)]
    archives += [argv[-1] for argv in command.feed.sources if is_downloaded(command.feed)]
    if archives:
        _remember_unpacked(archives, _target(options, command), shell)


def _remember_unpacked(archives: list[str], target: str | None, shell: Shell) -> None:
    """In a folder that may hold other files only what is named like the archive is known to come out of it."""
    stems = [re.sub(r"(\.tar)?\.\w+$", "", word.rstrip("/").rpartition("/")[2]) for word in archives]
    for name in stems if target is None else [target, *(f"{target}/{stem}" for stem in stems)]:
        _remember(name, shell)
    for path in shell.resolve(target or "."):
        if path is None or target is None or os.path.isdir(path):  # noqa: PTH112 -- plain strings
            shell.memory.unpacked.add(path or ANYWHERE)


def check_decompression(command: Command, shell: Shell) -> None:
    """gunzip, xz -d: the file that takes the place of a downloaded one."""
    for word in parse(command.arguments, "-S --suffix -T --threads -o").operands:
        if _is_any_fetched((word,), shell):
            shell.memory.fetched.update(path for path in shell.resolve(word.rpartition(".")[0]) if path)


REMOTE = re.compile(r"(?![a-zA-Z]:[\\\\/])[\w.@-]+:(?!\d*$)|[a-z0-9]+://")


def check_copy(command: Command, shell: Shell) -> None:
    """scp, rsync, aws s3 cp, gsutil cp, kubectl cp: what they bring from another machine is fetched content."""
    options = parse(command.arguments, value_options("copies"))
    words = [word for word in options.operands if word not in COPY_WORDS]
    for source in filter(REMOTE.match, words[:-1]):
        name = source.rstrip("/").rpartition("/")[2].rpartition(":")[2]
        _remember(f"{words[-1].rstrip('/')}/{name}", shell)
        if words[-1].rstrip("/") not in {".", ".."}:
            _remember(words[-1], shell)
        elif "sync" in command.arguments:
            shell.memory.unpacked.add(ANYWHERE)


SECOND_IS_TARGET = frozenset({"tarfile", "zipfile", "dpkg", "dpkg-deb"})
"""Archivers whose option names the archive, and whose operand the folder."""
COPY_WORDS = frozenset({"s3", "storage", "cp", "copy", "copyto", "sync", "mv", "get"})


def _target(options: Options, command: Command) -> str | None:
    if command.program == "cpio":
        return parse(command.arguments, "-D --directory -F -I -H").value("-D", "--directory")
    if command.program in SECOND_IS_TARGET:
        options = parse(command.arguments, "-e --extract -x --extract -X --vextract -R --raw-extract")
        return "".join(options.operands[:1]) or None
    joined = [word[2:] for word in command.arguments if re.match(r"-o[^-]", word)]  # 7z's -oFOLDER
    return options.value("-C", "--directory", "-d", "--one-top-level") or (joined[0] if joined else None)


def _remember(name: str, shell: Shell) -> None:
    """A folder that was there before also holds the repository's files: it is not taken for fetched."""
    for path in shell.resolve(name):
        if path and not os.path.isdir(path) and not is_inside(str(shell.context.workspace), path):  # noqa: PTH112
            shell.memory.fetched.add(path)


TABLE: Table = build_table(
    __name__, check_pack, check_clone, check_unpacking, check_decompression, check_copy, check_patch
)
