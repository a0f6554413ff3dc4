"""YAML as task files, hooks and compose files are written, in all the forms that mean the same."""

from __future__ import annotations

import pytest

from hooks.policy.programs.yaml_documents import read_yaml

READ = {
    "a: [b, {c: d e}]": {"a": ["b", {"c": "d e"}]},
    "jobs: {a: {steps: [{run: git push}]}}": {"jobs": {"a": {"steps": [{"run": "git push"}]}}},
    '{"a": ["b, c", {"d": 1}], "e": "f"}': {"a": ["b, c", {"d": "1"}], "e": "f"},
    "a: [\n  x,  # one\n  'y z'\n]\nb: 2": {"a": ["x", "y z"], "b": "2"},
    "a: {\n  b: c\n}\nd: e": {"a": {"b": "c"}, "d": "e"},
    "a: [b: c, d]": {"a": [{"b": "c"}, "d"]},
    'u: {a: http://x:80/y, b: "q"}': {"u": {"a": "http://x:80/y", "b": "q"}},
    "- {id: a, entry: git push}\n- id: b": [{"id": "a", "entry": "git push"}, {"id": "b"}],
    "x: &c\n  k: [git push]\ny:\n  <<: *c\n  z: 1": {"x": {"k": ["git push"]}, "y": {"k": ["git push"], "z": "1"}},
    "x: &c git push\ny: *c\nz: [*c, *other]": {"x": "git push", "y": "git push", "z": ["git push", "*other"]},
    "a: !!str git push": {"a": "git push"},
    'a: "git\\x20push\\u0021"': {"a": "git push!"},
    "? a\n: b": {"a": "b"},
    "cmd: {{.X}} foo\nb: c": {"cmd": "{{.X}} foo", "b": "c"},
    "k: [unclosed\nb: 1": {"k": "[unclosed", "b": "1"},
    "e: []\nf: {}": {"e": [], "f": {}},
    'a: ["x]", "[y"]\nb: c': {"a": ["x]", "[y"], "b": "c"},
}


@pytest.mark.parametrize("text", READ)
def test_a_form_is_read(text: str) -> None:
    assert read_yaml(text) == READ[text]


def test_aliases_of_aliases_do_not_multiply() -> None:
    """The value of one that stands for much counts as empty."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]

    document = read_yaml("\n".join(lines))

    assert isinstance(document, dict)
    assert document["a8"] == [""] * 9
    assert len(str(document)) < 20_000


SLOW = (
    "a: " + "[" * 30_000,
    "a: [b\n" * 3000,
    "a: [" + " " * 60_000 + "b",
    "? " + " " * 60_000 + "x",
    "a: ['" + "x\\" * 20_000,
)


@pytest.mark.parametrize("text", SLOW)
def test_what_is_built_to_be_slow_is_read(text: str) -> None:
    """Each of these took seconds while a pattern searched it again and again."""
    assert read_yaml(text) is not None
