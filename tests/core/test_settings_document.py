"""Where the mistakes of `.github/nightshift.yml` are, and what YAML it may not hold."""

from __future__ import annotations

import pytest

from bot.core.repository_settings import RepositorySettingsWrong, read_repository_settings
from bot.core.wrong_settings import LARGEST, wrong_settings


def mistakes(text: str) -> list[str]:
    with pytest.raises(RepositorySettingsWrong) as caught:
        read_repository_settings(text.encode())
    return [each.sentence for each in caught.value.mistakes]


MISTAKES = """\
# a comment
protect: []
verify:
  - npm test

  - ''
limits:
  files: many
  lines: 1
  lines: 2
gate:
  refuse:
    - reason: it costs
strict: true
"""


def test_all_mistakes_are_reported_together_with_their_lines() -> None:
    with pytest.raises(RepositorySettingsWrong) as caught:
        read_repository_settings(MISTAKES.encode())

    assert [(each.line, each.key) for each in caught.value.mistakes] == [
        (2, "protect"),
        (6, "verify[2]"),
        (8, "limits.files"),
        (10, "limits.lines"),
        (13, "gate.refuse[1].command"),
    ]
    assert str(caught.value).startswith("line 2: protect: there is no such key; did you mean `protected`?\nline 6: ")


@pytest.mark.parametrize(
    ("content", "line"),
    [(b"lint: true\nlabels: [\xff]", 2), (b"lint: true\n\nlabels: [\x07]", 3), (b"a: 1\nb: *c", 2), (b"#\n#\n- a", 3)],
)
def test_what_cannot_be_read_has_a_line_too(content: bytes, line: int) -> None:
    with pytest.raises(RepositorySettingsWrong) as caught:
        read_repository_settings(content)

    assert [each.line for each in caught.value.mistakes] == [line]


@pytest.mark.parametrize("content", [r'setup: "\U00110000"', r'"\UFFFFFFFF": 1', f"%YAML {'1' * 5000}.1\n---\n"])
def test_what_pyyamls_scanner_cannot_spell_is_no_bug_of_ours(content: str) -> None:
    with pytest.raises(RepositorySettingsWrong, match="not valid YAML"):
        read_repository_settings(content.encode())


def test_a_file_that_is_too_large_is_not_read_by_half() -> None:
    assert mistakes("#" * (LARGEST + 1)) == ["it is larger than 65,536 bytes"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (b"x" * (LARGEST + 1), bytes(1_000_001), True),
        (b"x" * LARGEST, b"y" * LARGEST, False),
        (b"x" * LARGEST, b"x" * (LARGEST + 1), False),
    ],
)
def test_whatever_is_read_of_a_file_that_is_too_large_it_is_one_version(one: bytes, other: bytes, same: bool) -> None:
    """An attempt reads its beginning, and what asks GitHub may see nothing of it: each would name it anew."""
    assert (wrong_settings(one, ["x"]) == wrong_settings(other, ["x"])) is same


@pytest.mark.parametrize("joined", ["[{}]", "{{<<: [{}]}}"])
def test_a_few_lines_of_aliases_do_not_become_many_values(joined: str) -> None:
    """Neither lists of lists nor merged mappings: eight to the power of forty are more than any memory holds."""
    lines = ["a0: &a0 {x: 1}"]
    for at in range(40):
        aliases = ", ".join([f"*a{at}"] * 8)
        lines.append(f"a{at + 1}: &a{at + 1} " + joined.format(aliases))

    assert mistakes("\n".join(lines))[0].startswith("it is not valid YAML: `*a0` repeats")


def test_an_alias_may_repeat_a_single_value() -> None:
    read = read_repository_settings(b"setup: [&build make]\nverify: [*build, make test]\n")

    assert (read.setup, read.verify) == (("make",), ("make", "make test"))
