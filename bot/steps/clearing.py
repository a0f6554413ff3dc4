"""Clears away what an attempt leaves. A failure here does not change how the attempt ended."""

from __future__ import annotations

import logging
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bot.adapters.git.workspace import remove_tree
from bot.core.failures import TaskFailed
from bot.core.tasks import Task

if TYPE_CHECKING:
    from bot.steps.opening import Preparation

_log = logging.getLogger(__name__)


def remove_folder(folder: Path) -> bool:
    """Whatever the session made of it, also folders to which it left no permissions. False if that failed: another
    worker removes it too, or the disk fails. It is then removed with the orphans of a later pass."""
    try:
        remove_tree(folder)
    except (TaskFailed, OSError) as trouble:
        _log.warning("%s could not be removed: %s", folder, trouble)
        return False
    return True


def put_away(task: Task, prepared: Preparation) -> None:
    """What cannot be put away changes nothing of how the attempt ended: a pin that is left goes when the mirror is
    tidied up. The folders go with the attempt's."""
    for let_go in (partial(prepared.mirror.unpin, str(task.issue.number)), prepared.quarantine.let_go):
        try:
            let_go()
        except (TaskFailed, OSError) as trouble:
            _log.warning("%s: what its attempt left could not be removed: %s", task.issue, trouble)
