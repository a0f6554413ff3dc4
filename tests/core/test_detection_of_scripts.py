"""package.json: a script of tests that only calls others is one check for each of them."""

from __future__ import annotations

import pytest

from tests.core.layouts import found, package

AXIOS = {
    "test": "npm run test:eslint && npm run test:mocha && npm run test:karma && npm run test:exports",
    "test:eslint": "node bin/x.js eslint lib/**/*.js", "test:mocha": "node bin/x.js mocha test/unit/**/*.js",
    "test:karma": "karma start --single-run", "test:exports": "mocha test/module/test.js", "build": "gulp clear",
}  # fmt: skip
CHAI = {
    "prebuild": "npm run clean", "pretest": "npm run lint", "test": "npm run test-node && npm run test-chrome",
    "test-node": "mocha test/*.js", "test-chrome": "web-test-runner --playwright",
    "lint": "npm run lint:js && npm run lint:format", "lint:js": "eslint lib/", "lint:format": "prettier --check lib",
}  # fmt: skip
DEBUG = {
    "lint": "xo", "test": "npm run test:node && npm run test:browser && npm run lint",
    "test:node": "mocha test.js", "test:browser": "karma start --single-run",
}  # fmt: skip
MARKED = {
    "test": "npm run build:reset && npm run build:docs && npm run test:specs && npm run test:unit && npm run test:lint",
    "build:reset": "rimraf ./lib", "build:docs": "npm run build && node docs/build.js", "build": "esbuild",
    "test:specs": "node --test test/run-spec-tests.js", "test:unit": "node --test test/unit/*.test.js",
     "test:lint": "eslint",
}  # fmt: skip


@pytest.mark.parametrize(
    ("scripts", "names"),
    [
        (AXIOS, ["test:eslint", "test:mocha", "test:exports"]),
        (CHAI, ["lint", "test-node"]),
        (DEBUG, ["lint", "test:node"]),
        (MARKED, ["build:reset", "build:docs", "test:specs", "test:unit", "test:lint"]),
        # other spellings
        ({"test": "run-s test:a test:b", "test:a": "x", "test:b": "y"}, ["test:a", "test:b"]),
        ({"test": "npm-run-all -s a b", "a": "x", "b": "y"}, ["a", "b"]),
        ({"test": "yarn a && yarn run b", "a": "x", "b": "y"}, ["a", "b"]),
        ({"test": "npm run -s a && npm run --silent b", "a": "x", "b": "y"}, ["a", "b"]),
        # what a chain does besides
        ({"pretest": "npm run build", "build": "tsc", "test": "npm run a && npm run b", "a": "x", "b": "y"},
         ["pretest", "a", "b"]),
        ({"posttest": "node report.js", "test": "npm run a && npm run b", "a": "x", "b": "y"}, ["a", "b", "posttest"]),
        # no pure chain
        ({"test": "npm run lint && mocha", "lint": "xo"}, ["test"]),
        ({"test": "npm run a -- --coverage && npm run b", "a": "x", "b": "y"}, ["test"]),
        ({"test": "npm run a || npm run b", "a": "x", "b": "y"}, ["test"]),
        ({"test": "npm run a; npm run b", "a": "x", "b": "y"}, ["test"]),
        ({"test": "npm run a && npm run gone", "a": "x"}, ["test"]),
        ({"test": "npm run a", "a": "x"}, ["test"]),
        ({"test": "npm run test && npm run a", "a": "x"}, ["test"]),
        ({"test": "xo && tsc --noEmit && ava"}, ["test"]),
        ({"test": "run-p a b", "a": "x", "b": "y"}, ["test"]),
        # unit tests alone, where nothing is built for them
        ({"test": "npm run build && npm run test:unit", "build": "tsc", "test:unit": "ava"}, ["build", "test:unit"]),
        ({"test": "npm run test:unit && npm run build", "build": "tsc", "test:unit": "ava"}, ["test:unit"]),
        ({"pretest": "npm run compile", "compile": "tsc -p .", "test": "npm run unit", "unit": "mocha"}, ["test"]),
        ({"test": "npm run lint && npm run test:unit", "lint": "xo", "test:unit": "ava"}, ["lint", "test:unit"]),
        ({"test": "vitest", "test:unit": "vitest u", "build": "tsc"}, ["test:unit"]),
        ({"test": "npm run test:unit && npm run test:e2e", "test:unit": "vitest", "test:e2e": "x"}, ["test:unit"]),
        # they are not all
        ({"lint": "eslint", "test": "npm run test:unit && npm run test:jest && npm run test:typescript",
          "test:unit": "node --test", "test:jest": "jest", "test:typescript": "tstyche"},
         ["lint", "test:unit", "test:jest", "test:typescript"]),
        ({"test": "c8 npm run test:unit && npm run test:typescript", "test:unit": "tape", "test:typescript": "tsd"},
         ["test:unit", "test:typescript"]),
        ({"test": "rollup -c && npm run test:unit", "test:unit": "ava"}, ["test"]),
    ],
)  # fmt: skip
def test_each_link_of_a_chain_is_a_check(scripts: dict[str, str], names: list[str]) -> None:
    """A browser that is not there would hide the failures before it, and the tests after it."""
    assert found({"package.json": package(scripts=scripts)}) == [f"npm run {name}" for name in names]
