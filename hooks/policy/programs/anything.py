"""Rules over every command, whatever its program: redirections, variables set for it, and the paths it names."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from hooks.policy import paths
from hooks.policy.shell.values import UNKNOWN

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command, Redirect

NAME_ONLY = frozenset(
    [
        "echo",
        "printf",
        "ls",
        "dir",
        "stat",
        "test",
        "[",
        "chmod",
        "rm",
        "unlink",
        "touch",
        "mkdir",
        "rmdir",
        "du",
        "df",
        "basename",
        "dirname",
        "realpath",
        "readlink",
        "cd",
        "pushd",
        "popd",
        "pwd",
        "which",
        "type",
        "command_v",
        "export",
        "unset",
        "declare",
        "local",
        "true",
        "false",
        ":",
        "alias",
        "find",
        "fd",
        "tree",
        "exa",
        "eza",
        "lsd",
        "alert",
        "say",
        "logger",
        "notify-send",
        "read",
        "mktemp",
        "ln",
        "seq",
        "expr",
        "trap",
        "hash",
        "openssl",
        "ssh-keygen",
        "mkcert",
        "keytool",
        "certutil",
        "ssh-add",
        "git",
        "gh",
        "set",
        "date",
        "sleep",
        "let",
        "return",
        "exit",
    ]
)
"""Programs that do not print what the files they name hold, or whose own rules look closer."""

PATTERN_FIRST = frozenset(
    [
        "grep",
        "egrep",
        "fgrep",
        "zgrep",
        "rg",
        "ag",
        "ack",
        "ugrep",
        "ripgrep",
        "sed",
        "gsed",
        "awk",
        "gawk",
        "mawk",
        "nawk",
        "jq",
        "yq",
        "gojq",
        "jaq",
        "tr",
        "pgrep",
        "pkill",
        "xmllint",
        "sd",
        "perl",
        "ruby",
        "node",
        "python",
        "deno",
        "bun",
        "php",
        "lua",
    ]
)
"""Programs whose first word that is no option is a pattern or a program, not a file."""
CODE_OPTIONS = frozenset({"-e", "-c", "-p", "-r", "--eval", "--print", "--regexp", "--expression", "-pe", "-ne", "-E",
                          "--arg", "--argjson", "-m", "--message", "--title", "--body", "--name", "-i", "-pi", "-lane"})  # fmt: skip

GUARD_READERS = NAME_ONLY - {"chmod", "rm", "unlink", "touch", "rmdir", "ln"} | frozenset(
    [
        "cat",
        "bat",
        "batcat",
        "less",
        "more",
        "head",
        "tail",
        "grep",
        "egrep",
        "fgrep",
        "rg",
        "ag",
        "ack",
        "jq",
        "gojq",
        "diff",
        "cmp",
        "wc",
        "file",
        "sort",
        "uniq",
        "cut",
        "nl",
        "od",
        "xxd",
        "hexdump",
        "strings",
        "tac",
        "awk",
        "md5sum",
        "sha1sum",
        "sha256sum",
        "shasum",
        "cksum",
        "cp",
        "rsync",
        "scp",
        "node",
        "python",
        "bash",
        "sh",
        "zsh",
        "view",
        "column",
        "fold",
        "sed",
        "yq",
        "perl",
        "tee",
        "mv",
        "install",
        "dd",
        "rev",
        "base64",
        "comm",
        "paste",
        "join",
        "test",
        "bun",
        "deno",
        "ruby",
        "claude",
        "git",
        "vim",
        "nvim",
        "nano",
        "vi",
        "emacs",
    ]
)
WRITERS_TO_LAST = frozenset(["cp", "mv", "install", "ln", "rsync", "scp", "ditto"])

DANGEROUS_VARIABLES = re.compile(
    r"LD_(PRELOAD|AUDIT|LIBRARY_PATH_64)|DYLD_INSERT_LIBRARIES|BASH_ENV|ENV|PROMPT_COMMAND|BASH_FUNC_.*|SHELLOPTS|PS4"
    r"|GIT_(SSH|SSH_COMMAND|EXTERNAL_DIFF|PAGER|ASKPASS|PROXY_COMMAND|CONFIG(_.*)?|EXEC_PATH|TEMPLATE_DIR|"
    r"ALLOW_PROTOCOL|SEQUENCE_EDITOR)|CLAUDE(_.*|CODE)|ANTHROPIC_.*|PERL5OPT|PERL5DB|RUBYOPT_|PYTHONSTARTUP"
    r"|PYTHONHOME|SSH_ASKPASS|SUDO_ASKPASS|LESSOPEN|LESSCLOSE|MANPAGER_"
)
EDITOR_VARIABLES = frozenset({"EDITOR", "VISUAL", "GIT_EDITOR", "PAGER", "BROWSER", "MANPAGER", "GIT_SEQUENCE_EDITOR"})
HARMLESS_EDITORS = frozenset(
    {"true", ":", "cat", "less", "vim", "vi", "nano", "more", "code", "emacs", "", "false", "none"}
)
SECRET_VARIABLE = re.compile(
    r"(^|_)(API_?KEY|APIKEY|KEY|KEYS|TOKEN|TOKENS|SECRET|SECRETS|PASSWORD|PASSWD|PASSPHRASE|PASS|PWD_|CREDENTIALS?|"
    r"CREDS?|PAT|DSN|PRIVATE|AUTH|COOKIE|SESSION_ID|WEBHOOK_URL|DATABASE_URL|CONNECTION_STRING)($|_)|PASSWORD|SECRET|"
    r"TOKEN$|APIKEY|API_KEY|ACCESSKEY|PRIVATEKEY",
    re.IGNORECASE,
)
NOT_SECRET = re.compile(
    r"PUBLIC|MAX_TOKENS|TOKENIZER|KEY_?(WORD|BOARD|FRAME|SPACE)|_(KEYS?|TOKEN)_(NAME|COUNT|FILE|LEN)|NUM_", re.I
)
PRINTERS = frozenset(
    [
        "echo",
        "printf",
        "print",
        "cat",
        "tee",
        "base64",
        "xxd",
        "od",
        "rev",
        "tr",
        "sed",
        "awk",
        "logger",
        "wall",
        "write",
        "nc",
        "ncat",
        "grep",
    ]
)
METADATA_HOSTS = re.compile(
    r"169\.254\.169\.254|metadata\.google\.internal|169\.254\.170\.2|fd00:ec2::254|100\.100\.100\.200"
)


def examine(command: Command, shell: Shell) -> None:
    """All rules that hold for every command."""
    for redirect in command.redirects:
        redirected(redirect, command, shell)
    for name, value in command.assignments:
        variable_set(name, value, shell)
    if command.argv:
        _secrets(command, shell)
        _guards(command, shell)
        _printed_variables(command, shell)


def redirected(redirect: Redirect, command: Command, shell: Shell) -> None:
    """Where output goes and input comes from."""
    if re.search(r"/dev/(tcp|udp)/", redirect.target):
        shell.refuse("remote.shell", redirect.target)
    if redirect.target.isdigit() or redirect.target in {"-", "/dev/null"}:
        return
    for path in shell.resolve(redirect.target):
        if redirect.writes:
            written(path, shell)
            _emptied(path, redirect, command, shell)
        elif path is not None and paths.is_secret(path, shell.context):
            shell.refuse("secrets.file", path)


def written(path: str | None, shell: Shell) -> None:
    """A command writes this file. What may be written lies in the workspace or is nobody's."""
    if path is None:
        return
    if paths.is_device(path):
        shell.refuse("device", path)
    if paths.is_guard(path, shell.context):
        shell.refuse("guards.files", path)
    if paths.is_startup(path, shell.context):
        shell.refuse("delete.outside", path)
    if not path.startswith("/dev/") and paths.is_system(path, shell.context):
        shell.refuse("delete.outside", path)
    if path.startswith("/proc/"):
        shell.refuse("delete.outside", path)


def _emptied(path: str | None, redirect: Redirect, command: Command, shell: Shell) -> None:
    """`> file` without a command that prints empties the file."""
    silent = not command.argv or command.argv[0] in {":", "true"} or command.argv == ("cat", "/dev/null")
    if not silent or redirect.operator not in {">", ">|", "&>"} or path is None or path in shell.session.wrote:
        return
    compound = not command.argv and redirect.descriptor in ("", "1") and command.feed.present
    if not compound and path not in shell.context.written and os.path.isfile(path) and os.path.getsize(path):  # noqa: PTH113, PTH202
        shell.refuse("delete.content", path)


def variable_set(name: str, value: str, shell: Shell) -> None:
    """A variable that changes how programs are found, loaded or configured."""
    if DANGEROUS_VARIABLES.fullmatch(name) and not (name == "GIT_PAGER" and value in HARMLESS_EDITORS):
        shell.refuse("guards.environment", f"{name}={value}")
    if name in EDITOR_VARIABLES and value.split(" ", maxsplit=1)[0].rpartition("/")[2] not in HARMLESS_EDITORS:
        shell.code(value)
    if name == "PATH":
        _path_set(value, shell)


def _path_set(value: str, shell: Shell) -> None:
    """PATH may be given the usual tool folders; a folder that anyone can fill would shadow every program."""
    for entry in value.split(":"):
        folder = shell.resolve(entry)[0] if entry and UNKNOWN not in entry else None
        if folder is None:
            continue
        if entry in {".", ""} or re.match(r"/(tmp|var/tmp|dev/shm)(/|$)", folder):
            shell.refuse("guards.environment", f"PATH={value}")


# Secrets


def _secrets(command: Command, shell: Shell) -> None:
    for word in command.arguments:
        if METADATA_HOSTS.search(word):
            shell.refuse("secrets.vault", word)
    program = command.program
    if program in NAME_ONLY:
        return
    for word in _files(command):
        for candidate in _candidates(word):
            for path in shell.resolve(candidate):
                if path is not None and paths.is_secret(path, shell.context):
                    shell.refuse("secrets.file", candidate)


def _files(command: Command) -> Iterator[str]:
    """The words that may name files; patterns, code and, for copies, the destination are left out."""
    words = list(command.arguments)
    if command.program in WRITERS_TO_LAST or command.program == "tee":
        words = words[:-1]
    skip_pattern = command.program in PATTERN_FIRST and not any(word in {"-f", "--file"} for word in words)
    skip_next = False
    for word in words:
        if skip_next:
            skip_next = False
            skip_pattern = False
        elif word in CODE_OPTIONS and command.program not in {"docker", "ssh", "scp"}:
            skip_next = word not in {"-i", "-r", "-p"} or command.program in {"python", "node", "ruby", "perl", "php"}
            skip_pattern = skip_pattern and word in {"-i", "-pi", "-r", "-E", "-p", "-n"}
        elif skip_pattern and not word.startswith("-"):
            skip_pattern = False
        else:
            yield word


def _candidates(word: str) -> Iterator[str]:
    """The paths that a word may hold: itself, and what stands behind `=`, `@` or `:`."""
    if len(word) > 1000 or "\n" in word:  # noqa: PLR2004
        return
    if not word.startswith("-"):
        yield word
    if re.match(r"https?://", word):
        return
    pieces = re.split(r"[=@:,]", word)
    yield from (piece for piece in pieces[1:] if piece)
    if word.startswith("-") and not word.startswith("--"):
        yield word[2:]


# Guards


def _guards(command: Command, shell: Shell) -> None:
    """Naming a guard is harmless to programs that only read it; whatever else names it is refused."""
    program = command.program
    for word in command.arguments:
        if not re.search(r"\.claude|\.mcp|\.git\b|^/|^~|\.\.", word) or (" " in word and program != "sed"):
            continue
        for candidate in _candidates(word):
            for path in shell.resolve(candidate):
                if path is not None and paths.is_guard(path, shell.context) and _touches(command, word):
                    shell.refuse("guards.files", candidate)


def _touches(command: Command, word: str) -> bool:
    program, words = command.program, command.arguments
    if program not in GUARD_READERS:
        return True
    if program in {"mv", "tee", "dd"}:
        return not word.startswith("if=")
    if program in WRITERS_TO_LAST:
        return word == words[-1]
    if program in {"sed", "perl", "yq", "ruby", "awk"}:
        return any(re.match(r"-[a-zA-Z0-9]*i|--in-?place", each) for each in words)
    return program in {"vim", "nvim", "nano", "vi", "emacs", "find"} and bool({"-delete", "-exec"} & set(words))


def _printed_variables(command: Command, shell: Shell) -> None:
    """`echo $TOKEN`: a secret of the environment by name, in the words of what prints or sends them."""
    if command.program not in PRINTERS:
        return
    for name in sorted(command.names):
        if SECRET_VARIABLE.search(name) and not NOT_SECRET.search(name):
            shell.refuse("secrets.environment", f"${name}")
