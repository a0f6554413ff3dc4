"""What a path is to the policy: a build output, a secret, a guard, a device, a part of the system.

All functions take absolute paths as text, `..` already taken out. A path inside the workspace is looked at twice,
as written and with its symbolic links followed.
"""

from __future__ import annotations

import fnmatch
import os
import re
from functools import cache
from typing import TYPE_CHECKING

from hooks.policy.tables import listed

if TYPE_CHECKING:
    from hooks.policy.ruling import Context

PRIVATE_KEY_NAME = re.compile(r"id_(rsa|dsa|ecdsa|ed25519)(_sk)?([._-].*)?")
PUBLIC_PART = re.compile(r"cert|chain|\bca\b|^ca[.-]|-ca\.|public|pubkey|\bpub\b|root", re.IGNORECASE)
HARMLESS_THERE = re.compile(r"/\.ssh/(config|known_hosts[^/]*|[^/]*\.pub)$|/\.claude/(?!\.credentials)")
SECRET_SYSTEM = re.compile(
    r"/etc/(g?shadow-?|sudoers(\.d(/.*)?)?|ssh/ssh_host_[^/]*key|kubernetes/.*\.conf|krb5\.keytab|master\.passwd)"
    r"|/(private/)?var/run/secrets(/.*)?|/run/secrets(/.*)?|/proc/[^/]+/(task/[^/]+/)?(environ|mem)"
)
GUARD = re.compile(
    r"/\.claude(/|$)|/\.mcp\.json$|/\.claude\.json$|/\.git/(hooks|config|modules|info/attributes|worktrees)(/|$|\.)"
)
STARTUP = re.compile(
    r"/\.(bashrc|bash_profile|bash_login|bash_logout|profile|zshrc|zshenv|zprofile|zlogin|inputrc|gitconfig|vimrc|npmrc"
    r"|pypirc|netrc|pam_environment|xinitrc|xprofile|condarc|pythonrc|gemrc|curlrc|wgetrc)$"
    r"|/\.config/(git|fish|systemd|autostart|environment\.d|pip|gh)(/|$)|/\.ssh(/|$)|/\.local/bin(/|$)|/\.gnupg(/|$)"
    r"|/Library/Launch(Agents|Daemons)(/|$)"
)
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
    return name in listed("build_outputs") or any(fnmatch.fnmatchcase(name, each) for each in listed("build_patterns"))


def is_secret(path: str, context: Context) -> bool:
    """Whether reading this path could give away a secret."""
    return any(_is_secret(each, str(context.home)) for each in _with_link_target(path, context))


def _is_secret(path: str, home: str) -> bool:
    if SECRET_SYSTEM.fullmatch(path) or (_private_folders(home).match(path) and not HARMLESS_THERE.search(path)):
        return True
    folder, _, name = path.rpartition("/")
    if re.search(r"[*?\[]", folder) and _may_match_private_folder(folder, home):
        return True
    return _may_match_secret_name(name) if re.search(r"[*?\[]", name) else is_secret_name(name)


@cache
def _private_folders(home: str) -> re.Pattern[str]:
    """The folders in which people's programs keep credentials, in any home."""
    folders = "|".join(re.escape(folder) for folder in sorted(listed("secret_folders")))
    return re.compile(rf"(?:{re.escape(home)}|/root|/home/[^/]+|/Users/[^/]+)/(?:{folders})(?:/|$)")


def _may_match_private_folder(folder: str, home: str) -> bool:
    """Whether a pattern among the folders could lead into one that holds credentials."""
    parts = folder.split("/")
    candidates = (f"{home}/{each}" for each in listed("secret_folders"))
    return any(fnmatch.fnmatchcase(each, "/".join(parts[: each.count("/") + 1])) for each in candidates)


def is_secret_name(name: str) -> bool:
    """Whether a file of this name holds secrets wherever it lies."""
    lowered = name.lower()
    if lowered.startswith(".env."):
        return not listed("example_files").intersection(lowered.split(".")[2:])
    if PRIVATE_KEY_NAME.fullmatch(lowered):
        return not lowered.endswith(".pub")
    if lowered.endswith(tuple(listed("secret_suffixes"))):
        return not lowered.startswith(".") and not PUBLIC_PART.search(lowered)
    return lowered in listed("secret_names")


def _may_match_secret_name(pattern: str) -> bool:
    literal = re.sub(r"\[[^\]]*\]|[*?]", "", pattern)
    if len(literal) < 2 and not pattern.startswith("."):  # noqa: PLR2004 -- `*` and `?x` name everything, and nothing
        return False
    return any(fnmatch.fnmatchcase(name, pattern) and name[0] == pattern[0] for name in listed("secret_examples"))


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
        STARTUP.search(each) and not is_inside(each, str(context.workspace))
        for each in _with_link_target(path, context)
    )


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
    return tuple(dict.fromkeys((path, os.path.realpath(path))))
