"""Where no cell can be made, the message names the reason and the fix."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from bot.adapters.process import run
from bot.adapters.sandbox import Bubblewrap, NoSandbox
from bot.adapters.sandbox_support import find_lack, whose_cells
from tests.adapters.cells import PATH, PYTHON

CANNOT = "#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2; exit 1\n"


@pytest.fixture
def cannot(tmp_path: Path) -> str:
    """A bubblewrap that cannot make a user namespace."""
    program = tmp_path / "bwrap"
    program.write_text(CANNOT)
    program.chmod(0o755)
    return str(program)


def test_where_apparmor_forbids_user_namespaces_the_profile_is_reported(cannot: str, tmp_path: Path) -> None:
    """To install what is installed would be wrong advice."""
    restricted = tmp_path / "apparmor_restrict_unprivileged_userns"
    restricted.write_text("1\n")

    lack = find_lack(cannot, restricted)

    assert lack is not None
    assert "AppArmor" in lack.says
    assert f"profile bwrap {cannot} flags=(unconfined) {{" in lack.fix
    assert "  userns," in lack.fix
    assert "apt-get" not in lack.fix


@pytest.mark.parametrize("content", ["0\n", None])
def test_elsewhere_the_kernels_own_limit_is_reported(cannot: str, tmp_path: Path, content: str | None) -> None:
    restricted = tmp_path / "apparmor_restrict_unprivileged_userns"
    if content is not None:
        restricted.write_text(content)

    lack = find_lack(cannot, restricted)

    assert lack is not None
    assert "setting up uid map: Permission denied" in lack.says
    assert "user.max_user_namespaces" in lack.fix


def test_an_old_bubblewrap_is_reported_to_be_one(tmp_path: Path) -> None:
    """One that does not know an option that cells need."""
    program = tmp_path / "bwrap"
    program.write_text("#!/bin/sh\necho 'bwrap: Unknown option --size' >&2; exit 1\n")
    program.chmod(0o755)

    lack = find_lack(str(program))

    assert lack is not None
    assert "bubblewrap 0.8 or newer" in lack.fix


@pytest.mark.needs("bwrap")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root's files are made for other users")
def test_a_umask_that_shuts_other_users_out_is_reported() -> None:
    """As root the cells run as another user, who has to read the mirror."""
    script = (
        "import os, sys; os.umask(0o077); from bot.adapters.sandbox_support import find_lack;"
        " print(find_lack(sys.argv[1]))"
    )
    root = Path(__file__).parents[2]
    python = shutil.which("python", path=str(root / ".venv" / "bin")) or PYTHON
    binary = shutil.which("bwrap") or ""

    done = run([python, "-c", script, binary], cwd=root, env={**PATH, "PYTHONPATH": str(root)}, seconds=60)

    assert b"start it with umask 022" in done.stdout, done.stderr


def test_as_whom_cells_run_is_reported() -> None:
    """Root, an ordinary user, and no cells."""
    binary = Path("/usr/bin/bwrap")

    assert "an unprivileged user, from uid" in whose_cells(Bubblewrap(binary, is_root=True))
    assert "each cell is a user namespace" in whose_cells(Bubblewrap(binary, is_root=False))
    assert "no cells" in whose_cells(NoSandbox())
