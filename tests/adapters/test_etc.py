"""The copy of /etc: what of the host's is in it, when it is made again, and what a cell sees of it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from bot.adapters.etc import copy_etc, passwd_with
from tests.adapters.cells import a_cell, inside


@pytest.fixture
def etc(tmp_path: Path) -> Path:
    """A system with Maven and a service, and an administrator who keeps passwords in many places."""
    etc, dpkg = tmp_path / "etc", tmp_path / "dpkg"
    dpkg.mkdir()
    (dpkg / "maven.list").write_text("/.\n/etc\n/etc/maven\n/etc/maven/settings.xml\n/usr/bin/mvn\n")
    (dpkg / "vaultd.list").write_text("/etc/vaultd\n/lib/systemd/system/vaultd.service\n")
    files = {
        "passwd": "root:x:0:0::/root:/bin/sh\n",
        "shadow": "root:$6$x\n",
        "maven/m2.conf": "main is x\n",
        "maven/settings.xml": "<settings/>\n",
        "maven/conf/.netrc": "machine a password b\n",
        "maven/nexus.xml": "<password>hunter22</password>\n",
        "vaultd/vaultd.conf": "listen = 1\n",
        "acme/db.conf": "host = db\n",
        "ssl/openssl.cnf": "challengePassword = A challenge password\n",
        "ssl/private/server.pem": "key\n",
        "ssl/certs/ca.pem": "ca\n",
        "ssh/ssh_host_rsa_key": "key\n",
    }
    for name, content in files.items():
        (etc / name).parent.mkdir(parents=True, exist_ok=True)
        (etc / name).write_text(content)
    return etc


def copied(etc: Path, into: Path) -> dict[str, str]:
    copy = copy_etc(into, etc, etc.parent / "dpkg")
    return {str(path.relative_to(copy)): path.read_text() for path in copy.rglob("*") if path.is_file()}


def test_the_configuration_of_packages_is_copied_and_no_credential(etc: Path, tmp_path: Path) -> None:
    """By the name of the folder, of the file, and by what is in it."""
    assert set(copied(etc, tmp_path / "copies")) == {
        *("passwd", "maven/m2.conf", "maven/settings.xml", "ssl/openssl.cnf", "ssl/certs/ca.pem")
    }


@pytest.mark.parametrize("mode", [0o640, 0o600, 0o000])
def test_what_others_may_not_read_is_left_out(etc: Path, tmp_path: Path, mode: int) -> None:
    """Also where the bot may: as root, or in a group."""
    (etc / "maven/m2.conf").chmod(mode)

    assert "maven/m2.conf" not in copied(etc, tmp_path / "copies")


@pytest.mark.parametrize("mode", [0o750, 0o700, 0o754])
def test_a_folder_that_others_may_not_enter_is_left_out(etc: Path, tmp_path: Path, mode: int) -> None:
    """Its files may be readable for all: no other user gets to them on the host."""
    (etc / "maven").chmod(mode)

    assert not any(name.startswith("maven") for name in copied(etc, tmp_path / "copies"))


def test_links_lead_where_they_led_and_carry_no_content_out(etc: Path, tmp_path: Path) -> None:
    """A link out of /etc is a link in the copy, except that of a file that every system needs."""
    secret = tmp_path / "secret"
    secret.write_text("hunter22")
    (etc / "maven/out").symlink_to(secret)
    (etc / "maven/in").symlink_to("m2.conf")
    (etc / "hosts").symlink_to(secret)

    copy = copy_etc(tmp_path / "copies", etc, tmp_path / "dpkg")

    assert (copy / "maven/out").readlink() == secret
    assert (copy / "maven/in").readlink() == Path("m2.conf")
    assert not (copy / "hosts").is_symlink()


def test_a_copy_is_made_again_when_something_shown_changes(etc: Path, tmp_path: Path) -> None:
    """An unchanged one is used again, also by another process; what is written later is not in an older one."""
    copies, dpkg = tmp_path / "copies", tmp_path / "dpkg"
    first = copy_etc(copies, etc, dpkg)
    assert copy_etc(copies, etc, dpkg) == first

    (etc / "acme/other.conf").write_text("x")
    assert copy_etc(copies, etc, dpkg) == first
    (etc / "maven/m2.conf").write_text("main is another")
    second = copy_etc(copies, etc, dpkg)

    assert second != first
    assert (first / "maven/m2.conf").read_text() == "main is x\n"


def test_copies_that_no_cell_uses_any_more_are_removed(etc: Path, tmp_path: Path) -> None:
    """After a week: a session takes a day at most."""
    copies, dpkg = tmp_path / "copies", tmp_path / "dpkg"
    first = copy_etc(copies, etc, dpkg)
    (etc / "maven/m2.conf").write_text("2")
    second = copy_etc(copies, etc, dpkg)
    assert first.exists()

    os.utime(first, (0, 0))
    (etc / "maven/m2.conf").write_text("three")
    third = copy_etc(copies, etc, dpkg)

    assert {path.name for path in copies.iterdir()} == {second.name, third.name}


def test_the_cells_user_has_a_name(etc: Path, tmp_path: Path) -> None:
    """One that the host's passwd has keeps its own."""
    copy = copy_etc(tmp_path / "copies", etc, tmp_path / "dpkg")

    assert passwd_with(copy, 0, "/home") == copy / "passwd"
    assert passwd_with(copy, 4711, "/its/home").read_text().splitlines()[-1].startswith("nightshift:x:4711:4711:")


@pytest.mark.needs("bwrap")
def test_a_cell_sees_no_credential_of_the_hosts_etc(tmp_path: Path) -> None:
    """On this very machine: nothing by these names, and nothing that its user could not read outside."""
    names = "shadow gshadow sudoers sudoers.d ssh ssl/private NetworkManager wpa_supplicant fstab apt mysql postgresql"
    odd = "-name '*.key' -o -name '*_key' -o -name '.netrc' -o -name '*shadow*' -o -name '*secret*' -o -name '*.keytab'"
    script = f"cd /etc && ls -d {names} 2>/dev/null; find . {odd}; find . -type f ! -readable; touch x 2>/dev/null"

    done = inside(a_cell(tmp_path), ["/bin/bash", "-c", script])

    assert (done.text, (Path("/etc") / "x").exists()) == ("", False)


@pytest.mark.needs("bwrap")
@pytest.mark.parametrize(
    ("program", "script", "says"),
    [
        (
            "java",
            "echo 'class T { public static void main(String[] a) { System.out.print(1 + 1); } }' >T.java; java T.java",
            "2",
        ),
        ("mvn", "mvn -v | grep -c 'Apache Maven'", "1"),
        ("php", "php -r 'echo 1 + 1;'", "2"),
        ("Rscript", "Rscript -e 'cat(1 + 1)'", "2"),
        ("fc-match", "fc-match >/dev/null 2>errors; cat errors", ""),
        ("openssl", "openssl version >/dev/null && openssl req -help 2>&1 | grep -c -- -newkey", "1"),
        ("perl", "perl -MSocket -e 'print 1 + 1'", "2"),
        ("bash", "whoami; id -un", "nightshift\nnightshift" if os.geteuid() == 0 else None),
    ],
)
def test_tools_of_packages_run_in_a_cell(tmp_path: Path, program: str, script: str, says: str | None) -> None:
    """Each reads its configuration from /etc. Those that are not installed here are skipped."""
    if shutil.which(program, path="/usr/bin:/bin") is None:
        pytest.skip(f"{program} is not installed")
    cell = a_cell(tmp_path)

    done = inside(cell, ["/bin/bash", "-c", script], {"PATH": "/usr/bin:/bin", "HOME": str(cell.writable[1])})

    assert says is None or done.text == says, done.stderr
