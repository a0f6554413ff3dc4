"""A bounded run of the fuzzer over its kept corpus, and what judging may cost."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hooks.policy import Context, judge
from tests.hooks.rewriting import PERSON, refused

ROOT = Path(__file__).parents[2]
CORPUS = Path(__file__).with_name("fuzz_corpus.txt")
RUNS = int(os.environ.get("FUZZ_RUNS", "600"))
"""The kept corpus has less than half of these; FUZZ_RUNS=6000 fuzzes for some twenty seconds."""


def test_the_fuzzer_finds_nothing(tmp_path: Path) -> None:
    """No forbidden command is granted in another spelling, and no input ends in an internal error."""
    pytest.importorskip("atheris", reason="there is no atheris for this platform")
    corpus, crashes = tmp_path / "corpus", tmp_path / "crashes"
    corpus.mkdir()
    crashes.mkdir()
    for number, line in enumerate(CORPUS.read_text().splitlines()):
        (corpus / str(number)).write_bytes(bytes.fromhex(line))
    options = (f"-runs={RUNS}", "-seed=1", "-max_len=400", "-timeout=60", f"-artifact_prefix={crashes}/")
    done = subprocess.run(
        [sys.executable, "-m", "tests.hooks.fuzz_gate", str(corpus), *options],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )

    assert done.returncode == 0, done.stderr[-3000:]
    assert f"Done {RUNS} runs" in done.stderr


COSTLY = {
    "a value that doubles": "x=a; " + "x=$x$x; " * 40 + "echo $x",
    "folders that may not be there": "; ".join(f"cd d{i}" for i in range(2500)),
    "folders in branches": "; ".join(f"a || cd d{i}" for i in range(1500)),
    "links": "; ".join(f"ln -s a{i} b{i}" for i in range(1500)),
    "commands": "; ".join(["echo a"] * 2900),
    "words": "rm " + "a " * 20_000,
    "a chain": " && ".join(["ls"] * 2500),
    "a pipe": " | ".join(["cat"] * 300),
    "a sum": "echo $((" + "1+" * 20_000 + "1))",
    "wrappers": "env " * 2000 + "ls",
    "loops in loops": "while a; do " * 10 + "echo x" + "; done" * 10,
    "functions that call two": "".join(f"f{i}() {{ f{i + 1}; f{i + 1}; f{i + 1}; }}; " for i in range(6)) + "f0",
    "here-documents": "\n".join(f"cat <<E{i}\nx\nE{i}" for i in range(2000)),
    "code in code": "eval " * 30 + "ls",
    "prose": "foo " + " ".join(f"'ls {i}'" for i in range(3000)),
    "values in branches": "".join(f"if c; then a{i}=1; else a{i}=2; fi; " for i in range(3)) + "echo $a0$a1$a2; " * 300,
    "substitutions": "cat " + "<(ls) " * 2000,
}


@pytest.mark.parametrize("command", COSTLY.values(), ids=COSTLY.keys())
def test_what_would_take_long_is_refused(command: str) -> None:
    """However short it is; and the refusal says what to do."""
    ruling = judge("Bash", {"command": command}, PERSON)

    assert (ruling.granted, ruling.rule) == (False, "unresolved.shell")
    assert any(word in ruling.subject for word in ("split", "too long", "too deeply", "than can be followed"))


CHEAP = {
    "a long text": "cat > notes.md <<'EOF'\n" + 'It\'s a line of "prose" & more; $HOME | (x)\n' * 1200 + "EOF",
    "a long message": "git commit -m '" + "Say why; say what | how. " * 1000 + "'",
    "a long script": "\n".join(f"mkdir -p out/{i} && cp src/{i}.txt out/{i}/" for i in range(60)),
    "a long pipe": " | ".join(["cat x"] * 30),
    "many files": "git add " + " ".join(f"src/module_{i}.py" for i in range(1000)),
    "a long program": "python3 -c '" + "\n".join(f"def f{i}(x):\n    return x + {i}" for i in range(300)) + "'",
    "a long document": "curl -s http://localhost:8000/x -d '" + '{"a": [1, 2, 3]}, ' * 2000 + "'",
}


@pytest.mark.parametrize("command", CHEAP.values(), ids=CHEAP.keys())
def test_what_is_only_long_is_granted(command: str) -> None:
    ruling = judge("Bash", {"command": command}, PERSON)

    assert ruling.granted, ruling.sentence()


def test_a_long_script_of_the_repository_is_judged_up_to_a_limit(tmp_path: Path) -> None:
    """It may run unless the part that is judged has a finding; one that the session wrote has to be judged whole."""
    context = Context(workspace=tmp_path, home=Path("/home/agent"))
    lines = "\n".join(f"echo step {number}" for number in range(900))
    (tmp_path / "build.sh").write_text(f"#!/bin/bash\n{lines}\n")
    (tmp_path / "bad.sh").write_text(f"#!/bin/bash\nrm -rf ~\n{lines}\n")

    assert judge("Bash", {"command": "bash build.sh && ls"}, context).granted
    assert not judge("Bash", {"command": "bash bad.sh"}, context).granted
    assert not judge("Bash", {"command": f"cat > own.sh <<'E'\n{lines}\nE\nbash own.sh"}, context).granted


@pytest.mark.parametrize(
    "padding",
    ["x=1;" * 14_000, "x = " + "+".join(["'a'"] * 3000) + ";", "\n".join(f"a{i} = 1" for i in range(9000)) + "\n"],
    ids=["long", "deep", "wide"],
)
def test_padding_hides_nothing_in_a_program(padding: str) -> None:
    """What is too large to be brought into one spelling is not run."""
    assert refused(f"python3 - <<'END'\n{padding}from os import system as s; s('rm ' + '-rf ~')\nEND")


@pytest.mark.parametrize("command", ["()/$()/", "() { ls; }"])
def test_what_only_another_shell_understands_is_refused_by_name(command: str) -> None:
    """The parser takes a function without a name; it is not an internal error."""
    assert judge("Bash", {"command": command}, PERSON).rule == "unresolved.shell"


@pytest.mark.parametrize("options", ["-m", "-Im", "-v -m", "-W error -m", "-X dev -Bm", "-W error -Im"])
def test_a_module_is_found_however_it_is_asked_for(options: str) -> None:
    assert refused(f"python3 {options} pip install evil")
    assert not refused(f"python3 {options} pytest -x -m 'not slow'")
