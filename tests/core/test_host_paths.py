"""Paths of the host are not published, however the messages before have written them."""

from __future__ import annotations

import json
import time
from urllib.parse import quote

import pytest

from bot.core.host_paths import find_homes, host_paths
from bot.core.messages.inert import inert
from bot.core.messages.markers import status_marker
from bot.core.messages.quoting import cell, code, fence, quote_text, words

DATA = "/home/ada_l/night shift/var"
PATHS = host_paths(data=[DATA, "/mnt/disk#1/var"], homes=["/home/ada_l"])
WORKSPACE = f"{DATA}/attempts/12-3/workspace"


def test_tools_in_another_home_name_no_account() -> None:
    """Folders of PATH and TOOLS may belong to an account that is not the bot's."""
    theirs = ["/home/ada/.pyenv/bin", "/home/ada/bin", "/root/.pyenv/shims", "/Users/bo/x"]
    homes = find_homes([*theirs, "/usr/bin", "/home", "/home/", "/rootless/x", "bin", ""])
    paths = host_paths(data=[], homes=homes)

    assert homes == ["/home/ada", "/root", "/Users/bo"]
    assert paths.hide("/home/ada/.pyenv/bin/python and /root/.pyenv/x") == "~/.pyenv/bin/python and ~/.pyenv/x"
    assert paths.hide("/usr/bin/python in /home") == "/usr/bin/python in /home"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (f"{WORKSPACE}/src/clock.py:3", "src/clock.py:3"),
        (f"cd {WORKSPACE} && make", "cd . && make"),
        (f"cd {WORKSPACE}/ && make", "cd ./ && make"),
        (f"{WORKSPACE}/.github/x.yml", ".github/x.yml"),
        (f"{DATA}/attempts/12-3/checks/after/workspace/a.py", "a.py"),
        (f"{DATA}/attempts/12-3/session-1/tmp/x", "…/session-1/tmp/x"),
        (f"{DATA}/attempts/12-3/workspace-copy/x", "…/workspace-copy/x"),
        (f"{DATA}/attempts/12-3", "…"),
        (f"{DATA}/mirrors/octo/clock.git", "…/mirrors/octo/clock.git"),
        (f"{DATA}/nightshift.sqlite is locked", "…/nightshift.sqlite is locked"),
        ("/mnt/disk#1/var/x", "…/x"),
        (f"-I{WORKSPACE}/include", "-Iinclude"),
        (f"--rootdir={WORKSPACE}", "--rootdir=."),
        (f"file://{WORKSPACE}/a.html", "file:a.html"),
        ("//home/./ada_l//night shift/var/x", "…/x"),
        ("/home/ada_l/.cache/pip", "~/.cache/pip"),
        ("PATH=/usr/bin:/home/ada_l/bin", "PATH=/usr/bin:~/bin"),
        ("_/home/ada_l_", "_~_"),
        ("-home-ada-l-night-shift-var-attempts-1-1-workspace", "…-attempts-1-1-workspace"),
        ("/home/ada_longer/x", "/home/ada_longer/x"),
        ("/home/ada/x", "/home/ada/x"),
        ("/usr/lib/python3", "/usr/lib/python3"),
        ("a/home/b", "a/home/b"),
        ("", ""),
    ],
)
def test_a_path_of_the_host_is_cut_short(said: str, shown: str) -> None:
    assert PATHS.hide(said) == shown


@pytest.mark.parametrize(
    "path", [f"{WORKSPACE}/clock.py", f"{DATA}/x", "/home/ada_l/x", "/mnt/disk#1/var/attempts/1-1/x"]
)
@pytest.mark.parametrize(
    "write",
    [
        lambda path: quote_text(f"see {path}", 500),
        lambda path: quote_text(f"see <{path}>, **{path}** and [{path}]({path})", 900),
        lambda path: fence(f"{path}: no such file", 500),
        code,
        cell,
        lambda path: words(f"({path})"),
        lambda path: inert(f"`{path}` *{path}*"),
        lambda path: status_marker({"detail": path, "reason": f"at {path}"}),
        quote,
        lambda path: quote(path, safe=""),
        lambda path: json.dumps(path).replace("/", "\\/"),
        lambda path: path.replace("/", "&#x2F;"),
        lambda path: path.replace("/", "//"),
        lambda path: path.replace(" ", "\\ "),
        lambda path: path.upper(),
        lambda path: f"'{path}'",
        lambda path: f"\x1b[31m{path}\x1b[0m",
        lambda path: f"x{path}",
        lambda path: f"{path}\n{path}",
        lambda path: path.replace("/", "-").replace(" ", "-").replace("_", "-").replace("#", "-"),
    ],
)
def test_no_way_of_writing_keeps_a_path(path: str, write) -> None:  # type: ignore[no-untyped-def]
    """Messages make words inert, records spell them as JSON, addresses as percents."""
    told = PATHS.hide(write(path)).lower().replace("\\", "").replace("\u200b", "")

    for name in ("ada_l", "ada-l", "night shift", "night-shift", "night%20shift", "disk#1", "disk%231", "disk-1"):
        assert name not in told


def test_a_home_of_one_part_is_found_at_the_beginning_of_a_path() -> None:
    """Other paths contain its name."""
    root = host_paths(data=["/data"], homes=["/root"])

    assert root.hide("/root/.npmrc -I/root/x src/root/a (/root) ./root") == "~/.npmrc -I~/x src/root/a (~) ./root"


def test_the_roots_of_all_paths_are_left_alone() -> None:
    assert (
        host_paths(data=["/"], homes=["", "relative/home"]).hide("/usr/bin relative/home") == "/usr/bin relative/home"
    )
    assert host_paths(data=[], homes=[]).hide(WORKSPACE) == WORKSPACE


@pytest.mark.parametrize(
    "piece", ["/", "\\", "\u200b", "%2F", "/home", "/home/ada_l/", "\\/", "/.", "-home", f"{DATA}/attempts/1-1/a/"]
)
def test_a_text_made_to_take_long_does_not(piece: str) -> None:
    """Seconds of this process's own time, far above what it takes."""
    text = piece * (65_536 // len(piece))
    started = time.process_time()

    PATHS.hide(text)

    assert time.process_time() - started < 20
