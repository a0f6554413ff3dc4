"""A command for some of its tests: only where its form is known, and never another program."""

from __future__ import annotations

import pytest

from bot.core.selection import select_files, select_tests


@pytest.mark.parametrize(
    ("command", "tests", "selected"),
    [
        ("python3 -m pytest -q", ["t/a.py::test_b", "t/a.py::T::test_c[x y]"], "t/a.py::T::test_c[x y]"),
        ("uv run pytest", ["t/a.py::test_b"], "uv run pytest t/a.py::test_b"),
        ("pytest -x --tb=short", ["t/a.py::test_b"], "pytest -x --tb=short t/a.py::test_b"),
        ("python3 -m unittest -q", ["test_a.T.test_b (i=1)"], "python3 -m unittest -q test_a.T.test_b"),
        ("go test ./...", ["example.org/x.TestA/sub", "example.org/x/y.TestB"], "go test ./... -run '^(TestA|TestB)$'"),
        ("cargo test --workspace", ["src/lib.rs: tests::bad"], "cargo test --workspace -- --exact tests::bad"),
    ],
)
def test_known_runners_run_the_tests_alone(command: str, tests: list[str], selected: str) -> None:
    assert select_tests(command, tests).endswith(selected) or f"'{selected}'" in select_tests(command, tests)


@pytest.mark.parametrize(
    ("command", "tests"),
    [
        ("make test", ["t/a.py::test_b"]),
        ("pytest tests && ruff check", ["t/a.py::test_b"]),
        ("pytest tests/unit", ["t/a.py::test_b"]),
        ("python3 -m pytest -q", []),
        ("python3 -m pytest -q", [""]),
        ("python3 -m pytest -q", ["t/a.py"]),
        ("python3 -m pytest -q", ["-x::y"]),
        ("python3 -m pytest -q", [f"t.py::test_{number}" for number in range(101)]),
        ("python3 -m unittest -q", ["unittest.loader._FailedTest.test_a"]),
        ("python3 -m unittest -q", ["a; rm -rf ~"]),
        ("python3 -m unittest discover -s tests", ["test_a.T.test_b"]),
        ("go test ./...", ["example.org/x"]),
        ("cargo test -- --nocapture", ["src/lib.rs: tests::bad"]),
        ("npm run test", ["a > b"]),
    ],
)
def test_other_commands_run_as_they_are(command: str, tests: list[str]) -> None:
    assert select_tests(command, tests) == command


def test_names_are_quoted() -> None:
    """They come from a report that a session's code wrote."""
    assert select_tests("pytest", ["a.py::x'; touch y #"]) == "pytest 'a.py::x'\"'\"'; touch y #'"
    assert select_files("pytest", ["a b.py"]) == "pytest 'a b.py'"
    assert select_files("pytest", ["-p.py"]) == "pytest"
    assert select_files("npm test", ["a.js"]) == "npm test"
