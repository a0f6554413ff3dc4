"""Paths that only people change, by kind, each kind with its reason.

A pattern is written as in `.gitignore`, without a slash at its end: it then also matches a file or a symbolic link of
that name, and a link in the place of a folder that leads to it (`globs.covers`). `bot/core/embedded.py` judges the
files in which only some keys are protected.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectedKind:
    """`why` completes a sentence that begins with the path."""

    name: str
    why: str
    patterns: tuple[str, ...]


RUN_BY_GITHUB = ProtectedKind(
    name="github",
    why="GitHub runs it, or asks the people in it for reviews",
    patterns=("/.github", "CODEOWNERS", "action.yml", "action.yaml"),
)

AGENT_INSTRUCTIONS = ProtectedKind(
    name="agents",
    why="coding agents and review bots obey it",
    patterns=(
        # The names that several agents read.
        *("AGENTS.md", "AGENTS.*.md", "AGENT.md", "AGENT.*.md", ".agents", ".agent", ".skills", "SKILL.md"),
        *("mcp.json", ".mcp.json", ".rules", ".ruler", ".rulesync", "rulesync.jsonc"),
        # Claude Code, Codex, Gemini, Copilot (besides `.github`).
        *("CLAUDE.md", "CLAUDE.*.md", ".claude", ".claude.json", ".claude-plugin", ".codex", "CODEX.md"),
        *("GEMINI.md", "GEMINI.*.md", ".gemini", ".geminiignore", ".aiexclude", "copilot-instructions.md", ".copilot"),
        *("/.github/instructions", "/.github/prompts", "/.github/agents", "/.github/chatmodes", "/.github/skills"),
        # Editors with an agent inside.
        *(".cursor", ".cursorrules", ".windsurf", ".windsurfrules", ".devin", ".trae", ".kiro", ".aiassistant"),
        *(".junie", ".idx", ".firebender", "firebender.json", ".void", ".voidrules", ".pearai", ".pearairules"),
        *(".codeium", ".tabnine", ".sourcegraph", ".cody", "replit.md"),
        # Extensions and command-line agents.
        *(".cline*", ".roo", ".roorules*", ".roomodes", ".rooignore", ".kilo", ".kilocode*", ".aider*", ".continue*"),
        *(".amazonq", ".augment*", ".goose", ".goosehints", ".openhands", ".openhands_instructions", ".opencode"),
        *("opencode.json", "opencode.jsonc", ".crush*", "CRUSH.md", "CRUSH.*.md", "crush.json", ".warp", "WARP.md"),
        *(".qwen", "QWEN.md", ".qoder", ".qodo", ".factory", ".amp", ".iflow", "IFLOW.md", ".grok", "GROK.md"),
        *(".jules", "JULES.md", ".rovodev", ".serena", ".taskmaster", ".plandex*", ".mentat*", ".vibe", ".codebuddy"),
        *("sweep.yaml", ".sweep.yaml", ".bito*", ".zencoder"),
        # Bots that review.
        *(".coderabbit.y*ml", ".pr_agent.toml", "greptile.json", ".greptile", ".bugbot", "BUGBOT.md", "ellipsis.yaml"),
        *(".sourcery.yaml", ".korbit*", ".cubic", "cubic.yaml"),
    ),
)

RUN_ON_OPENING = ProtectedKind(
    name="opening",
    why="it runs on the machine of a person who opens or enters the folder",
    patterns=(
        # Editors.
        *(".vscode", "*.code-workspace", ".idea", ".run", "*.run.xml", ".fleet", ".zed", ".vs", ".eclipse"),
        *(".externalToolBuilders", "*.sublime-project", ".nvim.lua", ".nvimrc", ".exrc", "_exrc", ".vimrc", "_vimrc"),
        *(".lvimrc", ".local.vimrc", ".dir-locals.el", ".dir-locals-2.el", ".nova", ".theia"),
        # Containers and workspaces in the cloud.
        *(".devcontainer", ".devcontainer.json", ".gitpod.yml", ".gitpod.Dockerfile", ".ona", ".replit"),
        *("replit.nix", ".stackblitzrc", ".codesandbox"),
        # Shells and managers of tool versions.
        *(".envrc", ".envrc.*", ".direnv", ".autoenv", ".autoenv.*", ".tool-versions"),
        *("mise.toml", "mise.*.toml", ".mise.toml", ".mise.*.toml", ".mise", "mise/config.toml", ".rtx.toml", ".rtx"),
        *("**/.config/mise", "**/.config/mise.toml", "**/.config/mise.*.toml", ".prototools", ".flox", ".hermit"),
        # Programs that read a start file of the folder in which they are started.
        *(".gdbinit", ".lldbinit", ".pdbrc", ".pdbrc.py", ".irbrc", ".pryrc", ".Rprofile", ".ghci", ".ocamlinit"),
        *(".iex.exs", ".psqlrc", ".sqliterc"),
    ),
)

OTHER_CI = ProtectedKind(
    name="ci",
    why="another CI system, or a bot that merges, runs it",
    patterns=(
        *(".circleci", ".gitlab", ".gitlab-ci*.y*ml", "Jenkinsfile", "Jenkinsfile.*", "*.jenkinsfile", ".jenkins"),
        *(".travis.y*ml", "azure-pipelines*.y*ml", ".azure-pipelines*", ".azuredevops", ".vsts-ci.y*ml"),
        *(".buildkite", ".drone.*", ".woodpecker", ".woodpecker.*", "bitbucket-pipelines.y*ml", "appveyor.y*ml"),
        *(".appveyor.y*ml", ".appveyor", ".cirrus.*", ".semaphore", ".teamcity", "cloudbuild*.y*ml"),
        *("cloudbuild*.json", "buildspec*.y*ml", ".forgejo", ".gitea", ".build.yml", ".builds", ".tekton"),
        *("codefresh*.y*ml", ".codefresh", "wercker.yml", "screwdriver.yaml", ".onedev-buildspec.yml", ".harness"),
        *(".space.kts", ".earthly", "codemagic.yaml", "bitrise.yml", ".prow", ".prow.yaml", ".testing-farm.yaml"),
        *(".packit.y*ml", ".zuul.d", ".zuul.y*ml", "zuul.d", "zuul.yaml", ".taskcluster.yml", "cloudbees*.y*ml"),
        *("renovate.json*", ".renovaterc*", ".mergify.yml", ".mergify", ".kodiak.toml", ".bulldozer.yml", "bors.toml"),
    ),
)

PACKAGE_SOURCES = ProtectedKind(
    name="packages",
    why="it decides where packages and build tools come from",
    patterns=(
        *(".npmrc", ".yarnrc", ".yarnrc.y*ml", "**/.yarn/releases", "**/.yarn/plugins", ".pnpmfile.*", "pnpmfile.*"),
        *(".corepack.env", "bunfig.toml", ".bunfig.toml"),
        *("pip.conf", "pip.ini", ".pypirc", "uv.toml", "poetry.toml", "pdm.toml", ".pdm.toml", ".condarc", "condarc"),
        *("**/.pixi/config.toml", "**/.cargo/config", "**/.cargo/config.toml", "**/.cargo/credentials*"),
        *("**/gradle/wrapper", "gradlew", "gradlew.bat", "**/.gradle/init*", "init.gradle*", "mvnw", "mvnw.cmd"),
        *("mvnwDebug*", ".mvn", ".jvmopts", ".sbtopts", "**/tools/bazel", ".bundle", ".gemrc", "NuGet.Config"),
        *(".nuget", "/auth.json", ".netrc", "_netrc", ".curlrc", "_curlrc", ".wgetrc", ".terraformrc", "terraform.rc"),
        *("**/.swiftpm/configuration", ".hex", ".cpanrc"),
    ),
)

GIT_HOOKS = ProtectedKind(
    name="hooks",
    why="it runs on a developer's machine at the next commit or push",
    patterns=(
        *(".husky", ".huskyrc", ".huskyrc.*", "husky.config.*", ".githooks", ".git-hooks", ".git_hooks", ".hooks"),
        *(
            ".vite-hooks",
            ".vite-hook",
            "githooks",
            "git-hooks",
            ".pre-commit-config.y*ml",
            ".pre-commit-hooks.y*ml",
            "prek.toml",
            ".prek.toml",
        ),
        *(f"{dot}lefthook{local}.{end}" for dot in ("", ".") for local in ("", "-local") for end in ("y*ml", "toml")),
        *(f"{dot}lefthook{local}.json*" for dot in ("", ".") for local in ("", "-local")),
        *(".lefthook", ".lefthook-local", "**/.config/lefthook*", "**/.config/git"),
        *(".lintstagedrc", ".lintstagedrc.*", "lint-staged.config.*", ".nano-staged.*", "nano-staged.*"),
        *(".simple-git-hooks.*", "simple-git-hooks.*", ".simple-pre-commit.*", "simple-pre-commit.*"),
        *(".overcommit.yml", ".local-overcommit.yml", ".overcommit"),
        *(".overcommit_gems.rb", "captainhook.json", "captainhook*.json", "grumphp.y*ml*", ".rusty-hook.toml"),
        *(".cargo-husky", "hk.pkl", "hk.toml", ".hk", ".trunk", ".ghooks*", ".hookah", ".quickhook"),
        *(".czrc", ".cz.json", ".commitlintrc", ".commitlintrc.*", "commitlint.config.*"),
    ),
)

HIDING = ProtectedKind(
    name="git",
    why="git fetches or hides what it names, or runs what it sets",
    patterns=(".gitmodules", ".gitattributes", ".gitconfig", ".git"),
)

TERMS = ProtectedKind(
    name="licence",
    why="it holds the project's license",
    patterns=(
        # Not `license.*`: that is often code.
        *(f"{name}{end}" for name in ("LICENSE", "LICENCE", "COPYING") for end in ("", ".md", ".txt", ".rst")),
        *("/LICENSE-*", "/LICENCE-*", "/COPYING.*", "/LICENSES", "UNLICENSE", "/NOTICE", "/NOTICE.*"),
    ),
)

SHORT_NAMES = ProtectedKind(
    name="short",
    why="Windows can take this name for a longer one that is protected",
    patterns=("?*~[1-9]", "?*~[1-9].*"),
)

KINDS = (
    *(RUN_BY_GITHUB, AGENT_INSTRUCTIONS, RUN_ON_OPENING, OTHER_CI, PACKAGE_SOURCES, GIT_HOOKS, HIDING, TERMS),
    SHORT_NAMES,
)

FOLLOWED = (AGENT_INSTRUCTIONS, RUN_ON_OPENING, PACKAGE_SOURCES, GIT_HOOKS)
"""Kinds whose programs follow symbolic links; GitHub and other CI systems read files of the commit itself."""

FIXED = ("/.github/nightshift.yml", "/.github/workflows", "/.github/actions", ".gitmodules", ".git")
"""What no repository can downgrade: Nightshift reads its rules there; GitHub runs it as soon as it is pushed, before a
person looks; and git would fetch it."""

FIXED_EXAMPLES = (".github/nightshift.yml", ".github/workflows/ci.yml", ".github/actions", ".gitmodules")
