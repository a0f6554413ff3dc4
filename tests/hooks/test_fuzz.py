"""The fuzzer over its kept corpus and some hundred inputs more, and what judging may cost.

`python -m tests.hooks.test_fuzz SECONDS` (`make fuzz`) goes on for that long, each time from a new seed.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from hooks.policy import Context, judge
from tests.hooks.rewriting import PERSON, refused

ROOT = Path(__file__).parents[2]
CORPUS = Path(__file__).with_name("fuzz_corpus.txt")
CRASHES = ROOT / "fuzz-crashes"
NEW_INPUTS = 400


def fuzz(corpus: Path, crashes: Path, *options: str, timeout: float) -> subprocess.CompletedProcess[str]:
    """Run the fuzzer over the kept corpus, unfolded into `corpus`. An input that fails is left in `crashes`."""
    for folder in (corpus, crashes):
        folder.mkdir(parents=True, exist_ok=True)
    for number, line in enumerate(CORPUS.read_text().splitlines()):
        (corpus / str(number)).write_bytes(bytes.fromhex(line))
    fixed = ("-max_len=400", "-timeout=60", f"-artifact_prefix={crashes}/")
    return subprocess.run(
        [sys.executable, "-m", "tests.hooks.fuzz_gate", str(corpus), *fixed, *options],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
        stderr=subprocess.PIPE,
        text=True,
        timeout=timeout,
        check=False,
    )


def test_the_fuzzer_finds_nothing(tmp_path: Path) -> None:
    """No forbidden command is granted in another spelling, and no input ends in an internal error."""
    pytest.importorskip("atheris", reason="there is no atheris for this platform")
    runs = len(CORPUS.read_text().splitlines()) + NEW_INPUTS
    done = fuzz(tmp_path / "corpus", tmp_path / "crashes", f"-runs={runs}", "-seed=1", timeout=240)

    assert done.returncode == 0, done.stderr[-3000:]
    ran = re.search(r"Done (\d+) runs", done.stderr)  # some more where it read its own findings again meanwhile
    assert ran is not None
    assert int(ran[1]) >= runs


def main(seconds: int) -> int:
    with tempfile.TemporaryDirectory(prefix="nightshift-fuzz-") as corpus:
        done = fuzz(Path(corpus), CRASHES, f"-max_total_time={seconds}", timeout=seconds + 600)
    sys.stderr.write(done.stderr[-3000:])
    return done.returncode


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
    "brackets in what looks like a text": 'echo "\'$(:)" ' + "(" * 3000 + "ls" + ")" * 3000 + " '",
    "backticks": "echo " + "`" * 200 + "ls" + "`" * 200,
    "patterns over long values": f"x={'ab' * 120}; for i in {{1..12}}; do for j in {{1..12}}; do "
    "for k in {1..12}; do for l in {1..12}; do echo ${x%%*b} ${x//a/b} ${x#*a}; done; done; done; done",
    "functions that jump": "f() { " + "c && return; " * 12 + "}; " + "f; " * 300,
    "values that arithmetic evaluates": "a=b; b=a; x='a[$(ls)]'; " + "; ".join(f"y{i}=$((x+{i}))" for i in range(60)),
    "arrays that are copied": "a=(1 2 3 4 5 6 7 8); "
    + 'a=("${a[@]}" "${a[@]}"); ' * 11
    + 'b=("${a[@]}"); ' * 30
    + "ls",
    "arrays that grow": "a=(1 2 3 4 5 6 7 8); " + 'a=("${a[@]}" "${a[@]}"); ' * 30 + 'echo "${a[@]}"',
}


@pytest.mark.parametrize("command", COSTLY.values(), ids=COSTLY.keys())
def test_what_would_take_long_is_refused(command: str) -> None:
    """However short it is; and the refusal says what to do."""
    ruling = judge("Bash", {"command": command}, PERSON)

    assert (ruling.granted, ruling.rule) == (False, "unresolved.shell")
    assert any(word in ruling.subject for word in ("split", "too long", "too deeply", "than can be followed"))


BRANCHES = """f() {
  local l=$(echo "$1" | tr A-Z a-z) r=p
  if [[ "$l" =~ x ]]; then r=a
  elif [[ "$l" =~ k0 ]]; then r=b
  elif [[ "$l" =~ k1 ]]; then r=c
  elif [[ "$l" =~ k2 ]]; then r=d
  fi
  echo "$r"
}
cases=("c0|p" "c1|p" "k0|b" "k1|c" "k2|d" "x|a" "c6|p" "c7|p" "c8|p" "c9|p" "ca|p" "cb|p")
for t in "${cases[@]}"; do
  IFS="|" read -r a e <<< "$t"
  got=$(f "$a")
  if [ "$got" = "$e" ]; then echo ok; else echo "bad $a"; exit 1; fi
done"""
WORKFLOW = "set -euo pipefail\n" + "\n".join(
    f"""if [ -f "file{i}.txt" ]; then
  echo "found {i}"
  cp file{i}.txt out/{i}.txt
else
  echo "missing {i}" >&2
fi
VERSION{i}=$(git describe --tags | sed s/v//)
echo "v=$VERSION{i}" >> "$GITHUB_OUTPUT\""""
    for i in range(12)
)
CHEAP = {
    "a long text": "cat > notes.md <<'EOF'\n" + 'It\'s a line of "prose" & more; $HOME | (x)\n' * 1200 + "EOF",
    "a long message": "git commit -m '" + "Say why; say what | how. " * 1000 + "'",
    "a long script": "\n".join(f"mkdir -p out/{i} && cp src/{i}.txt out/{i}/" for i in range(60)),
    "a long pipe": " | ".join(["cat x"] * 30),
    "many files": "git add " + " ".join(f"src/module_{i}.py" for i in range(1000)),
    "a long program": "python3 -c '" + "\n".join(f"def f{i}(x):\n    return x + {i}" for i in range(300)) + "'",
    "lines that print": "\n".join(f"echo line {i}" for i in range(300)),
    "a program full of backticks": "python3 - <<'EOF'\n" + "print('`a` and `b`: `c`', {1: (2, 3)})\n" * 200 + "EOF",
    "a note full of backticks": "cat > notes.md <<'EOF'\n" + "Use `a` or `b`, not `c(` :-(\n" * 200 + "EOF\nls",
    "a message full of backticks": "git commit -m '" + "`a` is `b` (\n" * 100 + "'",
    "backticks in an escaped document": "cat > notes.md <<\\EOF\n" + "`a` `b` `c`\n" * 100 + "EOF",
    "backticks in double quotes": 'git commit -m "' + "\\`a\\` is \\`b\\` (\n" * 100 + '"',
    "questions of a text": "cat > notes.md <<'EOF'\n" + "What if we do it! Do it if you do!\n" * 150 + "EOF",
    "branches in a function in a loop": BRANCHES,
    "the same with twenty branches": BRANCHES.replace(
        "  fi\n", "".join(f"  elif [[ $l =~ z{i} ]]; then r=z{i}\n" for i in range(15)) + "  fi\n"
    ),
    "a script of a workflow": WORKFLOW,
    "defaults of many variables": "\n".join(
        f'X{i}=$(cat f{i}); if [ -z "$X{i}" ]; then X{i}=default; fi; echo "$X{i}"' for i in range(20)
    ),
    "values of one variable": "if a; then x=1; elif b; then x=2; else x=3; fi; " + 'echo "$x"; ' * 60,
    "a loop in a loop": "for i in {1..12}; do for j in {1..12}; do echo $i $j; done; done",
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


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
