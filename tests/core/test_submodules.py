"""Which submodules are checked out: by owner or by the repository's settings, from one host only."""

from __future__ import annotations

import pytest

from bot.core.submodules import MOST, choose_submodules, repository_at

WEB = "https://github.com"
HERE = "octo/tools"
COMMIT = "1" * 40


@pytest.mark.parametrize(
    ("address", "repository"),
    [
        ("https://github.com/octo/lib.git", "octo/lib"),
        ("https://github.com/octo/lib", "octo/lib"),
        ("https://github.com/octo/lib/", "octo/lib"),
        ("https://GitHub.com/octo/lib", "octo/lib"),
        ("https://user:secret@github.com/octo/lib", "octo/lib"),  # the address that is used holds neither
        ("git@github.com:octo/lib.git", "octo/lib"),
        ("github.com:octo/lib.git", "octo/lib"),
        ("ssh://git@github.com/octo/lib.git", "octo/lib"),
        ("ssh://git@github.com:22/octo/lib.git", "octo/lib"),
        ("git://github.com/octo/lib", "octo/lib"),
        ("git+ssh://git@github.com/octo/lib", "octo/lib"),
        ("../lib.git", "octo/lib"),
        ("../lib", "octo/lib"),
        ("../../other/lib.git", "other/lib"),
        ("./../lib", "octo/lib"),
        ("../tools", "octo/tools"),
    ],
)
def test_an_address_names_a_repository(address: str, repository: str) -> None:
    assert repository_at(address, repository=HERE, web_url=WEB) == repository


@pytest.mark.parametrize(
    "address",
    [
        "",
        "https://gitlab.com/octo/lib.git",
        "https://github.com.evil.example/octo/lib",
        "https://evil.example/github.com/octo/lib",
        "https://github.com@evil.example/octo/lib",
        "https://github.com:8443/octo/lib",
        "https://github.com/octo/lib?x=1",
        "https://github.com/octo/lib#x",
        "https://github.com/octo/lib/extra",
        "https://github.com/octo",
        "https://github.com/octo/..",
        "https://github.com/../../etc/passwd",
        "http://github.com/octo/lib:80",
        "https://[::1/octo/lib",
        "ext::sh -c touch% /tmp/x",
        "ext::sh",
        "file:///etc",
        "/etc/octo/lib",
        "octo/lib",
        "../../../../etc/octo/lib",
        "./lib",
        "../../lib",
        "--upload-pack=touch",
        "-oProxyCommand=x:octo/lib",
        "ssh://-oProxyCommand=x/octo/lib",
        "git@evil.example:octo/lib.git",
        "git@github.com:/octo/lib",
        "fd::17",
        "https://github.com/octo/lib\nurl = x",
        "https://github.com/octo/l ib",
        "https://github.com/octo/lib\0",
        "javascript:octo/lib",
    ],
)
def test_other_addresses_name_none(address: str) -> None:
    """Another host, another protocol, a path of this machine, an option, a command."""
    assert repository_at(address, repository=HERE, web_url=WEB) is None


def test_a_host_with_a_port_is_itself_alone() -> None:
    """As a GitHub Enterprise Server may have one."""
    web = "http://127.0.0.1:5000"
    assert repository_at("http://127.0.0.1:5000/octo/lib", repository=HERE, web_url=web) == "octo/lib"
    assert repository_at("http://127.0.0.1:5001/octo/lib", repository=HERE, web_url=web) is None
    assert repository_at("http://127.0.0.1/octo/lib", repository=HERE, web_url=web) is None


def test_those_of_the_owner_and_those_listed_are_wanted() -> None:
    """The reason for each of the others is one that a person can act on."""
    addresses = {
        "lib": "../lib",
        "Own": "https://github.com/OCTO/own",
        "vendor/a": "https://github.com/other/a",
        "vendor/b": "https://github.com/other/b",
        "far": "https://gitlab.com/octo/far",
    }
    commits = dict.fromkeys([*addresses, "nameless"], COMMIT)

    chosen = choose_submodules(commits, addresses, repository=HERE, web_url=WEB, listed=["vendor/a"])

    assert [(each.path, each.repository) for each in chosen.wanted] == [
        ("lib", "octo/lib"),
        ("Own", "OCTO/own"),
        ("vendor/a", "other/a"),
    ]
    assert {note.path: note.what.split(",")[0] for note in chosen.left} == {
        "vendor/b": "is a submodule of another owner",
        "far": "is a submodule that is not on the same host",
        "nameless": "is a submodule that is not on the same host",
    }
    assert "list it under `submodules:`" in {note.path: note.what for note in chosen.left}["vendor/b"]


def test_there_is_an_end_to_them() -> None:
    names = [f"lib{number}" for number in range(MOST + 3)]
    chosen = choose_submodules(
        dict.fromkeys(names, COMMIT), {name: f"../{name}" for name in names}, repository=HERE, web_url=WEB, listed=[]
    )
    assert (len(chosen.wanted), len(chosen.left)) == (MOST, 3)
