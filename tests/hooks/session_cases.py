"""Calls of one session after another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

LIST = Path(__file__).with_name("in_a_session.txt")
FILES = {
    "README.md": "# x\n",
    "package.json": '{"dependencies": {"chalk": "^5.0.0"}}\n',
    "src/__init__.py": "",
    "src/main.py": "print(1)\n",
    "src/a.js": "1\n",
    "tools/show.py": "import os\nprint(os.environ)\n",
    "tools/load.py": "import helper\n",
    "tools/stop.sh": 'kill "$(cat server.pid)"\n',
    "tools/parent.sh": "kill $PPID\n",
    "tools/pack.sh": "npx cowsay hello\n",
    "tools/find.sh": "/usr/bin/l[s] src\n",
    "tools/disks.py": "#!/usr/bin/env python3\nDISK = '/dev/sdb3'\ndef save(name):\n    open(name, 'w').write('x')\n",
    "tools/hooks.mk": "_ := $(shell mkdir -p .git/hooks && ln -sf ../../tools/sum.sh .git/hooks/pre-commit && "
    "chmod +x .git/hooks/pre-commit)\ntest:\n\techo ok\ncopied:\n\tcp tools/sum.sh .git/hooks/pre-push\n"
    "emptied:\n\tln -sf /dev/null .git/hooks/pre-commit\nclosed:\n\tchmod -x .git/hooks/pre-commit\n",
    "tools/h.sh": 'cp "$1" .git/hooks/pre-commit\n',
    "data/push.txt": "git push\n",
    "tools/sum.sh": "#!/bin/sh\n((count = 1))\n",
}
"""What those in `tools` do counts as reviewed."""
BORN_EMPTY = (Path("/tmp"), Path("/var/tmp"), Path("/dev/shm"))


def cases() -> Iterator[tuple[str, str]]:
    rule = ""
    for line in LIST.read_text(encoding="utf-8").splitlines():
        if section := re.fullmatch(r"\[([a-z.]+)\]", line):
            rule = section[1]
        elif line and not line.startswith("#"):
            yield rule, line.replace("\\n", "\n")


CASES = list(cases())
