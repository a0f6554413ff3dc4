"""A repository adds to the policy; it lifts nothing of the core list."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from hooks.policy import Context, judge
from hooks.policy.additions import InvalidAdditions, parse_additions, read_additions


def test_a_repository_refuses_more(a_context: Context) -> None:
    """By the first words of a command, wherever it stands."""
    additions = parse_additions(
        {"refuse": [{"command": "make e2e", "reason": "It needs the lab.", "instead": "Run make unit."}]}
    )
    context = replace(a_context, additions=additions)

    ruling = judge("Bash", {"command": "cd src && env A=1 make e2e"}, context)

    assert ruling.rule == "repository"
    assert "It needs the lab. Run make unit." in ruling.sentence()
    assert judge("Bash", {"command": "make unit"}, context).granted
    assert judge("Bash", {"command": "make e2e SUITE=all"}, context).rule == "repository", "more words change nothing"
    assert judge("Bash", {"command": "/usr/bin/make e2e"}, context).rule == "repository"
    assert judge("Bash", {"command": "make e2e-report"}, context).granted, "another target"


COVERED = [
    ("docker compose up", "podman compose up"),
    ("docker compose up", "podman-compose up -d"),
    ("docker compose up", "docker --context default compose up"),
    ("pytest -m lab", "pytest -m=lab"),
    ("pytest -m lab", "pytest --markexpr lab"),
    ("pytest -m lab", "pytest --markexpr=lab"),
    ("pytest -m lab", "pytest -qm lab"),
    ("pytest -m lab", "PYTEST_ADDOPTS='-m lab' pytest"),
    ("npm run e2e", "npm run-script e2e"),
    ("npm run e2e", "yarn e2e"),
    ("npm run e2e", "pnpm run e2e --headed"),
    ("npm run e2e", "bun run e2e"),
    ("npm run e2e", "node --run e2e"),
    ("npm test", "yarn test"),
    ("make e2e", "make e2e SUITE=all"),
    ("make e2e", "make -j4 e2e"),
    ("make e2e", "make -j 4 e2e"),
    ("make e2e", "make  'e2e'"),
    ("make e2e", "VAR=1 make e2e"),
    ("make e2e", "make VAR=1 e2e"),
    ("make e2e", "(cd . && make e2e)"),
    ("make e2e", "make -C . --no-print-directory e2e"),
    ("make e2e", "make unit e2e"),
    ("make e2e", "/usr/bin/make -s e2e"),
    ("make e2e", "timeout 60 make -k e2e"),
    ("make e2e", "bash -c 'make -j e2e'"),
    ("make e2e", "$(echo make) e2e"),
    ("make  e2e", "make e2e"),
    ("make e2e", "gmake e2e"),
    ("npm run e2e", "npm --silent run e2e -- --headed"),
    ("npm run e2e", "npm run --workspace web e2e"),
    ("docker compose up", "docker compose -f x.yml up -d"),
    ("pytest -m lab", "pytest -q -m lab tests"),
    ("pytest -m lab", "pytest tests -m lab"),
    ("python3 tools/flash.py", "python tools/flash.py --all"),
    ("./scripts/lab.sh", "scripts/lab.sh --all"),
    ("./scripts/lab.sh", "bash -x scripts/lab.sh"),
    ("./scripts/lab.sh", ". scripts/lab.sh"),
    ("scripts/lab.sh now", "sh ./scripts/lab.sh -v now"),
    ("tox", "tox -e py311"),
    ("python lab.py", "./lab.py --all"),
    ("python lab.py", "python ./lab.py"),
    ("python3 lab.py", "python3 -u ./lab.py"),
    ("docker compose up", "docker-compose up -d"),
    ("docker compose up", "docker-compose -f x.yml up"),
    ("pytest -m lab", "pytest -mlab"),
    ("pytest -m lab", "py.test -m lab tests"),
]
NOT_COVERED = [
    ("make e2e", "make e2e-unit"),
    ("make e2e", "make"),
    ("make e2e", "make unit"),
    ("make e2e", "echo make e2e"),
    ("make e2e", "cat e2e"),
    ("npm run e2e", "npm run build e2e"),
    ("npm run e2e", "npm run e2e:report"),
    ("npm run e2e", "npm test"),
    ("docker compose up", "docker compose logs up"),
    ("pytest -m lab", "pytest -m unit"),
    ("pytest -m lab", "pytest lab"),
    ("./scripts/lab.sh", "cat scripts/lab.sh"),
    ("./scripts/lab.sh", "bash scripts/other.sh scripts/lab.sh"),
    ("tox", "pytest tox"),
]


@pytest.mark.parametrize(("refused", "command"), COVERED)
def test_a_refusal_covers_every_spelling_of_its_command(refused: str, command: str, a_context: Context) -> None:
    """Options and settings between the words, another path of the program, more words behind."""
    context = replace(a_context, additions=parse_additions({"refuse": [{"command": refused}]}))

    assert judge("Bash", {"command": command}, context).rule == "repository"


@pytest.mark.parametrize("command", ['bash -c "$(cat lab.sh)"', 'eval "date; $(< lab.sh)"', "cat lab.sh | sh"])
def test_a_refusal_covers_the_text_of_its_script(command: str, a_context: Context) -> None:
    """However that text comes to a shell, as far as it is known."""
    (a_context.workspace / "lab.sh").write_text("echo lab\n")
    context = replace(a_context, additions=parse_additions({"refuse": [{"command": "./lab.sh"}]}))

    assert judge("Bash", {"command": command}, context).rule == "repository"
    assert judge("Bash", {"command": command.replace("lab.sh", "other.sh")}, context).rule != "repository"
    assert judge("Bash", {"command": "bash -c 'echo laboratory'"}, context).granted


@pytest.mark.parametrize(("refused", "command"), NOT_COVERED)
def test_a_refusal_covers_no_other_command(refused: str, command: str, a_context: Context) -> None:
    """A word that only begins alike, or that is another subcommand's argument."""
    context = replace(a_context, additions=parse_additions({"refuse": [{"command": refused}]}))

    assert judge("Bash", {"command": command}, context).rule != "repository"


BY_ITS_FILE = [
    "python $PWD/lab.py",
    "cd scripts && python ../lab.py",
    "python -m lab",
    "python < lab.py",
    "cat lab.py | python -",
    "python -c \"import runpy; runpy.run_path('lab.py')\"",
    "python -c \"exec(open('lab.py').read())\"",
    "uv run lab.py",
    "bash < scripts/lab.sh",
    "cat scripts/lab.sh | bash",
    "bash <(cat scripts/lab.sh)",
    "cd scripts && sh lab.sh",
    "make all",
    "make",
]
MAKEFILE = "all: e2e\n\ne2e:\n\techo 1\n\nunit:\n\techo 2\n"


def _with_a_lab(context: Context) -> Context:
    (context.workspace / "scripts").mkdir()
    for name, text in {"lab.py": "print(1)\n", "scripts/lab.sh": "echo 1\n", "Makefile": MAKEFILE}.items():
        (context.workspace / name).write_text(text)
    refused = [{"command": command} for command in ("python lab.py", "./scripts/lab.sh", "make e2e")]
    return replace(context, additions=parse_additions({"refuse": refused}))


@pytest.mark.parametrize("command", BY_ITS_FILE)
def test_a_refused_script_is_refused_however_it_is_run(command: str, a_context: Context) -> None:
    """By another name of its file, on standard input, from another program; and a target that another one needs."""
    assert judge("Bash", {"command": command}, _with_a_lab(a_context)).rule == "repository"


@pytest.mark.parametrize(
    "command", ["cat lab.py", "python -m py_compile lab.py", "bash -n scripts/lab.sh", "make unit", "git add lab.py"]
)
def test_a_refused_script_may_be_read(command: str, a_context: Context) -> None:
    """Only running it is refused."""
    assert judge("Bash", {"command": command}, _with_a_lab(a_context)).granted


def test_a_repository_allows_named_packages(a_context: Context) -> None:
    """Only the rules that say so can be lifted, and only for what is named."""
    context = replace(a_context, additions=parse_additions({"allow": ["cowsay", "git push", "rm"]}))

    assert judge("Bash", {"command": "npx -y cowsay hi"}, context).granted
    assert judge("Bash", {"command": "npx -y figlet hi"}, context).rule == "remote.package"
    assert judge("Bash", {"command": "git push"}, context).rule == "git.push"
    assert judge("Bash", {"command": "rm -rf ~"}, context).rule == "delete.recursive"


def test_the_words_behind_an_allowed_package_are_its_own(a_context: Context) -> None:
    """`pipx run` names one package; what follows are arguments of its program."""
    context = replace(a_context, additions=parse_additions({"allow": ["cowsay"]}))

    assert judge("Bash", {"command": "pipx run cowsay hello"}, context).granted
    assert judge("Bash", {"command": "pipx install cowsay hello"}, context).rule == "remote.package"


@pytest.mark.parametrize(
    "data",
    [
        [],
        "x",
        {"refuses": []},
        {"refuse": "make"},
        {"refuse": [{"command": ""}]},
        {"refuse": [{"cmd": "x"}]},
        {"allow": [1]},
        {"refuse": [{"command": "x", "reaosn": "y"}]},
        {"refuse": [7]},
    ],
)
def test_a_typing_error_cannot_disarm_a_refusal(data: object) -> None:
    """Unknown keys and wrong types are named, with what was expected."""
    with pytest.raises(InvalidAdditions, match="expected"):
        parse_additions(data)


def test_a_file_that_is_no_json_is_named(tmp_path: Path) -> None:
    """As is one that is not there."""
    (tmp_path / "policy.json").write_text("{")

    with pytest.raises(InvalidAdditions, match=r"policy\.json"):
        read_additions(tmp_path / "policy.json")
    with pytest.raises(InvalidAdditions, match="missing"):
        read_additions(tmp_path / "missing")


def test_a_file_is_read(tmp_path: Path) -> None:
    """A refusal without reason or alternative gets the usual words."""
    (tmp_path / "policy.json").write_text(json.dumps({"refuse": [{"command": "make  e2e"}], "allow": ["x"]}))

    additions = read_additions(tmp_path / "policy.json")

    assert additions.refusals[0].words == ("make", "e2e")
    assert additions.allowed == {"x"}
