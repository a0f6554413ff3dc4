"""JUnit's XML and Visual Studio's TRX, read as they come, without building a tree.

Every runner's XML differs a little; all of them have `testcase` with `failure`, `error` or `skipped` below it. A
document type, which could define entities, ends the reading; so does too deep a nesting.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.parsers import expat  # its entities are never reached: see `_refuse`

from bot.core.ran import TestResult
from bot.core.reports.report import Report, collect

LARGEST = 20_000_000  # bytes of one report
_DEEPEST = 60
_LOADER = re.compile(r"unittest\.loader\._FailedTest\.([\w.]+)|Test suite failed to run")
_CHILDREN = {"failure": TestResult.FAILED, "error": TestResult.FAILED, "skipped": TestResult.SKIPPED}
_OUTCOMES = {"Passed": TestResult.PASSED, "NotExecuted": TestResult.SKIPPED, "Inconclusive": TestResult.SKIPPED}


def read_xml(content: bytes) -> Report | None:
    """None for what is no report. One that breaks off lists what it came to."""
    if len(content) > LARGEST:
        return None
    reader = _Reader()
    ended = reader.read(content)
    return collect(reader.found, lists_all=ended, numbered=True) if reader.found else None


class _Refused(Exception):
    pass


@dataclass(slots=True)
class _Reader:
    found: list[tuple[str, TestResult]] = field(default_factory=list)
    _open: list[str] = field(default_factory=list)
    _name: str = ""
    _result: TestResult = TestResult.PASSED
    _file: str = ""

    def read(self, content: bytes) -> bool:
        """Whether it was read to its end."""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartDoctypeDeclHandler = _refuse
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        try:
            parser.Parse(content, True)
        except (expat.ExpatError, _Refused, ValueError, LookupError):  # LookupError: an encoding that is none
            return False
        return True

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(" ")[2]
        if len(self._open) > _DEEPEST:
            raise _Refused
        if tag == "testcase":
            self._name, self._result = _name(attributes), TestResult.PASSED
            self._file = attributes.get("file", "")
        elif tag in _CHILDREN and self._open and self._open[-1] == "testcase":
            self._result = TestResult.FAILED if self._result is TestResult.FAILED else _CHILDREN[tag]
            self._note_group(attributes.get("message", ""))
        elif tag == "UnitTestResult":
            self.found.append((attributes.get("testName", ""), _outcome(attributes.get("outcome", ""))))
        self._open.append(tag)

    def _note_group(self, message: str) -> None:
        """What is no test: a file that pytest, unittest or jest could not load. It gets the name of the file."""
        loader = _LOADER.search(self._name)
        if self._result is TestResult.FAILED and (loader or message == "collection failure"):
            self._result = TestResult.NOT_LOADED
            self._name = self._file or (loader and loader[1]) or self._name

    def _end(self, _: str) -> None:
        if self._open.pop() == "testcase":
            self.found.append((self._name, self._result))


def _refuse(*_: object) -> None:
    raise _Refused


def _outcome(name: str) -> TestResult:
    return _OUTCOMES.get(name, TestResult.FAILED)


def _name(attributes: dict[str, str]) -> str:
    """As pytest names its tests, where the report is pytest's; else the class and the name."""
    group, name = attributes.get("classname", ""), attributes.get("name", "")
    file = attributes.get("file", "")
    module = file.removesuffix(".py").replace("/", ".")
    if file.endswith(".py") and (group == module or group.startswith(f"{module}.")):
        classes = [part for part in group.removeprefix(module).split(".") if part]
        return "::".join((file, *classes, name))
    return ".".join(part for part in (group, name) if part) if group != name else name
