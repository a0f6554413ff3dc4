"""Claude Code's own tools: what they may read, where they may write, and which a session may not use."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from hooks.policy import Context, judge


@pytest.fixture
def context(a_context: Context, tmp_path: Path) -> Context:
    return Context(workspace=a_context.workspace, home=a_context.home, control=tmp_path / "control")


def rule(tool: str, tool_input: dict[str, object], context: Context) -> str:
    return judge(tool, tool_input, context).rule


@pytest.mark.parametrize(
    ("tool", "tool_input"),
    [
        ("Read", {"file_path": "src/app.py"}),
        ("Read", {"file_path": "/usr/include/stdio.h"}),
        ("Read", {"file_path": ".env.example"}),
        ("Read", {"file_path": ".claude/settings.json"}),
        ("Write", {"file_path": "src/new.py", "content": "x = 1\n"}),
        ("Edit", {"file_path": "README.md", "old_string": "a", "new_string": "b"}),
        ("NotebookEdit", {"notebook_path": "n.ipynb", "new_source": ""}),
        ("Glob", {"pattern": "**/*.py"}),
        ("Grep", {"pattern": "password", "path": "src"}),
        ("Grep", {"pattern": "x", "glob": "*.ts"}),
        ("Grep", {"pattern": "x", "glob": "{*.ts,*.js}"}),
        ("Glob", {"pattern": ".env*"}),
        ("Glob", {"pattern": "/usr/include/*.h"}),
        ("Glob", {"pattern": 7}),
        ("StructuredOutput", {"status": "complete", "summary": "", "questions": []}),
    ],
)
def test_ordinary_work_is_granted(tool: str, tool_input: dict[str, object], context: Context) -> None:
    """Reading anywhere that holds no secrets, writing in the workspace, delivering the result."""
    assert rule(tool, tool_input, context) == "granted"


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        "config/.env.production",
        "~/.ssh/id_ed25519",
        "~/.aws/credentials",
        "/proc/self/environ",
        "/etc/shadow",
        "server.pem",
        "~/.netrc",
        "src/../.env",
    ],
)
@pytest.mark.parametrize("tool", ["Read", "Edit", "Write", "Grep"])
def test_secrets_are_not_read_by_any_tool(tool: str, path: str, context: Context) -> None:
    """Nor written: a session makes no secrets."""
    field = "path" if tool == "Grep" else "file_path"

    assert rule(tool, {field: path, "pattern": "x", "content": ""}, context) == "secrets.file"


def test_a_grep_over_secrets_by_glob_is_refused(context: Context) -> None:
    """Grep prints what it finds, so its glob must not name them."""
    assert rule("Grep", {"pattern": "KEY", "glob": ".env*"}, context) == "secrets.file"


@pytest.mark.parametrize("pattern", ["~/.ssh/*", "/home/agent/.aws/*", "/etc/ssh/ssh_host_*key"])
def test_a_glob_outside_of_the_workspace_does_not_name_secrets(pattern: str, context: Context) -> None:
    assert rule("Glob", {"pattern": pattern}, context) == "secrets.file"


def test_a_guard_is_one_by_its_name_and_by_what_a_link_leads_to(context: Context, tmp_path: Path) -> None:
    (context.workspace / "conf").mkdir()
    (context.workspace / "sub").mkdir()
    (context.workspace / "sub" / ".claude").symlink_to(context.workspace / "conf")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    (scratch / "link").symlink_to(context.workspace / ".claude")
    context = replace(context, scratch=(scratch,))

    assert rule("Write", {"file_path": "sub/.claude/settings.json", "content": ""}, context) == "guards.files"
    assert rule("Write", {"file_path": f"{scratch}/link/settings.json", "content": ""}, context) == "guards.files"


@pytest.mark.parametrize("path", ["/etc/hosts", "~/.bashrc", "../elsewhere.txt", "/srv/other/file", "src/../../x"])
def test_files_are_written_in_the_workspace_only(path: str, context: Context) -> None:
    """The editing tools reach no further than the workspace."""
    assert rule("Write", {"file_path": path, "content": ""}, context) == "tool.outside"


@pytest.mark.parametrize(
    "path",
    [
        ".claude/settings.json",
        ".mcp.json",
        ".git/hooks/pre-commit",
        ".git/config",
        ".git/HEAD",
        "sub/.git/config",
        "../control/gate.py",
    ],
)
def test_guards_are_not_written(path: str, context: Context) -> None:
    """What guards the session is not its to change."""
    assert rule("Write", {"file_path": path, "content": ""}, context) == "guards.files"


def test_a_symbolic_link_leads_nowhere_else(context: Context, tmp_path: Path) -> None:
    """A link inside the workspace is followed before it is judged."""
    (tmp_path / "elsewhere").mkdir()
    (context.workspace / "out").symlink_to(tmp_path / "elsewhere")
    (context.workspace / "notes.txt").symlink_to(context.home / ".ssh" / "id_rsa")
    (context.workspace / "safe").mkdir()
    (context.workspace / "safe" / "git").symlink_to(context.workspace / ".git")

    assert rule("Write", {"file_path": "out/x.txt", "content": ""}, context) == "tool.outside"
    assert rule("Read", {"file_path": "notes.txt"}, context) == "secrets.file"
    assert rule("Bash", {"command": "cat notes.txt"}, context) == "secrets.file"
    assert rule("Write", {"file_path": "safe/git/hooks/x", "content": ""}, context) == "guards.files"
    assert rule("Bash", {"command": "rm -rf out/build"}, context) == "delete.recursive"


@pytest.mark.parametrize("tool", ["AskUserQuestion", "EnterPlanMode", "ExitPlanMode"])
def test_tools_that_need_a_person_are_refused(tool: str, context: Context) -> None:
    """The refusal says how to go on without an answer."""
    ruling = judge(tool, {}, context)

    assert ruling.rule == "tool.needs_a_person"
    assert "needs_info" in ruling.instead


@pytest.mark.parametrize(
    "tool", ["WebFetch", "WebSearch", "Task", "Agent", "Monitor", "CronCreate", "mcp__github__merge", "Skill", "bash"]
)
def test_unknown_tools_are_refused(tool: str, context: Context) -> None:
    """What has no rule is not used; a second shell is not a way around the first."""
    assert rule(tool, {"command": "ls"}, context) == "tool.unknown"


@pytest.mark.parametrize(
    "tool_input", [{}, {"file_path": 7}, {"file_path": ""}, {"file_path": "a\0b"}, {"file_path": "\ud800"}]
)
def test_malformed_input_is_refused(tool_input: dict[str, object], context: Context) -> None:
    """A path is text, and there."""
    assert rule("Read", tool_input, context) == "unresolved.input"


def test_input_over_the_limit_is_refused(context: Context) -> None:
    """64 KB for a command; files may be larger."""
    assert rule("Bash", {"command": "echo " + "x" * 70_000}, context) == "unresolved.input"
    assert rule("Write", {"file_path": "big.txt", "content": "x" * 500_000}, context) == "granted"
