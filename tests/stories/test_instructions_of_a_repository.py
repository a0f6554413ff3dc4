"""What the repository tells coding agents reaches the model, from the base commit alone."""

from __future__ import annotations

from tests.stories.world import REPOSITORY, World, finish, tools


def test_imports_nested_files_and_rules_reach_the_model(world: World) -> None:
    """A `CLAUDE.md` that only imports `AGENTS.md`, a folder's own file, and a rule. Each is marked as material."""
    files = {
        "CLAUDE.md": "@AGENTS.md\n",
        "AGENTS.md": "Always write XYZZY_RULE_ROOT in commits.\n",
        "sub/CLAUDE.md": "XYZZY_RULE_SUB\n",
        ".claude/rules/x.md": "XYZZY_RULE_DOT\n",
        "a.txt": "a\n",
        "sub/b.txt": "b\n",
    }
    world.github.push_commit(REPOSITORY, "main", files, by="ada")
    world.label_issue(
        sessions=[
            [
                tools({"Write": {"file_path": "CLAUDE.md", "content": "XYZZY_CHANGED\n"}}),
                tools({"Read": {"file_path": "sub/b.txt"}}),
                finish("blocked", "There is nothing to do."),
            ]
        ]
    )

    world.run_until_idle()

    systems = [request.system for request in world.model.requests if "# The repository's own" in request.system]
    assert len(systems) >= 2
    for system in systems:
        for line in ("Always write XYZZY_RULE_ROOT in commits.", "XYZZY_RULE_SUB", "XYZZY_RULE_DOT"):
            assert f"=====\n{line}\n\n===== end of repository instructions" in system
        assert "Of `sub/CLAUDE.md`. They apply to files in `sub/`:" in system
        assert "Of `AGENTS.md`, imported by `CLAUDE.md`:" in system
        assert "XYZZY_CHANGED" not in system
