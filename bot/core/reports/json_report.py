"""The reports of jest and vitest in JSON, which have one form."""

from __future__ import annotations

import json
from collections.abc import Iterator

from bot.core.ran import TestResult
from bot.core.reports.report import Report, collect
from bot.core.reports.xml_report import LARGEST
from bot.core.untrusted import as_dict, as_dicts, as_list, as_str

_RESULTS = {"passed": TestResult.PASSED, "failed": TestResult.FAILED}


def read_jest_json(content: bytes, root: str) -> Report | None:
    """By file, groups and name. `root`: the checkout, as the runner saw it. None for what is no report."""
    if len(content) > LARGEST:
        return None
    try:
        read = as_dict(json.loads(content))
    except (ValueError, RecursionError):
        return None
    if "testResults" not in read:
        return None
    return collect(_tests(read, root.rstrip("/")), lists_all=True, numbered=True)


def _tests(read: dict[str, object], root: str) -> Iterator[tuple[str, TestResult]]:
    for suite in as_dicts(read.get("testResults")):
        file = as_str(suite.get("name")).removeprefix(f"{root}/")
        tests = as_dicts(suite.get("assertionResults"))
        for test in tests:
            groups = [group for group in map(as_str, as_list(test.get("ancestorTitles"))) if group.strip()]
            name = " > ".join((file, *groups, as_str(test.get("title"))))
            yield name, _RESULTS.get(as_str(test.get("status")), TestResult.SKIPPED)
        if not tests and suite.get("status") == "failed":  # the file could not be loaded
            yield file, TestResult.NOT_LOADED
