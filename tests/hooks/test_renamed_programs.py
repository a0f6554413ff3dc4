"""A program under another name is the same program: copies, links, and bare names that PATH leads to."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from hooks.policy import Context, judge
from tests.hooks.rewriting import PERSON

COPIES = [
    "cp /bin/rm ./q",
    "cp -p /bin/rm q",
    "cp -l /bin/rm q",
    "cp $(which rm) q",
    "cp `command -v rm` q",
    'cp "$(type -P rm)" q',
    "cp $(readlink -f /bin/rm) q",
    "P=/bin/rm; cp $P q",
    "for p in rm; do cp /bin/$p q; done",
    "install -m 755 /usr/bin/rm q",
    "install -m755 /bin/rm q",
    "ln -s /bin/rm q",
    "ln -sf $(command -v rm) q",
    "ln /bin/rm q",
    "cat /bin/rm > q; chmod +x q",
    "cat < /bin/rm > q; chmod +x q",
    "cat /bin/rm | tee q; chmod +x q",
    "tee q < /bin/rm; chmod +x q",
    "dd if=/bin/rm of=q bs=1M; chmod +x q",
    "rsync /bin/rm q",
    "cp /bin/rm z; mv z q",
    "cp /bin/rm z; cp z q",
    "cp /bin/rm z; ln -s z q",
    "cp /bin/r? q",
    "cp $UNHEARD_OF q",
]
CALLS = [
    "./q -rf ~",
    '"$PWD"/q -rf ~',
    "timeout 5 ./q -rf ~",
    "bash -c './q -rf ~'",
    "echo ~ | xargs ./q -rf",
    "find . -exec ./q -rf {} +",
    "sh -c 'exec ./q -rf ~'",
    "PATH=$PWD:$PATH q -rf ~",
    "export PATH=$PWD:$PATH; q -rf ~",
]


@pytest.mark.parametrize("copy", COPIES)
def test_a_copy_runs_as_what_it_was_copied_from(copy: str) -> None:
    assert not judge("Bash", {"command": f"{copy}; ./q -rf ~"}, PERSON).granted
    assert judge("Bash", {"command": copy}, PERSON).granted


@pytest.mark.parametrize("call", CALLS)
def test_a_copy_is_known_however_it_is_called(call: str, a_context: Context) -> None:
    """In the same call, and in a later one, when the copy is on the disk."""
    copied = judge("Bash", {"command": "cp /bin/rm q"}, a_context)
    (a_context.workspace / "q").write_bytes(b"\x7fELF\0")

    assert not judge("Bash", {"command": f"cp /bin/rm q; {call}"}, a_context).granted
    assert not judge("Bash", {"command": call}, replace(a_context, written=copied.wrote)).granted


def test_a_link_is_known_in_a_later_call(a_context: Context) -> None:
    linked = judge("Bash", {"command": "ln -s /usr/bin/git g"}, a_context)
    (a_context.workspace / "g").symlink_to(shutil.which("git") or "/usr/bin/git")
    later = replace(a_context, written=linked.wrote)

    assert judge("Bash", {"command": "./g push"}, later).rule == "git.push"
    assert judge("Bash", {"command": "./g status"}, later).granted


def test_a_program_of_this_session_is_found_by_path(a_context: Context) -> None:
    """It may have any name, a known program's too."""
    for name in ("ls", "mytool"):
        write = f"mkdir b; echo 'git push' > b/{name}; chmod +x b/{name}"
        assert judge("Bash", {"command": f"{write}; PATH=$PWD/b:$PATH {name}"}, a_context).rule == "git.push"
        assert judge("Bash", {"command": f"{write}; export PATH=b:$PATH; {name}"}, a_context).rule == "git.push"
        assert judge("Bash", {"command": f"{write}; {name}"}, a_context).granted


def test_what_was_written_without_its_text_being_known_is_not_run(a_context: Context) -> None:
    for write in ("base64 -d x.b64 > q", "xxd -r x.hex > q", "./generate > q"):
        assert judge("Bash", {"command": f"{write}; chmod +x q; ./q"}, a_context).rule == "unresolved.code", write


@pytest.mark.parametrize(
    "command",
    [
        "cp target/debug/app ./app && ./app --help",
        "cp build/x /tmp/x; /tmp/x",
        "ln -s $(which python3) python && ./python --version",
        "cp $(which git) g && ./g status",
        "cp /bin/ls l; ./l -la",
        "gcc -o x x.c && ./x",
        "go build -o bin/x . && ./bin/x",
        "export PATH=$PWD/bin:$PATH; mytool",
        "PATH=$PATH:~/go/bin golangci-lint run",
    ],
)
def test_an_ordinary_copy_runs(command: str, a_context: Context) -> None:
    for name in ("target/debug/app", "build/x"):
        (a_context.workspace / name).parent.mkdir(parents=True, exist_ok=True)
        (a_context.workspace / name).write_bytes(b"\x7fELF\0")
    assert judge("Bash", {"command": command}, a_context).granted
