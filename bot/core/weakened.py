"""What a change does to tests: deleted, skipped or weakened ones are named for the reviewer, not refused.

Each of them can have a good reason, but the reviewer must know of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from bot.core.changes import FileChange, Note

_FOLDERS = frozenset({"test", "tests", "spec", "specs", "__tests__", "e2e", "testing", "androidtest"})
_FILE = re.compile(
    r"(?i:(?:test|tests|spec)[_.-].+|.+[_.-](?:test|tests|spec|cy)\.\w+)|(?:Test\w*|\w+(?:Tests?|Spec|IT))\.\w+"
)
_CODE = re.compile(
    r"py|[cm]?[jt]sx?|vue|svelte|go|rs|java|kts?|groovy|scala|rb|php|c|cc|cpp|cxx|h|hpp|mm?|swift|cs|fs|exs?|erl|clj|lua"
    r"|p[lm]|t|sh|bats|dart|hs|ml|jl|r|feature",
    re.IGNORECASE,
)
_SKIPS = re.compile(
    r"""
      pytest\.mark\.(?:skip|skipif|xfail)\b | \bpytest\.(?:skip|xfail|importorskip)\( | \ballow_module_level\b
    | @(?:unittest\.)?(?:skip|skipIf|skipUnless|expectedFailure)\b | \bself\.skipTest\( | \bcollect_ignore\b
    | \b(?:it|test|describe|context|suite|bench)\.(?:skip|todo|fixme|failing|skipIf)\b
    | \b(?:xit|xdescribe|xtest|xcontext|xspecify)\s*\(? | \b(?:it|test|describe|context|suite)\.only\b
    | \bthis\.skip\(\) | \bt\.(?:Skip|Skipf|SkipNow)\( | \bb\.Skip\( | \#\[ignore\b
    | @(?:Disabled|Ignore|DisabledIf\w*|DisabledOn\w*|EnabledIf\w*)\b | \bAssum(?:e|ptions?)\.\w+\(
    | \[(?:Ignore|Fact\(Skip|Theory\(Skip) | \bmarkTest(?:Skipped|Incomplete)\( | \bpending\b\s*(?:$|['"(])
    | \bGTEST_SKIP\( | \bDISABLED_\w+ | \bXCTSkip | @tag\s+:skip | \bskip\s+['"]
    """,
    re.VERBOSE,
)
_ASSERTIONS = re.compile(
    r"""
      \bassert\w*\b\s*[!(\s.] | \b(?:self|this|t|r|Assert|assert|require|expect)\.\w*(?:[Ee]qual|True|False|[Rr]aises|
        [Tt]hrow|Is|Not|In|Nil|Error|Contain|Match|deepEqual|Len|Fatal|Fatalf|Errorf|ok)\w*\b
    | \bexpect\s*[({] | \bshould\b | \b(?:EXPECT|ASSERT)_\w+\( | \bXCTAssert\w*\( | \bpytest\.raises\( | \bverify\(
    """,
    re.VERBOSE,
)


def is_test(path: str) -> bool:
    """Whether a file holds tests, by the names that the usual runners look for."""
    *folders, name = path.split("/")
    if _CODE.fullmatch(name.rpartition(".")[2]) is None:
        return False
    return _FILE.fullmatch(name) is not None or not _FOLDERS.isdisjoint(map(str.lower, folders))


def find_weakened(changes: Iterable[FileChange]) -> list[Note]:
    """A note for each test file that checks less than before."""
    return [Note(change.old_path, ", ".join(what)) for change in changes if (what := list(_losses(change)))]


def _losses(change: FileChange) -> Iterator[str]:
    if not is_test(change.old_path):
        return
    if change.after is None:
        yield "deleted"
        return
    if not is_test(change.path):
        yield f"moved to {change.path}, where no runner looks for tests"
    skips = _count(_SKIPS, (line.text for line in change.added)) - _count(_SKIPS, change.removed)
    if skips > 0:
        yield _plural(skips, "test or group skipped", "tests or groups skipped")
    lost = _count(_ASSERTIONS, change.removed) - _count(_ASSERTIONS, (line.text for line in change.added))
    if lost > 0:
        yield _plural(lost, "assertion fewer", "assertions fewer")


def _count(pattern: re.Pattern[str], lines: Iterable[str]) -> int:
    return sum(pattern.search(line) is not None for line in lines)


def _plural(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
