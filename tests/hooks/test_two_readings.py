"""What bash makes of a word and what the gate makes of it: the same, or the gate says that it does not know.

If they differed, the gate would judge one file and bash run another. Each example is a script that prints its words
with `printf '%s\\0'`. NIGHTSHIFT_EXAMPLES sets how many are tried.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hooks.policy import Context
from hooks.policy.examination import Examination
from hooks.policy.ruling import Refused
from hooks.policy.shell.memory import Memory
from hooks.policy.shell.syntax import NotUnderstood
from hooks.policy.shell.values import UNKNOWN, Command, Feed

EXAMPLES = int(os.environ.get("NIGHTSHIFT_EXAMPLES", "200"))
HOME = "/home/agent"
PROGRAM = "printf '%s\\0'"

# Characters: of all planes, what the shell reads as syntax, and what the gate uses to mark quoted text.

PLANES = st.characters(min_codepoint=1, exclude_categories=["Cs"])
MARKS = st.characters(min_codepoint=0xE000, max_codepoint=0xE0FF)
SYNTAX = st.sampled_from("ab1./:=,-_~*?[]{}!@+^%#&\\ \t$'\"`é\N{SNOWMAN}\N{GRINNING FACE}")
TEXT = st.text(st.one_of(SYNTAX, SYNTAX, SYNTAX, MARKS, PLANES), max_size=6)
PLAIN = st.text(st.sampled_from("ab1./:=,-_~*?^%#é\N{SNOWMAN}"), max_size=5)
NAMES = st.sampled_from(["v", "w", "e", "n", "u", "s", "x"])
SETTING = """
v=abcabc w=$' a b\\tc ' e= n=3 s=v x='p:q::r:' a=(one 'two three' '' four) i=i
set -- P 'Q R' ''
"""
"""`u` stays unset; `s` holds the name of another."""


def single_quoted(text: str) -> str:
    return "'" + text.replace("'", "") + "'"


def double_quoted(text: str) -> str:
    return '"' + re.sub(r'([\\$`"])', r"\\\1", text) + '"'


def escaped(text: str) -> str:
    return "".join(f"\\{character}" for character in text if character != "\n")


def ansi_bytes(text: str) -> str:
    return "$'" + "".join(f"\\x{byte:02x}" for byte in text.encode()) + "'"


def ansi_octal(text: str) -> str:
    return "$'" + "".join(f"\\{byte:o}" if byte > 0o77 else f"\\{byte:03o}" for byte in text.encode()) + "'"


def ansi_code_points(text: str) -> str:
    return "$'" + "".join(f"\\U{ord(character):08x}" for character in text) + "'"


QUOTES = st.sampled_from([single_quoted, double_quoted, escaped, ansi_bytes, ansi_octal, ansi_code_points])
ANSI = st.text(st.sampled_from("abcefnrtuUxX0123479\\\\\\\\'?\"{}é\x01"), max_size=10).map(
    lambda text: "$'" + re.sub(r"(?<!\\)((?:\\\\)*)'", r"\1", text).rstrip("\\") + "'"
)


@st.composite
def quoted(draw: st.DrawFn) -> str:
    return draw(QUOTES)(draw(TEXT))


LITERALS = st.text(st.sampled_from("ab1./:=,-_~*?^%#{}{},..+é\N{SNOWMAN}"), min_size=1, max_size=6)
SEQUENCES = st.from_regex(r"\{(-?[0-9]{1,2}|[a-eA-C])\.\.(-?[0-9]{1,2}|[a-eA-C])(\.\.-?[0-3])?\}", fullmatch=True)
BRACES = st.lists(LITERALS | quoted() | st.just("$v"), min_size=1, max_size=3).map(
    lambda each: "{" + ",".join(each) + "}"
)
TILDES = st.sampled_from(
    ["~", "~/", "~/a", "~+", "~-", "~root", "~+x", "~nobody_here", "x=~/a:~/b", "--y=~", "~1", "~:~"]
)
OPERATORS = st.sampled_from(
    [":-", "-", ":+", "+", ":=", "=", "#", "##", "%", "%%", "/", "//", "/#", "/%", "^", "^^", ",", ",,"]
)
WHOLE = st.sampled_from(
    [*("$@", "$*", '"$@"', '"$*"', "${a[@]}", '"${a[@]}"', '"${a[*]}"', "${#a[@]}", "${!a[@]}", "${a[1]}", "${a[-1]}"),
     *("$1", "$2", "$#", "${#v}", "${#w}", "${!s}", "${a[01]}", "${a[n]}", '"${a[@]:1}"', "${a}", "${v@Q}", "${v@U}"),
     *("$$", "$?", "$RANDOM", "$LINENO", "$-", "$_", "${OSTYPE:-x}", "${UID:+y}", "${!v*}", "$((n+1))", "${i@a}"),
     *('"${@:2}"', '"${*:1:1}"', "${v:n}", "${v:n-1:2}", "${v: -2}", "${v:010}", '$"v $v"', "$((v=5))$v", "${x:$n}")]
)  # fmt: skip


@st.composite
def parameters(draw: st.DrawFn) -> str:
    name, operator = draw(NAMES), draw(OPERATORS)
    operand = draw(st.lists(LITERALS | quoted() | st.sampled_from(["$v", '"$w"', "$e", " ", "a b"]), max_size=3))
    inner = "".join(operand).replace("}", "").replace("{", "")
    if operator.startswith("/"):
        inner = inner + "/" + draw(PLAIN)
    whole = draw(
        st.sampled_from([f"${{{name}{operator}{inner}}}", f"${{{name}:{draw(st.integers(0, 4))}:2}}", f"${name}"])
    )
    return draw(st.sampled_from([whole, f'"{whole}"', f'"a{whole}b"', f"a{whole}b"]))


@st.composite
def substitutions(draw: st.DrawFn) -> str:
    text = draw(quoted() | st.just("$w") | st.just('"$w"'))
    escapes = draw(st.text(st.sampled_from("ab01\\\\\\nctxu%sdé"), max_size=8))
    whole = draw(
        st.sampled_from(
            [f"$(echo {text})", f"$(printf '%s' {text})", f"$(echo -e '{escapes}')", f"$(printf '{escapes}' a)",
             f"$(printf '%b' '{escapes}')", f"`echo {single_quoted(draw(PLAIN))}`", f"$(cat <<< {text})",
             f"$(echo -n {text}; echo b)", f"$(printf '%s-%d%%' {text} 1)", f"$(cat <<E\n$v{draw(PLAIN)}\nE\n)"]
        )
    )  # fmt: skip
    return draw(st.sampled_from([whole, f'"{whole}"', f"a{whole}b"]))


WORDS = st.lists(
    st.one_of(LITERALS, quoted(), ANSI, SEQUENCES, BRACES, TILDES, WHOLE, parameters(), substitutions()),
    min_size=1,
    max_size=4,
).map("".join)
CHANGES = st.sampled_from(
    [
        "IFS=:",
        "IFS=",
        "IFS=b",
        "IFS=' :'",
        "unset IFS",
        "((n++))",
        "v=$w",
        "w=$x",
        "a=z",
        "a+=(z)",
        "unset a",
        "a[1]=k",
        "read -r v <<< ' k  '",
        "read v <<< 'a\\b'",
        "read v w <<< 'k l'",
        "printf -v v '%s-' k l",
        "set k 'l m'",
        "shift",
        "shift 9",
        "f() { local v=L; n=4; }; f",
        "f() { v=$1; }; f k",
        "f() { w=$v; }; v=T f",
        "declare -i n=2+3",
        "n=2+2",
        "declare -u v=Kl; v=mn",
        "readonly v; read v <<< k",
        "declare -n r=v; r=k",
        "v+=k",
        "n+=1",
        "let n=7",
        "s=a",
        "e=k e+=l",
        "for v in k l; do :; done",
        "[[ ab =~ (b) ]]",
        "x='n=9'; : $((x))",
        "unset v",
        "(v=k)",
        "v=k | cat",
        "eval 'v=k$v'",
        "export v=k",
        "HOME=/h",
        "set -- ${v:=k} $x",
        ": ${u:=k l}",
        "v='n=8'; ((v))",
        "w=~/a:~/b",
        "e=$@",
        "e=$*",
        'e="$*"',
        "mapfile -t a <<< k",
        "RANDOM=1",
        "getopts b v -b",
        "shopt -s xpg_echo",
        "cd /tmp",
        "case $v in a*) v=k;; esac",
    ]
)


def run_bash(script: str, folder: Path) -> bytes | None:
    """What bash prints; None if it fails, and so would not have run the words."""
    done = subprocess.run(
        [
            "bash",
            "-f",
            "-c",
            script,
        ],  # a pattern stays as it is written, also `/*`
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "HOME": HOME, "LANG": "C.UTF-8", "TMPDIR": "/tmp"},
        capture_output=True,
        timeout=30,
        check=False,
    )
    return done.stdout if done.returncode == 0 and not done.stderr else None


def expand_by_gate(script: str, folder: Path) -> list[tuple[str, ...]] | None:
    """The words that are printed with zeros, for each value that a variable may have; None if it is refused."""
    found: list[tuple[str, ...]] = []
    examination = Examination(Memory(Context(workspace=folder, home=Path(HOME))))
    execute = examination.execute

    def note(command: Command, scope: object) -> Feed:
        if command.argv[:2] == ("printf", "%s\\0"):
            found.append(command.argv[2:])
        return execute(command, scope)  # type: ignore[arg-type]

    examination.walker.execute = note
    try:
        examination.run(script)
    except (NotUnderstood, Refused):
        return None
    return found


def agree(found: list[tuple[str, ...]], printed: bytes) -> bool:
    """Whether bash printed one of these."""
    return any(agrees(words, printed) for words in found)


def agrees(words: tuple[str, ...], printed: bytes) -> bool:
    """Whether this is what bash printed, where UNKNOWN is anything: also several words, or none."""
    pattern = b""
    for word in words or ("",):
        text = re.escape(word.encode("utf-8", "surrogatepass")).replace(re.escape(UNKNOWN.encode()), b".*")
        pattern += text.replace(rb"\$\$", rb"\d+")
        pattern += rb"\x00" if word.replace(UNKNOWN, "") or not word else rb"\x00?"
    return re.fullmatch(pattern, printed, re.DOTALL) is not None


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty folder: a pattern of file names stays as it is written."""
    return tmp_path_factory.mktemp("empty")


def check(script: str, folder: Path) -> None:
    printed = run_bash(script, folder)
    found = None if printed is None else expand_by_gate(script, folder)
    if found is not None and printed is not None:
        assert agree(found, printed), f"{script}\nbash: {printed!r}\ngate: {found!r}"


PROFILE = settings(
    max_examples=EXAMPLES,
    derandomize="NIGHTSHIFT_EXAMPLES" not in os.environ,
    database=None,
    suppress_health_check=list(HealthCheck),
    deadline=None,
)


@PROFILE
@given(st.lists(WORDS, min_size=1, max_size=3))
def test_words_mean_the_same(folder: Path, words: list[str]) -> None:
    """Every quoting and every expansion, over characters of all planes."""
    check(f"{SETTING}{PROGRAM} {' '.join(words)}", folder)


@PROFILE
@given(st.lists(CHANGES, min_size=1, max_size=3), st.lists(parameters() | WHOLE | WORDS, min_size=1, max_size=2))
def test_words_mean_the_same_after_what_changes_variables(folder: Path, changes: list[str], words: list[str]) -> None:
    """Assignments, builtins, functions, arithmetic and IFS."""
    script = "\n".join(changes)
    check(f"{SETTING}{script}\n{PROGRAM} $v $w $x $a $n $s $e ${{u-x}} {' '.join(words)}", folder)
