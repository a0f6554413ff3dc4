"""Which client a session gets: the static one if it is whole, of this source and runs here; else the Python one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hooks import build_client
from hooks.build_client import FLAGS, build, place
from hooks.settings import STATIC_CLIENT, install
from hooks.static_client import MARK, SOURCE, find_client, find_fault, source_mark

needs_cc = pytest.mark.needs("cc")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    binary = tmp_path_factory.mktemp("built") / "gate_client"
    assert build(["cc"], binary, (*FLAGS, "-Werror")) == ""
    return binary


def imitation(folder: Path, script: str, mark: bytes = MARK + source_mark().encode()) -> Path:
    """A program with the mark of this source that does something else."""
    program = folder / "gate_client"
    program.write_bytes(f"#!/bin/sh\n{script}\nexit\n".encode() + mark)
    program.chmod(0o755)
    return program


@needs_cc
def test_a_client_of_this_source_is_used(built: Path) -> None:
    found = find_client(built)

    assert (found.binary, found.fault) == (built, False)
    assert found.says.startswith("static, ")


def test_without_one_the_python_client_is_no_fault(tmp_path: Path) -> None:
    found = find_client(tmp_path / "gate_client")

    assert (found.binary, found.fault) == (None, False)
    assert found.says == "gate.py, as no static client was built"


@needs_cc
def test_a_client_of_another_source_is_not_used(built: Path, tmp_path: Path) -> None:
    """Each change of the source, however small, needs a new binary."""
    other = tmp_path / "gate_client.c"
    other.write_bytes(SOURCE.read_bytes() + b"\n")

    found = find_client(built, other)

    assert (found.binary, found.fault) == (None, True)
    assert "another source" in found.says


@needs_cc
def test_a_client_of_another_machine_is_not_used(built: Path, tmp_path: Path) -> None:
    """The machine's number is in the header of an ELF file."""
    foreign = tmp_path / "gate_client"
    content = bytearray(built.read_bytes())
    content[18:20] = b"\xf3\x00" if content[18:20] != b"\xf3\x00" else b"\x3e\x00"
    foreign.write_bytes(content)
    foreign.chmod(0o755)

    assert find_client(foreign).fault


@pytest.mark.parametrize(
    "script",
    [
        "exit 0",
        "exit 1",
        "kill -9 $$",
        "echo 'usage: gate_client' >&2; exit 0",
        "echo 'usage: gate_client' >&2; exit 1",
        "echo 'usage: gate_client'; exit 2",
        "echo 'usage: gate_client' >&2; echo '{}'; exit 2",
        "exit 2",
    ],
)
def test_a_program_that_does_not_refuse_without_a_gate_is_no_client(tmp_path: Path, script: str) -> None:
    found = find_client(imitation(tmp_path, script))

    assert (found.binary, found.fault) == (None, True)
    assert "does not refuse" in found.says


def test_a_program_that_may_not_be_run_is_no_client(tmp_path: Path) -> None:
    program = imitation(tmp_path, "exit 2")
    program.chmod(0o444)

    assert "does not run here" in find_client(program).says


def test_a_folder_in_its_place_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "gate_client").mkdir()

    assert find_client(tmp_path / "gate_client").fault


def test_only_a_whole_mark_counts(tmp_path: Path) -> None:
    mark = (MARK + source_mark().encode())[:-1]
    program = imitation(tmp_path, "echo 'usage: gate_client' >&2; exit 2", mark)

    assert "another source" in find_client(program).says


@needs_cc
def test_the_session_gets_a_copy_that_no_one_may_write(built: Path, tmp_path: Path) -> None:
    control = tmp_path / "control"

    assert install(control, find_client(built))
    copy = control / STATIC_CLIENT
    assert copy.read_bytes() == built.read_bytes()
    assert copy.stat().st_mode & 0o777 == 0o555
    assert copy.stat().st_nlink == 1
    assert find_fault(copy) == ""


def test_a_compiler_that_fails_builds_nothing(tmp_path: Path) -> None:
    """Each way to fail is a reason, and never an exception: without a compiler Nightshift works all the same."""
    target = tmp_path / "gate_client"

    assert "No such file" in build([str(tmp_path / "none")], target)
    assert build(["/bin/false"], target) == "exit code 1"
    assert "does not run here" in build(["/bin/true"], target)
    assert "wrong" in build(["/bin/sh", "-c", "echo wrong >&2; exit 3", "cc"], target)


@needs_cc
def test_a_source_that_is_no_client_is_not_accepted(tmp_path: Path) -> None:
    source = tmp_path / "other.c"
    source.write_text("int main(void) { return 0; }\n")

    assert "does not refuse" in build(["cc"], tmp_path / "gate_client", source=source)


@needs_cc
def test_a_static_client_needs_no_library(built: Path) -> None:
    """So nothing of the environment can load a library into it: a loader would complain of this one."""
    preload = {"LD_PRELOAD": "/nonexistent.so", "LD_AUDIT": "/nonexistent.so"}
    ended = subprocess.run([built], input=b"", capture_output=True, timeout=20, check=False, env=preload)

    assert ended.returncode == 2
    assert ended.stderr.startswith(b"The gate refuses: usage")


def test_a_new_binary_replaces_the_old_one_at_once(tmp_path: Path) -> None:
    """A session that starts meanwhile copies the one or the other, and the hooks' folder never holds a third file."""
    hooks, new = tmp_path / "hooks", tmp_path / "new"
    hooks.mkdir()
    target = hooks / "gate_client"
    target.write_bytes(b"old")
    target.chmod(0o555)
    new.write_bytes(b"new")
    reading = target.open("rb")

    place(new, target)

    with reading:
        assert reading.read() == b"old"
    assert target.read_bytes() == b"new"
    assert target.stat().st_mode & 0o777 == 0o555
    assert os.listdir(hooks) == ["gate_client"]  # noqa: PTH208 -- the names are what counts
    assert {path.name for path in tmp_path.iterdir()} == {"hooks", "new"}


def test_the_compilers_are_the_systems_and_ziglang(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """In this order; a machine may have neither."""
    (tmp_path / "ziglang.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    cc = tmp_path / "cc"
    cc.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    (first, by_cc), (second, by_zig) = build_client.compilers()

    assert (first, by_cc, second) == ("cc", [str(cc)], "ziglang")
    assert by_zig[:4] == [sys.executable, "-m", "ziglang", "cc"]
    assert by_zig[-1].endswith("-linux-musl")


def test_a_machine_may_have_no_compiler(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert list(build_client.compilers()) == []
