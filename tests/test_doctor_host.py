"""What `nightshift doctor` finds of the file of settings and of the clock."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.doctor_host import check_env_file, judge_clock


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
