"""What `nightshift doctor` finds of the file of settings, of those of repositories that were read, of the dashboard,
and of this host's clock beside GitHub's."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

from bot.core.untrusted import plain
from bot.core.wrong_settings import WrongSettings
from bot.finding import Finding

_MISTAKES = 3
_MAY_DIFFER = timedelta(minutes=1)
_OTHERS = 0o077


def check_env_file(path: Path) -> Iterator[Finding]:
    """It holds the tokens. Settings may come from the environment alone."""
    try:
        mode = path.stat().st_mode & 0o777
    except OSError:
        return
    where = path.absolute()
    if mode & _OTHERS:
        says = f"{where} has mode {mode:04o}: other users of this host may read its secrets"
        yield Finding(need=".env", verdict="wrong", says=says, fix=f"chmod 600 {shlex.quote(str(where))}")
    else:
        yield Finding(need=".env", verdict="ok", says=f"{where}, readable by its owner alone")


def check_dashboard(hidden_proxy: Path) -> Iterator[Finding]:
    """Closed where requests from elsewhere look as if they came from this host."""
    if hidden_proxy.exists():
        says = "closed on this host: a delivery of GitHub looked as if it came from here, so anybody's request can"
        fix = f"have the proxy in front of the web server send X-Forwarded-For, then remove {hidden_proxy}"
        yield Finding(need="dashboard", verdict="wrong", says=says, fix=fix)


def judge_settings(held: Mapping[str, WrongSettings]) -> Iterator[Finding]:
    """One for each repository whose tasks wait, since its settings had mistakes when they were last read."""
    for name, wrong in sorted(held.items()):
        more = len(wrong.mistakes) - _MISTAKES
        shown = "; ".join(map(plain, wrong.mistakes[:_MISTAKES])) + (f"; and {more} more" if more > 0 else "")
        says = f"its tasks wait, since .github/nightshift.yml has mistakes: {shown}"
        fix = "fix the file on the default branch; they continue by themselves"
        yield Finding(need=f"settings of {name}", verdict="wrong", says=says, fix=fix)


def judge_clock(ahead: timedelta) -> Finding:
    """`ahead`: how far GitHub's clock is ahead of this host's. GitHub refuses tokens of an App whose clock is wrong."""
    seconds = ahead.total_seconds()
    says = f"{abs(seconds):.0f} s {'behind' if seconds > 0 else 'ahead of'} GitHub's"
    if abs(ahead) > _MAY_DIFFER:
        return Finding(need="clock", verdict="wrong", says=says, fix="set the clock (App tokens need it right)")
    return Finding(need="clock", verdict="ok", says=says)
