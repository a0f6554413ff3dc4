"""Set-ups that a repository wrote for other tools."""

from __future__ import annotations

import json
import subprocess

import pytest

from bot.core.environment.borrowed import without_comments
from bot.core.environment.values import Origin, SetUp, Tree
from bot.core.set_up import find_set_up

WORKFLOW = ".github/workflows/copilot-setup-steps.yml"
DEVCONTAINER = ".devcontainer/devcontainer.json"


def of(path: str, text: str, **others: str) -> SetUp:
    set_up = find_set_up(Tree(frozenset({path, *others}), {path: text, **others}.get), declared=None)
    assert set_up is not None
    return set_up


def texts(set_up: SetUp) -> list[str]:
    return [command.text for command in set_up.commands]


STEPS = """
on: workflow_dispatch
jobs:
  copilot-setup-steps:
    runs-on: ubuntu-latest
    env: {MODE: "all of it"}
    steps:
      - uses: actions/checkout@v4
      - name: Install
        run: |
          npm ci
          npm run build
      - run: make deps
        working-directory: web app
        env: {LEVEL: 3}
      - run: sudo apt-get install -y libfoo
      - run: apt-get update && apt-get install x
      - run: echo ${{ secrets.TOKEN }}
  other: {steps: [{run: evil}]}
"""


def test_the_steps_of_copilots_workflow() -> None:
    """Without those that need root or an expression of GitHub's."""
    set_up = of(WORKFLOW, STEPS)

    assert set_up.origin is Origin.WORKFLOW
    assert texts(set_up) == [
        "(export MODE='all of it'; npm ci\nnpm run build\n)",
        "(export MODE='all of it'; export LEVEL=3; cd 'web app' && make deps\n)",
    ]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"postCreateCommand": "npm install"}, ["npm install"]),
        ({"postCreateCommand": ["npm", "run", "set up"]}, ["npm run 'set up'"]),
        (
            {"postCreateCommand": {"server": "npm ci", "client": ["yarn", "--cwd", "a b"]}},
            ["npm ci", "yarn --cwd 'a b'"],
        ),
        ({"postCreateCommand": "b", "onCreateCommand": "a", "postStartCommand": "never"}, ["a", "b"]),
        ({"updateContentCommand": "sudo npm i -g x", "postCreateCommand": "npm ci"}, ["npm ci"]),
        ({"postCreateCommand": "cd ${containerWorkspaceFolder} && make"}, ['cd "$PWD" && make']),
        ({"postCreateCommand": ["ls", "${containerWorkspaceFolder}/a b"]}, ["ls \"$PWD\"'/a b'"]),
        ({"postCreateCommand": "echo ${localEnv:HOME}"}, ['echo "${HOME-}"']),
    ],
)
def test_the_commands_of_a_devcontainer(document: dict[str, object], expected: list[str]) -> None:
    assert texts(of(DEVCONTAINER, json.dumps(document))) == expected


def test_a_devcontainer_with_comments_and_trailing_commas() -> None:
    text = """{
        // a comment with "quotes" and a comma,
        "image": "https://example.com/x", /* more,
        lines } */
        "postCreateCommand": "echo '// no comment' && true", // the end
    }"""

    assert texts(of(DEVCONTAINER, text)) == ["echo '// no comment' && true"]
    assert json.loads(without_comments('{"a": ["/* x */", 1, /* , */ ], }')) == {"a": ["/* x */", 1]}


def test_the_words_of_a_list_reach_the_program_as_they_are() -> None:
    """Whatever is in them: no shell was to read them."""
    words = ["printf", "%s\\n", "it's", 'a "b"', "$HOME", "`id`", "a;b", "", "*"]
    (text,) = texts(of(DEVCONTAINER, json.dumps({"postCreateCommand": words})))

    done = subprocess.run(
        ["bash", "-c", text], capture_output=True, text=True, check=True, env={"PATH": "/usr/bin:/bin"}
    )

    assert done.stdout.splitlines() == words[2:]


def test_openhands_and_the_order_of_all() -> None:
    script = {".openhands/setup.sh": "npm ci"}
    container = {DEVCONTAINER: '{"postCreateCommand": "npm ci"}'}

    assert texts(of(WORKFLOW, STEPS, **script, **container))[0].startswith("(export MODE")
    assert of(DEVCONTAINER, container[DEVCONTAINER], **script).origin is Origin.DEVCONTAINER
    assert texts(of(".openhands/setup.sh", "npm ci")) == ["bash .openhands/setup.sh"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (WORKFLOW, "jobs: {copilot-setup-steps: {steps: [{uses: actions/checkout@v4}]}}"),
        (WORKFLOW, "{{{"),
        (WORKFLOW, "jobs: [a]"),
        (DEVCONTAINER, "no json"),
        (DEVCONTAINER, '{"postCreateCommand": 7}'),
        (DEVCONTAINER, '{"postCreateCommand": "sudo x"}'),
        (".openhands/setup.sh", "  \n"),
    ],
)
def test_one_without_a_command_leaves_it_to_the_manifests(path: str, text: str) -> None:
    assert of(path, text, **{"go.mod": ""}).origin is Origin.DETECTED


def test_the_manifests_are_tried_where_another_tools_set_up_fails() -> None:
    set_up = of(DEVCONTAINER, '{"postCreateCommand": "./install"}', **{"requirements.txt": "a"})

    assert texts(set_up) == ['python3 -m venv "$VIRTUAL_ENV"', "./install"]
    assert set_up.otherwise is not None
    assert texts(set_up.otherwise)[-1] == "python -m pip install -r requirements.txt"


NEEDS = {"requirements.txt": "a", "tests/test_a.py": "import pytest\n"}
OWN = [
    "python -m pip install -r requirements.txt",
    "python -c 'import pytest' 2>/dev/null || python -m pip install pytest",
]


@pytest.mark.parametrize(
    "text",
    [
        "python3 -m venv .venv; . .venv/bin/activate; pip install -r requirements.txt",
        "python -m venv --upgrade-deps .venv && .venv/bin/pip install -r requirements.txt",
        "virtualenv env && env/bin/pip install .",
        "uv venv && . .venv/bin/activate",
        "poetry config virtualenvs.in-project true && poetry install",
        "make venv",
        "bash .devcontainer/post.sh",
        "./.devcontainer/post.sh",
    ],
)
def test_after_an_environment_for_python_in_the_checkout_the_manifests_count_too(text: str) -> None:
    """The checks' `python` finds nothing of what such a set-up installs."""
    script = {".devcontainer/post.sh": "#!/bin/sh\npython3 -m venv .venv\n. .venv/bin/activate\npip install -e .\n"}
    set_up = of(DEVCONTAINER, json.dumps({"postCreateCommand": text}), **NEEDS, **script)

    assert texts(set_up) == ['python3 -m venv "$VIRTUAL_ENV"', text, *OWN]


@pytest.mark.parametrize(
    "text", ["pip install -r requirements.txt", "uv sync", 'python3 -m venv "$VIRTUAL_ENV"; pip install .', "npm ci"]
)
def test_what_installs_into_the_environment_of_the_checks_is_enough(text: str) -> None:
    set_up = of(DEVCONTAINER, json.dumps({"postCreateCommand": text}), **NEEDS)

    assert texts(set_up) == ['python3 -m venv "$VIRTUAL_ENV"', text]


def test_the_commands_of_the_manifests_find_their_files() -> None:
    project = '[project]\nname = "x"\n[dependency-groups]\ntest = ["pytest"]\n'
    set_up = of(DEVCONTAINER, '{"postCreateCommand": "python -m venv .venv"}', **{"pyproject.toml": project})

    assert dict(set_up.files) == {"groups.txt": "pytest\n"}
    assert texts(set_up)[-1] == 'python -m pip install -r "$NIGHTSHIFT_SETUP/groups.txt"'


@pytest.mark.parametrize(
    ("path", "makes"),
    [
        *(("pyproject.toml", True), ("requirements.txt", True), ("requirements/dev.txt", True), ("api/setup.py", True)),
        *(("examples/aliases/pyproject.toml", False), ("docs/requirements.txt", False), ("vendor/x/setup.py", False)),
        *(("tests/data/pkg/pyproject.toml", False), (".github/scripts/setup.py", False), ("Cargo.toml", False)),
    ],
)
def test_an_environment_for_python_is_made_for_the_repositorys_own_project(path: str, makes: bool) -> None:
    set_up = of(DEVCONTAINER, '{"postCreateCommand": "./install"}', **{path: "x"})

    assert [command.reason for command in set_up.commands[:-1]] == ([path] if makes else [])
