"""Which scripts run with a script of package.json, and which one is that of the tests."""

from __future__ import annotations

import pytest

from tests.core.layouts import found, package

LINT = {"lint": "eslint ."}


@pytest.mark.parametrize(
    ("scripts", "checks"),
    [
        # `test` calls another one, with style before and advice after it
        (
            {**LINT, "pretest": "npm run --silent lint", "test": "npm run tests-only", "tests-only": "nyc tape",
             "posttest": "aud --production"},
            ["lint", "tests-only"],
        ),
        ({**LINT, "pretest": "npm run lint", "test": "npm run tests-only", "tests-only": "x"}, ["lint", "tests-only"]),
        ({"test": "npm run tests-only", "tests-only": "tape", "posttest": "npx npm@latest audit"}, ["tests-only"]),
        ({"test": "npm run -s tests-only --", "tests-only": "tape"}, ["tests-only"]),
        ({"test": "yarn run test:node", "test:node": "mocha"}, ["test:node"]),
        ({"test": "npm run a:test", "a:test": "npm run b:test", "b:test": "ava"}, ["b:test"]),
        (
            {"test": "npm run tests-only && npm run test:corejs", "tests-only": "tape", "test:corejs": "tape x",
             "posttest": "npx aud --production"},
            ["tests-only", "test:corejs"],
        ),
        (
            {**LINT, "test": "npm run test:node && npm run test:browser && npm run lint", "test:node": "mocha",
             "test:browser": "karma start --single-run"},
            ["lint", "test:node"],
        ),
        # what the tests need runs before them
        ({"pretest": "npm run build", "build": "tsc", "test": "npm run tests-only", "tests-only": "tape"}, ["test"]),
        ({"pretest": "tsc", "test": "npm run tests-only", "tests-only": "tape"}, ["test"]),
        ({"pretest": "npm run lint && npm run build", **LINT, "build": "tsc", "test": "npm run t:test", "t:test": "x"},
         ["test"]),
        ({"test": "npm run tests-only", "tests-only": "tape", "posttest": "node after.js"}, ["test"]),
        # it calls several
        ({"test": "npm run build && npm run tests-only", "build": "tsc", "tests-only": "tape"},
         ["build", "tests-only"]),
        ({"test": "npm run test:a && npm run test:b", "test:a": "ava a", "test:b": "ava b"}, ["test:a", "test:b"]),
        # it does more than to call others
        ({"test": "cross-env CI=1 npm run tests-only", "tests-only": "tape"}, ["test"]),
        ({"test": "npm run test"}, ["test"]),
        ({"test": "npm run mocha", "mocha": "mocha"}, ["test"]),
        # linters are not run again with the tests
        ({**LINT, "pretest": "npm run lint", "test": "ava"}, ["test"]),
        ({**LINT, "posttest": "npm run lint", "test": "ava"}, ["test"]),
        ({**LINT, "pretest": "run-s lint build", "build": "tsc", "test": "ava"}, ["test"]),
        ({**LINT, "test": "npm run cover:test", "precover:test": "npm run lint", "cover:test": "c8 ava"},
         ["cover:test"]),
        ({**LINT, "prelint": "echo", "test": "ava"}, ["lint", "test"]),
        ({**LINT, "postlint": "npm run typecheck", "typecheck": "tsc --noEmit", "test": "ava"}, ["lint", "test"]),
    ],
)  # fmt: skip
def test_the_scripts_that_are_run(scripts: dict[str, str], checks: list[str]) -> None:
    assert found({"package.json": package(scripts=scripts)}) == [f"npm run {name}" for name in checks]
