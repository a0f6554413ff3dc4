"""A night on a repository of files that git treats specially: what is published is what the sessions changed."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.git_host import create_repository, run_git
from tests.patience import within

LEGACY = b"line one\r\nline two\r\n" * 20
MIXED = b"int a;\r\nint b;\nint c;\r\n"
WIDE = "hello\n".encode("utf-16")
DEEP = "/".join(("d" * 200, "e" * 200, "f" * 200, "g" * 200 + ".txt"))
QUOTED = 'with space & "quote".txt'
LARGE = b"x" * 5000
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize {}\n"
FILES: dict[str, bytes] = {
    "win.bat": b"@echo off\r\necho one\r\n",
    "src/a.py": b"A = 1\n",
    "src/b.py": b"B = 1\n",
    "docs/guide.md": b"Read this.\n",
    "legacy.txt": LEGACY,
    "mixed.c": MIXED,
    "utf16.txt": WIDE,
    "run.sh": b"#!/bin/sh\necho hi\n",
    "tool.sh": b"#!/bin/sh\necho tool\n",
    "README.md": b"up\n",
    "readme.md": b"low\n",
    DEEP: b"deep\n",
    QUOTED: b"x\n",
    "data.bin": POINTER.format("ab" * 32, 12345).encode(),
    "img.png": bytes(range(256)) * 4,
}
# They come in a later commit: what is stored already stays as it is.
RULES = (
    "*.bat text eol=crlf\n*.bin filter=lfs diff=lfs merge=lfs -text\nlegacy.txt text\nmixed.c text\n"
    "utf16.txt working-tree-encoding=UTF-16LE-BOM eol=lf\n"
)
MODULES = (
    '[submodule "far"]\n\tpath = vendor/far\n\turl = https://github.com/x/far\n'
    '[submodule "own"]\n\tpath = vendor/own\n\turl = ../own.git\n'
)


def odd_repository(folder: Path, own: str) -> Path:
    """A bare repository; `own` is the commit of a submodule of the same owner."""
    tree = folder / "tree"
    run_git("init", "-q", "-b", "main", str(tree))
    for path, content in FILES.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_bytes(content)
    Path(os.fsdecode(os.fsencode(tree) + b"/caf\xe9.txt")).write_bytes(b"latin name\n")
    (tree / "run.sh").chmod(0o755)
    (tree / "link.py").symlink_to("src/a.py")
    run_git("add", "-A", cwd=tree)
    run_git("commit", "-qm", "Begin", cwd=tree)
    (tree / ".gitattributes").write_text(RULES)
    (tree / ".gitmodules").write_text(MODULES)
    run_git("add", ".gitattributes", ".gitmodules", cwd=tree)
    for path, commit in (("vendor/far", "1" * 40), ("vendor/own", own)):
        run_git("update-index", "--add", "--cacheinfo", f"160000,{commit},{path}", cwd=tree)
    run_git("commit", "-qm", "Attributes and submodules", cwd=tree)
    run_git("clone", "-q", "--bare", str(tree), str(folder / "odd.git"))
    return folder / "odd.git"


def issue(key: str, repository: str, commands: list[str], files: dict[str, Any]) -> dict[str, Any]:
    """One task whose session runs these commands and says that it is done."""
    turns: list[dict[str, Any]] = [{"tools": [{"Bash": {"command": command}}]} for command in commands]
    return {
        "key": key,
        "repository": repository,
        "title": f"Do {key}",
        "author": "ada",
        "labeled_by": "ada",
        "attempts": [[*turns, {"finish": {"status": "complete", "summary": "Done."}}]],
        "expect": {"files": files},
    }


def stored(content: bytes) -> dict[str, str]:
    return {"base64": base64.b64encode(content).decode()}


UNTOUCHED = {"legacy.txt": stored(LEGACY), "mixed.c": stored(MIXED), "utf16.txt": stored(WIDE)}
ODD = "odd/files"
ISSUES = [
    issue(
        "all",
        ODD,
        ["git status --short; sed -i 's/1/2/' src/a.py", "git add -A && git commit -qm 'Set A' && git show --stat"],
        {"src/a.py": "A = 2\n", **UNTOUCHED, "win.bat": stored(FILES["win.bat"]), DEEP: "deep\n"},
    ),
    issue(
        "kinds",
        ODD,
        [
            f"chmod +x tool.sh && ln -sfn src/b.py link.py && git mv '{QUOTED}' renamed.txt",
            "echo more >> README.md && echo more >> readme.md && echo x >> caf*.txt && echo deeper >> d*/e*/f*/g*.txt",
            "printf 'echo two\\r\\n' >> win.bat && git add tool.sh link.py && git commit -qm Kinds",
        ],
        {
            "tool.sh": {"text": "#!/bin/sh\necho tool\n", "executable": True},
            "link.py": {"link": "src/b.py"},
            "renamed.txt": "x\n",
            QUOTED: None,
            "README.md": "up\nmore\n",
            "readme.md": "low\nmore\n",
            DEEP: "deep\ndeeper\n",
            "win.bat": "@echo off\necho one\necho two\n",
            "img.png": stored(FILES["img.png"]),
            **UNTOUCHED,
        },
    ),
    issue(
        "lfs",
        ODD,
        [
            "cat data.bin",
            "head -c 5000 /dev/zero | tr '\\0' x > data.bin && git add data.bin && git commit -qm 'New data'",
        ],
        {"data.bin": POINTER.format(hashlib.sha256(LARGE).hexdigest(), len(LARGE)), **UNTOUCHED},
    ),
    issue(
        "submodules",
        ODD,
        [
            "cat vendor/own/lib.py && echo 'L = 2' > vendor/own/lib.py && ls vendor/far",
            "sed -i 's/1/2/' src/b.py && git add -A && git commit -qm 'Set B'",
        ],
        {"src/b.py": "B = 2\n", "vendor/own/lib.py": None, **UNTOUCHED},
    ),
    issue(
        "sparse",
        ODD,
        ["git sparse-checkout set src && ls", "sed -i 's/1/3/' src/a.py && git add src/a.py && git commit -qm 'Set A'"],
        {"src/a.py": "A = 3\n", "docs/guide.md": "Read this.\n", DEEP: "deep\n", **UNTOUCHED},
    ),
    issue(
        "python",
        "odd/py",
        [
            "mkdir .venv __pycache__ && echo home = /usr/bin > .venv/pyvenv.cfg && git checkout -q -b fix/x",
            "sed -i 's/1/2/' app.py && echo x > __pycache__/app.pyc",
            "mkdir app.egg-info && echo x > app.egg-info/PKG-INFO",
            "mkdir build && echo 'B = 1' > build/steps.py",
            "git add -A && git commit -qm 'Set X, because of the issue'",
        ],
        {"app.py": "X = 2\n", "build/steps.py": "B = 1\n", ".venv/pyvenv.cfg": None, "app.egg-info/PKG-INFO": None},
    ),
]


@pytest.mark.needs("git-lfs")
def test_only_what_the_sessions_changed_is_published(tmp_path: Path) -> None:
    """Six issues, each about another kind of files; the pull requests say what is not in them."""
    own = create_repository(tmp_path / "from", "odd/own", {"lib.py": "L = 1\n"})
    odd_repository(tmp_path, run_git("rev-parse", "main", cwd=own))
    night = {
        "seconds": 300,
        "settings": {"WORKERS": 2, "PER_REPOSITORY": 2},
        "people": [{"login": "ada", "roles": {"odd/files": "maintain", "odd/py": "maintain"}}],
        "repositories": [
            {"name": ODD, "source": "odd.git"},
            {"name": "odd/own", "source": "from/odd/own.git"},
            {"name": "odd/py", "files": {"app.py": "X = 1\n"}},
        ],
        "issues": ISSUES,
    }
    (tmp_path / "night.yml").write_text(yaml.safe_dump(night, sort_keys=False, allow_unicode=True))
    done = subprocess.run(
        [sys.executable, "-m", "bot", "rehearse", "--scenario", "night.yml", "--folder", "left", "--json"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=within(300),
    )
    assert json.loads(done.stdout)["unexpected"] == [], done.stderr
    assert done.returncode == 0
    pages = {page.name: page.read_text() for page in (tmp_path / "left/pages").glob("*pull*")}
    told = "\n".join(pages.values())
    assert "vendor/own" in told and "what was changed in it is not published" in told
    assert "is a submodule that is not on the same host, so it is not checked out" in told
    assert "app.egg-info/" in told and "it is metadata of an installed package" in told
    assert "Set X, because of the issue" in told
