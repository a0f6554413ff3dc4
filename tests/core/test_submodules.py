"""Which submodules are checked out: by owner or by the repository's settings, from one host only."""

from __future__ import annotations

import pytest

from bot.core.submodules import MOST, Choice, Submodule, choose_submodules, repository_at

WEB = "https://github.com"
HERE = "octo/tools"
COMMIT = "1" * 40
CHOICE = Choice(repository=HERE, web_url=WEB)


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

    chosen = choose_submodules(commits, addresses, Choice(repository=HERE, web_url=WEB, listed=("vendor/a",)))

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
    addresses = {name: f"../{name}" for name in names}
    chosen = choose_submodules(dict.fromkeys(names, COMMIT), addresses, CHOICE)
    assert (len(chosen.wanted), len(chosen.left)) == (MOST, 3)


def inside(repository: str, address: str, *listed: str) -> list[str]:
    """What is checked out of a submodule at `deep` within one at `vendor/lib`."""
    around = Submodule(path="vendor/lib", repository=repository, commit=COMMIT)
    choice = Choice(repository=HERE, web_url=WEB, listed=listed)
    chosen = choose_submodules({"deep": COMMIT}, {"deep": address}, choice, around=around)
    assert [note.path for note in chosen.left] == ["vendor/lib/deep"] * (1 - len(chosen.wanted))
    assert [each.path for each in chosen.wanted] == ["vendor/lib/deep"] * len(chosen.wanted)
    return [each.repository for each in chosen.wanted]


def test_within_a_submodule_the_same_rules_hold() -> None:
    """By the path from the top; a relative address begins at the repository that has it."""
    assert inside("octo/lib", "../deep") == ["octo/deep"]
    assert inside("octo/lib", "https://github.com/other/deep") == []
    assert inside("octo/lib", "https://github.com/other/deep", "vendor/lib/deep") == ["other/deep"]
    assert inside("octo/lib", "https://gitlab.com/octo/deep", "vendor/lib/deep") == []
    assert inside("other/lib", "../deep") == []
    assert inside("other/lib", "../deep", "vendor/lib/*") == ["other/deep"]


def test_another_owner_cannot_name_a_repository_of_this_one() -> None:
    """It may be private, and the bot may read it."""
    assert inside("other/lib", "https://github.com/octo/private") == []
    assert inside("other/lib", "https://github.com/octo/private", "vendor/**") == ["octo/private"]
