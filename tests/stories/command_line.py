"""Runs `nightshift` as a person does, on the settings of a world."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.patience import within
from tests.stories.world import World
from tests.typed import Answer

ENOUGH = {"GITHUB_TOKEN": "ghp_x", "REPOSITORIES": "octo/clock", "ANTHROPIC_API_KEY": "sk-x"}
PATH = str(Path(sys.executable).parent) + ":/usr/local/bin:/usr/bin:/bin"


def nightshift(*arguments: str, cwd: Path, environment: Mapping[str, str] = ENOUGH, path: str = PATH) -> Answer:
    done = subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=cwd,
        env={"PATH": path, "HOME": str(cwd), **environment},
        capture_output=True,
        text=True,
        timeout=within(120),
        check=False,
    )
    assert "Traceback" not in done.stderr + done.stdout, done.stderr
    return Answer(done.returncode, done.stdout, done.stderr)


def settings_of(world: World) -> dict[str, str]:
    """The world's own settings, as somebody on its host would have them in `.env`."""
    settings = world.services.settings
    assert settings.github_token and settings.anthropic_api_key
    return {
        "GITHUB_API_URL": settings.github_api_url,
        "GITHUB_TOKEN": settings.github_token.get_secret_value(),
        "REPOSITORIES": ",".join(settings.repositories),
        "ANTHROPIC_API_KEY": settings.anthropic_api_key.get_secret_value(),
        "ANTHROPIC_BASE_URL": settings.anthropic_base_url or "",
        "DATA_DIR": str(settings.data_dir),
        "SANDBOX": settings.sandbox,
        "NOTIFY_URL": settings.notify_url.get_secret_value() if settings.notify_url else "",
    }
