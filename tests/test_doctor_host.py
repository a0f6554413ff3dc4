"""What `nightshift doctor` finds of the file of settings and of the clock."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.wrong_settings import WrongSettings
from bot.doctor_host import check_env_file, judge_clock, judge_settings


@pytest.mark.parametrize(("mode", "is_wrong"), [(0o600, False), (0o400, False), (0o640, True), (0o602, True)])
def test_only_its_owner_may_read_the_settings(tmp_path: Path, mode: int, is_wrong: bool) -> None:
    file = tmp_path / ".env"
    file.touch(mode)
    file.chmod(mode)

    (finding,) = check_env_file(file)

    assert finding.verdict == ("wrong" if is_wrong else "ok")
    assert finding.fix == (f"chmod 600 {file}" if is_wrong else "")


def test_settings_may_come_from_the_environment_alone(tmp_path: Path) -> None:
    assert list(check_env_file(tmp_path / ".env")) == []


@pytest.mark.parametrize(
    ("seconds", "verdict", "says"),
    [
        (0, "ok", "0 s"),
        (60, "ok", "60 s"),
        (61, "wrong", "61 s behind"),
        (-61, "wrong", "61 s ahead of"),
        (1e9, "wrong", ""),
    ],
)
def test_a_clock_may_be_a_minute_off(seconds: float, verdict: str, says: str) -> None:
    found = judge_clock(timedelta(seconds=seconds))

    assert (found.verdict, bool(found.fix)) == (verdict, verdict == "wrong")
    assert says in found.says


@pytest.mark.parametrize(
    ("mistakes", "says"),
    [
        (("line 2: a", "line 3: b\x1b[2J"), "line 2: a; line 3: b[2J"),
        (("a", "b", "c", "d", "e"), "a; b; c; and 2 more"),
    ],
)
def test_a_repository_that_is_held_is_named_with_its_mistakes(mistakes: tuple[str, ...], says: str) -> None:
    wrong = WrongSettings(version="ab", mistakes=mistakes)

    found = list(judge_settings({"octo/wrong": wrong, "octo/bad": wrong}))

    assert [each.need for each in found] == ["settings of octo/bad", "settings of octo/wrong"]
    assert all(each.verdict == "wrong" and each.says.endswith(f"has mistakes: {says}") for each in found)
    assert all(each.fix.startswith("fix the file") for each in found)
    assert list(judge_settings({})) == []
