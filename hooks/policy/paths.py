"""What a path is to the policy: a build output, a secret, a guard, a device, a part of the system.

All functions take absolute paths as text, `..` already taken out. A path inside the workspace is looked at twice,
as written and with its symbolic links followed.
"""

from __future__ import annotations

import fnmatch
import os
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from hooks.policy.tables import read_list

if TYPE_CHECKING:
    from hooks.policy.ruling import Context

BORN_EMPTY = (Path("/tmp"), Path("/var/tmp"), Path("/dev/shm"))  # noqa: S108 -- named to be judged, not opened
"""A cell's own temporary folders: a session finds them empty."""
PRIVATE_KEY_NAME = re.compile(r"id_(rsa|dsa|ecdsa|ed25519)(_sk)?([._-].*)?")
PUBLIC_PART = re.compile(r"cert|chain|\bca\b|^ca[.-]|-ca\.|public|pubkey|\bpub\b|root", re.IGNORECASE)
WITH_ITS_KEY = (".p12", ".pfx", ".ppk", ".kdbx", ".agekey")
"""Suffixes of files that hold a private key whatever else their names say, as `cert.p12` does."""
HARMLESS_THERE = re.compile(r"/\.ssh/(config|known_hosts[^/]*|[^/]*\.pub)$|/\.claude/(?!\.credentials)")
SECRET_SYSTEM = re.compile(
    r"/etc/(g?shadow-?|sudoers(\.d(/.*)?)?|ssh/ssh_host_[^/]*key|kubernetes/.*\.conf|krb5\.keytab|master\.passwd)"
    r"|/(private/)?var/run/secrets(/.*)?|/run/secrets(/.*)?|/(proc|[^/]*[*?\[][^/]*)/(.*/)?(environ|mem)"
    r"|/proc/kcore|/\0/(environ|mem)"
)
"""With a part that is a pattern, or NUL where it is not known, as with the folder of a relative path."""
THROUGH_PROCESS = re.compile(r"/proc/[^/]+/(?:task/[^/]+/)?(root|cwd)(?=/|$)")
UP_FROM_PROCESS = re.compile(r"/(proc/[^/]+/(task/[^/]+/)?(root|cwd|fd)|dev/fd)(/.*)?/\.\.(/|$)")
CREDENTIAL_FILE = re.compile(r"/(\.aws/credentials|\.kube/config|\.docker/config\.json)$")
GUARD = re.compile(
    r"/\.claude(/|$)|/\.mcp\.json$|/\.claude\.json$|/\.git/(hooks|config|modules|info/attributes|worktrees)(/|$|\.)"
)
STARTUP = re.compile(
    r"/\.(bashrc|bash_profile|bash_login|bash_logout|profile|zshrc|zshenv|zprofile|zlogin|inputrc|gitconfig|vimrc|npmrc"
    r"|pypirc|netrc|pam_environment|xinitrc|xprofile|condarc|pythonrc|gemrc|curlrc|wgetrc)$"
    r"|/\.config/(git|fish|systemd|autostart|environment\.d|pip|gh)(/|$)|/\.ssh(/|$)|/\.local/bin(/|$)|/\.gnupg(/|$)"
    r"|/Library/Launch(Agents|Daemons)(/|$)"
)
STARTUP_IN_HOME = re.compile(
    r"/\.(psqlrc|sqliterc|irbrc|pryrc|byebugrc|rspec|gdbinit|lldbinit|mavenrc|screenrc|tmux\.conf|Rprofile|Renviron|sbclrc|ghci"
    r"|exrc|yarnrc(\.yml)?|hgrc|my\.cnf|mongorc\.js|mongoshrc\.js|cshrc|tcshrc|kshrc|mkshrc|login|boto|s3cfg|noserc|iex\.exs)$"
    r"|/\.cargo/config(\.toml)?$|/\.gradle/(init\.|gradle\.properties$)|/\.m2/settings\.xml$"
    r"|/\.(julia/config|ipython|pip)(/|$)"
)
"""Names that projects have, too: they count where programs look for those of a person."""
SYSTEM = re.compile(
    r"/(etc|usr|bin|sbin|lib|lib32|lib64|boot|sys|proc|opt|srv|root|snap|System|Library|Applications|Windows|run)(/|$)"
    r"|/var/(?!tmp(/|$)|folders(/|$))|/var$|/private/etc(/|$)"
)
DEVICE = re.compile(
    r"/dev/(sd[a-z]|hd[a-z]|vd[a-z]|xvd|nvme|mmcblk|r?disk|loop\d|md\d|dm-|mapper/|sr\d|nbd|mem$|kmem|port$|rdsk|dsk"
    r"|block/|zvol|ram\d|mtd)"
)


def is_inside(path: str, folder: str) -> bool:
    """Whether a path is the folder or lies in it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def is_temporary(path: str, context: Context) -> bool:
    """Whether a path lies in a temporary folder that is the session's: in a cell, all of `/tmp` below `/tmp` itself.

    Without a cell `/tmp` is the machine's. A pattern that names all of the folder is the folder; where the workspace or
    the control folder lies below it, so is what is beside them.
    """
    if any(is_inside(path, str(folder)) for folder in context.scratch):
        return True
    kept = [str(each) for each in (context.workspace, context.home, context.control) if each is not None]
    return any(
        is_inside(path, str(folder))
        and re.search(r"\w", first := _first_below(path, str(folder))) is not None
        and not any(fnmatch.fnmatchcase(_first_below(each, str(folder)), first) for each in kept)
        for folder in context.born_empty
    )


def _first_below(path: str, folder: str) -> str:
    """The name in the folder through which a path leads; "" if it leads elsewhere."""
    return path[len(folder) + 1 :].partition("/")[0] if is_inside(path, folder) else ""


def is_build_output(path: str, folder: str) -> bool:
    """Whether one of the path's parts below `folder` is a well-known build output."""
    parts = path[len(folder) :].strip("/").split("/")
    return any(is_output_name(part) for part in parts) and ".git" not in parts


def is_output_name(name: str) -> bool:
    """Whether a name is a well-known build output's."""
    return name in read_list("build_outputs") or any(
        fnmatch.fnmatchcase(name, each) for each in read_list("build_patterns")
    )


def is_secret(path: str, context: Context) -> bool:
    """Whether reading this path could give away a secret."""
    return any(_is_secret(each, context) for each in _with_link_target(_leave_process(path, context), context))


def holds_secrets(path: str, context: Context) -> bool:
    """Whether a folder has one in it in which programs keep credentials, as a home and its `.config` have."""
    return any(is_inside(f"{context.home}/{folder}", path) for folder in read_list("secret_folders"))


def may_be_secret(word: str, context: Context) -> bool:
    """Whether a word that is not wholly known, or whose folder is not, names a secret whatever the rest is."""
    path = os.path.normpath(word if word.startswith("/") else f"/\0/{word}")
    named = "\0" not in path.rpartition("/")[2]
    return is_secret(path if named else f"{path.rpartition('/')[0]}/x", context)


def leads_up_from_process(word: str) -> bool:
    """Whether `..` follows a link of a process: where that leads, the text does not tell."""
    return UP_FROM_PROCESS.search(word) is not None


def _leave_process(path: str, context: Context) -> str:
    """The path itself, where it leads through a process's own view of the file system."""
    while found := THROUGH_PROCESS.match(path):
        path = ("" if found[1] == "root" else str(context.workspace)) + path[found.end() :] or "/"
    return path


def _is_secret(path: str, context: Context) -> bool:
    if SECRET_SYSTEM.fullmatch(path) or (_is_private(path, context) and not HARMLESS_THERE.search(path)):
        return True
    folder, _, name = path.rpartition("/")
    if re.search(r"[*?\[]", folder) and _may_match_private_folder(folder, str(context.home)):
        return True
    return _may_match_secret_name(name) if re.search(r"[*?\[]", name) else is_secret_name(name)


def _is_private(path: str, context: Context) -> bool:
    """Whether a path lies where programs keep credentials: in any home, or by the same names in a repository."""
    if is_inside(path, str(context.workspace)):
        return CREDENTIAL_FILE.search(path) is not None
    return _private_folders().search(path) is not None and not is_temporary(path, context)


@cache
def _private_folders() -> re.Pattern[str]:
    """The folders in which people's programs keep credentials."""
    folders = "|".join(re.escape(folder) for folder in sorted(read_list("secret_folders")))
    return re.compile(rf"/(?:{folders})(?:/|$)")


def _may_match_private_folder(folder: str, home: str) -> bool:
    """Whether a pattern among the folders could lead into one that holds credentials."""
    parts = folder.split("/")
    candidates = (f"{home}/{each}" for each in read_list("secret_folders"))
    return any(fnmatch.fnmatchcase(each, "/".join(parts[: each.count("/") + 1])) for each in candidates)


def is_secret_name(name: str) -> bool:
    """Whether a file of this name holds secrets wherever it lies."""
    lowered = name.lower()
    if lowered.startswith(".env."):
        return not read_list("example_files").intersection(re.split(r"[._-]", lowered)[2:])
    if PRIVATE_KEY_NAME.fullmatch(lowered):
        return not lowered.endswith(".pub")
    if lowered.endswith(tuple(read_list("secret_suffixes"))):
        return not lowered.startswith(".") and (lowered.endswith(WITH_ITS_KEY) or not PUBLIC_PART.search(lowered))
    return lowered in read_list("secret_names")


def _may_match_secret_name(pattern: str) -> bool:
    literal = re.sub(r"\[[^\]]*\]|[*?]", "", pattern)
    if len(literal) < 2 and not pattern.startswith("."):  # noqa: PLR2004 -- `*` and `?x` name everything, and nothing
        return False
    tail = re.split(r"[*?\]]", pattern)[-1]
    if pattern[0] in "*?[" and any(is_secret_name(f"{before}{tail}") for before in ("", "x", "id")):
        return True  # `*.pem`, `*.env`, `*_rsa`
    return any(fnmatch.fnmatchcase(name, pattern) and name[0] == pattern[0] for name in read_list("secret_examples"))


def is_guard(path: str, context: Context) -> bool:
    """Whether the path belongs to what guards the session."""
    control = context.control
    return any(
        GUARD.search(each) is not None or (control is not None and is_inside(each, str(control)))
        for each in _with_link_target(path, context)
    )


def is_startup(path: str, context: Context) -> bool:
    """Whether a file outside the workspace configures the programs of later sessions."""
    return any(
        (STARTUP.search(each) and not is_inside(each, str(context.workspace))) or _configures_home(each, context)
        for each in _with_link_target(path, context)
    )


def _configures_home(path: str, context: Context) -> bool:
    home = str(context.home)
    return is_inside(path, home) and STARTUP_IN_HOME.match(path[len(home) :]) is not None


def configures_programs(below: str) -> bool:
    """Whether a file with this path below a home configures programs."""
    return (STARTUP.match(below) or STARTUP_IN_HOME.match(below)) is not None


def is_system(path: str, context: Context) -> bool:
    """Whether the path belongs to the operating system, or to another person."""
    for each in _with_link_target(path, context):
        if any(is_inside(each, str(own)) for own in (context.workspace, context.home, *context.scratch)):
            continue
        if SYSTEM.match(each) or each == "/" or re.match(r"/(home|Users)(/[^/]+)?(/|$)", each):
            return True
    return False


def is_device(path: str) -> bool:
    """Whether writing to the path would write to a disk or to memory."""
    return DEVICE.match(path) is not None


def _with_link_target(path: str, context: Context) -> tuple[str, ...]:
    if not is_inside(path, str(context.workspace)) or "\0" in path:
        return (path,)
    return tuple(dict.fromkeys((path, follow_links(path, context))))


def follow_links(path: str, context: Context) -> str:
    """The path without symbolic links, looked up once in a judgement: looking up costs more than judging. So is its
    folder, in which most others lie too."""
    found = context.real_paths.get(path)
    if found is None:
        found = context.real_paths[path] = _follow_last(path, context)
    return found


def _follow_last(path: str, context: Context) -> str:
    folder, _, name = path.rpartition("/")
    if name in {"", ".", ".."} or not folder:
        return os.path.realpath(path)
    real = context.real_paths.get(folder)
    if real is None:
        real = context.real_paths[folder] = os.path.realpath(folder)
    inside = f"{real.rstrip('/')}/{name}"
    return os.path.realpath(inside) if os.path.islink(inside) else inside  # noqa: PTH114 -- hot path, plain strings
