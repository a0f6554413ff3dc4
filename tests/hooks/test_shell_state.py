"""The gate follows what a shell knows: variables, branches, functions, folders, files, pipes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hooks.policy import Context, judge

FOUR_QUESTIONS = (
    "if a; then X=echo; else X=rm; fi; "
    "if a; then A=; else A=' '; fi; if a; then B=; else B=' '; fi; if a; then C=; else C=' '; fi; "
)
"""Sixteen combinations of values: more than are walked one by one."""

FATAL = [
    "X=rm; $X -rf ~",
    "X=echo; false && X=rm; $X -rf ~",
    "X=rm; false && X=echo; $X -rf ~",
    "if test -f a; then X=rm; else X=echo; fi; $X -rf ~",
    "X=echo; while read l; do $X -rf ~; X=rm; done < list",
    "for X in echo rm; do $X -rf ~; done",
    "case $1 in a) X=echo;; b) X=rm;; esac; $X -rf ~",
    'A=(rm -rf); "${A[@]}" ~',
    "X='rm -rf ~'; eval \"$X\"",
    "X=rm; Y=X; ${!Y} -rf ~",
    "X=xrm; ${X#x} -rf ~",
    "X=RM; ${X,,} -rf ~",
    "X=armb; ${X:1:2} -rf ~",
    "X=r_m; ${X/_/} -rf ~",
    "printf -v X rm; $X -rf ~",
    "read X <<< rm; $X -rf ~",
    'set -- rm -rf; "$@" ~',
    "f() { $1 -rf ~; }; f rm",
    'f() { g "$@"; }; g() { "$@"; }; f rm -rf ~',
    "echo() { rm -rf ~; }; echo hello",
    "alias x='rm -rf'; x ~",
    "cd ~ && rm -rf build/..",
    "cd / ; rm -rf etc",
    "cd build && cd .. && rm -rf src",
    "cd missing; rm -rf ../src",
    "cd no/where; rm -rf ../../dist",
    FOUR_QUESTIONS + "$X $A$B$C -rf ~",
    "D=~; rm -rf $D",
    "D=$(echo ~); rm -rf $D",
    "D=$(dirname ~/x); rm -rf $D",
    "rm -rf $(pwd)",
    "rm -rf $UNHEARD_OF",
    "rm -rf build/$UNHEARD_OF/../..",
    "echo ~ | xargs rm -rf",
    "echo 'rm -rf ~' | tee x.sh; bash x.sh",
    "cat > x.sh <<< 'rm -rf ~'; mv x.sh y.sh; sh y.sh",
    "echo 'rm -rf ~' > x; chmod +x x; ./x",
    "echo 'rm -r' > x; echo 'f ~' >> x; sh x; bash < x; . ./x; rm -rf ~",
    "{ echo 'rm -rf ~'; } | sh",
    "(echo rm; echo '-rf ~') | xargs env",
    "bash <(echo 'rm -rf ~')",
    "x=$(cat <<'EOF'\nrm -rf ~\nEOF\n); eval \"$x\"",
    "coproc rm -rf ~",
    "time -p rm -rf ~",
    "! rm -rf ~",
    "rm -rf ~ &",
    "echo ${X:-$(rm -rf ~)}",
    "echo $(( $(rm -rf ~) + 1 ))",
    "[[ -n $(rm -rf ~) ]]",
    "declare X=$(rm -rf ~)",
    "arr[$(rm -rf ~)]=1",
    "cat <<EOF\n$(rm -rf ~)\nEOF",
    'cat <<< "$(rm -rf ~)"',
    'ls > "$(rm -rf ~)"',
]

HARMLESS = [
    "X=ls; $X -la",
    "if test -f a; then X=ls; else X=pwd; fi; $X",
    'A=(ls -la); "${A[@]}"',
    'f() { ls "$1"; }; f src',
    "cd build && rm -rf dist",
    "cd frontend && npm ci && cd .. && rm -rf frontend/node_modules",
    'D=build; rm -rf "$D"',
    'D=$(mktemp -d); cp -r src "$D"; rm -rf "$D"',
    'for d in build dist; do rm -rf "$d"; done',
    'for d in a b c; do rm -rf "$d/node_modules"; done',
    'rm -rf "$(git rev-parse --show-toplevel)/build"',
    "echo 'ls -la' | bash",
    "echo 'ls' > x.sh; bash x.sh",
    "cat <<'EOF'\n$(rm -rf ~)\nEOF",
    "echo 'rm -rf ~'",
    'echo "rm -rf ~" # rm -rf ~',
    "grep 'rm -rf ~' <<< 'text'",
    "x='rm -rf ~'; echo \"$x\"",
    "f() { rm -rf ~; }",
]


@pytest.mark.parametrize("command", FATAL)
def test_what_would_run_is_found(command: str, shared_context: Context) -> None:
    """Whichever way the shell gets there."""
    assert not judge("Bash", {"command": command}, shared_context).granted


@pytest.mark.parametrize("command", HARMLESS)
def test_what_would_not_run_is_granted(command: str, shared_context: Context) -> None:
    """Data, functions that are not called, and variables that are known."""
    ruling = judge("Bash", {"command": command}, shared_context)

    assert ruling.granted, ruling.sentence()


def test_what_cannot_be_read_as_shell_is_refused(a_context: Context) -> None:
    """An open quote, a stray bracket: nothing is guessed."""
    for command in ("echo 'open", "ls )", "if true; then", "cat <<$(x)\n", 'echo "`', "for", "a &&", "case"):
        assert judge("Bash", {"command": command}, a_context).rule == "unresolved.shell", command


def test_an_unclosed_document_ends_with_the_command(a_context: Context) -> None:
    """As in bash, which warns and goes on."""
    assert judge("Bash", {"command": "cat << EOF\nhello"}, a_context).granted
    assert not judge("Bash", {"command": "bash << EOF\nrm -rf ~"}, a_context).granted


def test_a_script_of_the_repository_is_read(a_context: Context) -> None:
    """For certain findings; what is merely unknown in it is not refused."""
    (a_context.workspace / "build.sh").write_text('set -e\n$CC -c main.c\nrm -rf "$OUT"\nrm -rf obj\n')
    (a_context.workspace / "out.sh").write_text("npm ci\nkubectl apply -f k8s/\n")

    assert judge("Bash", {"command": "bash build.sh && ./build.sh"}, a_context).granted
    assert judge("Bash", {"command": "bash out.sh"}, a_context).rule == "deploy.infrastructure"
    assert judge("Bash", {"command": "./out.sh"}, a_context).rule == "deploy.infrastructure"


def test_a_script_that_the_session_wrote_is_judged_like_a_command(a_context: Context) -> None:
    """What is unknown in it is refused, as in a command."""
    script = a_context.workspace / "build.sh"
    script.write_text('rm -rf "$OUT"\n')
    context = replace(a_context, written={str(script): None})

    assert judge("Bash", {"command": "bash build.sh"}, a_context).granted
    assert judge("Bash", {"command": "bash build.sh"}, context).rule == "delete.recursive"


def test_a_script_too_large_to_read_is_not_run(a_context: Context) -> None:
    """Padding does not hide what follows it; a bundle in another language belongs to the repository."""
    (a_context.workspace / "padded.sh").write_text("#" * 300_000 + "\nrm -rf ~\n")
    (a_context.workspace / "bundle.js").write_text("//" + "x" * 300_000)

    assert judge("Bash", {"command": "bash padded.sh"}, a_context).rule == "unresolved.code"
    assert judge("Bash", {"command": "./padded.sh"}, a_context).rule == "unresolved.code"
    assert judge("Bash", {"command": "node bundle.js"}, a_context).granted


def test_tasks_are_read(a_context: Context) -> None:
    """A package.json script or a make target is its text, not its name alone."""
    (a_context.workspace / "package.json").write_text(
        '{"scripts": {"test": "jest", "ci": "npm publish", "clean": "rm -rf lib", "predo": "git push", "do": "true"}}'
    )
    (a_context.workspace / "Makefile").write_text(
        "BUCKET = s3://x\nall: lint\n\tpytest\nlint:\n\t@ruff check .\n"
        "send: all\n\taws s3 sync out $(BUCKET)\nclean:\n\trm -rf gen\n"
    )

    for command in ("npm test", "npm run clean", "yarn test", "make", "make lint", "make clean"):
        assert judge("Bash", {"command": command}, a_context).granted, command
    assert judge("Bash", {"command": "npm run ci"}, a_context).rule == "deploy.publish"
    assert judge("Bash", {"command": "npm run do"}, a_context).rule == "git.push"
    assert judge("Bash", {"command": "make send"}, a_context).rule == "deploy.infrastructure"


def test_what_a_lockfile_provides_may_be_run(a_context: Context) -> None:
    """What it lacks would be fetched from a registry."""
    (a_context.workspace / "package-lock.json").write_text(
        '{"packages": {"node_modules/cowsay": {"version": "1.0.0"}}}'
    )

    assert judge("Bash", {"command": "npx -y cowsay hi"}, a_context).granted
    assert judge("Bash", {"command": "npx -y figlet hi"}, a_context).rule == "remote.package"


def test_a_tracked_file_is_not_emptied(a_context: Context) -> None:
    """`> file` destroys what is there; a file that is not there loses nothing."""
    (a_context.workspace / "README.md").write_text("words\n")

    for command in ("> README.md", ": > README.md", "cat /dev/null > README.md", "truncate -s 0 README.md"):
        assert judge("Bash", {"command": command}, a_context).rule == "delete.content", command
    assert judge("Bash", {"command": "> new.txt; : > other.txt"}, a_context).granted


def test_an_internal_error_refuses(a_context: Context) -> None:
    """Whatever goes wrong inside, the answer is no: here the context is not what it should be."""
    broken = replace(a_context, additions=None)  # type: ignore[arg-type]

    assert judge("Bash", {"command": "ls"}, broken).rule == "unresolved.error"
