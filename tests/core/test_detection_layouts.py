"""Real layouts: the checks are what their maintainers run, and in a monorepo those of the touched packages."""

from __future__ import annotations

import pytest

from tests.core.layouts import PYTEST, Layout, found, package, workflow

# Layouts of real projects, as far as the detection reads them.
CLICK = {
    "pyproject.toml": '[dependency-groups]\ntests = ["pytest"]\n[tool.pytest.ini_options]\ntestpaths = ["tests"]\n'
    '[tool.tox]\nenv_list = ["py3.13", "pypy", "docs"]\n',
    "tests/conftest.py": "import pytest",
    "uv.lock": "",
    **workflow("uv run --locked tox run -e ${{ matrix.tox }}"),
}
GOT = {
    "package.json": package(scripts={"test": "xo && tsc --noEmit && NODE_OPTIONS='--import=tsx/esm' ava"}),
    ".npmrc": "",
}
COBRA = {
    "go.mod": "module github.com/spf13/cobra\n",
    "Makefile": "test: install_deps\n\t$(info)\n\tgo test -v ./...\nrichtest: install_deps\n\trichgo test -v ./...\n",
    **workflow("PATH=$HOME/go/bin/:$PATH make richtest"),
}
RIPGREP = {
    "Cargo.toml": '[package]\nname = "ripgrep"\n[workspace]\nmembers = ["crates/globset", "crates/grep", '
    '"crates/printer"]\n'
    '[dependencies]\ngrep = { version = "0.3", path = "crates/grep" }\n',
    "crates/globset/Cargo.toml": '[package]\nname = "globset"\n',
    "crates/printer/Cargo.toml": '[package]\nname = "grep-printer"\n',
    "crates/grep/Cargo.toml": '[package]\nname = "grep"\n[dependencies]\ngrep-printer = { path = "../printer" }\n',
    "crates/core/main.rs": "",
}
PINIA = {
    "package.json": package(
        packageManager="pnpm@9.0.0",
        scripts={"lint": "prettier -c --parser typescript '{packages/**}.ts'", "test": "pnpm run -r test"},
    ),
    "pnpm-workspace.yaml": "packages:\n  - packages/*\n",
    "packages/pinia/package.json": package(name="pinia", scripts={"test": "vitest run"}),
    "packages/nuxt/package.json": package(
        name="@pinia/nuxt", scripts={"test": "vitest run"}, dependencies={"pinia": "*"}
    ),
    "packages/docs/package.json": package(name="docs", scripts={"docs": "x"}),
}
VUE = {
    "package.json": package(
        packageManager="pnpm@10.0.0",
        scripts={
            "check": "tsc --incremental --noEmit",
            "lint": "eslint --cache .",
            "format-check": "prettier --check --cache .",
            "test": "vitest",
            "test-unit": "vitest --project unit*",
            "test-e2e": "node scripts/build.js vue -f global -d && vitest --project e2e",
            "test-dts": "run-s build-dts test-dts-only",
        },
    ),
    "pnpm-workspace.yaml": "packages:\n  - 'packages/*'\n",
    "packages/runtime-core/package.json": package(name="@vue/runtime-core"),
}
COMMONS_CLI = {"pom.xml": "<project><build/></project>", **workflow("mvn --errors --show-version --batch-mode verify")}
SINATRA = {
    "Gemfile": "",
    "Rakefile": "require 'rake/testtask'\ntask default: :test\nRake::TestTask.new(:test) do |t|\n",
    "rack-protection/Rakefile": "",
    **workflow("bundle exec rake"),
}
GIT2GO = {
    "go.mod": "module github.com/libgit2/git2go/v34\n",
    ".gitmodules": '[submodule "vendor/libgit2"]',
    "Makefile": "TEST_ARGS ?= --count=1\ntest: test-dynamic\ntest-static: static-build/install/lib/libgit2.a\n",
    **workflow("make TEST_ARGS=-test.v test-static"),
}
# Others: a binding of Rust with Python in its scripts, hatch, nested modules, autotools, a makefile that passes all on.
UV_ITSELF = {
    "pyproject.toml": "[build-system]\n",
    "Cargo.toml": "[workspace]\n",
    "test/packages/built/pyproject.toml": "[project]\n",
    "test/packages/built/tests/test_package.py": "import pytest",
    "crates/a/resources/test_x.py": "import pytest",
}
MKDOCS = {
    "pyproject.toml": "[tool.hatch.envs.test.scripts]\n"
    "test = 'python -m unittest discover -s mkdocs -p \"*tests.py\"'\n",
    "mkdocs/tests/base_tests.py": "import unittest",
}
PROMETHEUS = {
    "go.work": "go 1.25\n\nuse (\n\t.\n\t./compliance\n)\n",
    "go.mod": "module github.com/prometheus/prometheus\n",
    "compliance/go.mod": "module compliance\n",
}
JQ = {"configure.ac": "", "Makefile.am": "TESTS = tests/mantest\n", **workflow("make check VERBOSE=yes")}
REDIS = {
    "Makefile": "default: all\n\n.DEFAULT:\n\tcd src && $(MAKE) $@\n",
    "deps/hiredis/CMakeLists.txt": "enable_testing()",
}
STARLIGHT = {
    "package.json": package(packageManager="pnpm@10", scripts={"lint": "eslint .", "typecheck": "astro check"}),
    "pnpm-workspace.yaml": "packages:\n  - packages/*\n",
    "packages/starlight/package.json": package(name="starlight", scripts={"test": "vitest"}),
}
RAKE = {
    "Gemfile": "",
    "Rakefile": "Minitest::TestTask.create # Default\nMinitest::TestTask.create(:'test:core') do |t|\n",
}
ANSIBLE = {
    "pyproject.toml": "[build-system]\n",
    "test/units/conftest.py": "",
    "test/units/test_a.py": "import pytest",
    "test/integration/targets/a/test_b.py": "",
    "test/sanity/code-smell/a.py": "",
}


@pytest.mark.parametrize(
    ("files", "changed", "commands"),
    [
        (CLICK, (), [PYTEST]),
        (GOT, (), ["npm run test"]),
        (COBRA, ("command.go",), ["go test ./..."]),
        (RIPGREP, (), ["cargo test --workspace"]),
        (RIPGREP, ("crates/printer/src/lib.rs",), ["cargo test -p grep -p grep-printer -p ripgrep"]),
        (RIPGREP, ("crates/core/main.rs",), ["cargo test --workspace"]),
        (PINIA, (), ["pnpm run lint", "pnpm run test"]),
        (PINIA, ("packages/pinia/src/a.ts",),
         ["pnpm run lint", "pnpm --dir packages/nuxt run test", "pnpm --dir packages/pinia run test"]),
        (PINIA, ("packages/docs/a.md",), ["pnpm run lint", "pnpm run test"]),
        (PINIA, ("packages/pinia/src/a.ts", "tsconfig.json"), ["pnpm run lint", "pnpm run test"]),
        (VUE, ("packages/runtime-core/src/a.ts",),
         [f"pnpm run {name}" for name in ("lint", "check", "format-check", "test-unit", "test-dts")]),
        (COMMONS_CLI, (), ["mvn -B verify"]),
        (SINATRA, (), ["bundle exec rake test"]),
        (GIT2GO, (), ["make test-static"]),
        (ANSIBLE, (), [f"{PYTEST} test/units"]),
        (UV_ITSELF, (), ["cargo test --workspace"]),
        (MKDOCS, (), ['python3 -m unittest discover -s mkdocs -p "*tests.py"']),
        (PROMETHEUS, ("web/a.go",), ["go test ./..."]),
        (PROMETHEUS, ("compliance/a.go",), ["go test ./...", "cd compliance && go test ./..."]),
        (JQ, (), ["autoreconf -i && ./configure && make check"]),
        (REDIS, (), ["make test"]),
        (STARLIGHT, (), ["pnpm run lint", "pnpm run typecheck", "pnpm --recursive --if-present run test"]),
        (RAKE, (), ["bundle exec rake test"]),
    ],
)  # fmt: skip
def test_real_layouts_are_checked_as_their_maintainers_do(
    files: Layout, changed: tuple[str, ...], commands: list[str]
) -> None:
    assert found(files, *changed) == commands


WORKSPACE = {
    "package.json": package(workspaces=["packages/*", "!packages/old"], scripts={"test": "lerna run test"}),
    "packages/a/package.json": package(name="a", scripts={"test": "x"}),
    "packages/b/package.json": package(name="b", scripts={"test": "x"}, devDependencies={"a": "*"}),
    "packages/c/package.json": package(name="c", scripts={"test": "x"}, dependencies={"b": "*"}),
    "packages/d/package.json": package(name="d", scripts={"test": "x"}),
    "packages/old/package.json": package(name="old", scripts={"test": "x"}),
}
MODULES = {
    "go.work": "go 1.22\n\nuse (\n\t./core\n\t./cli // the program\n)\nuse ./web\n",
    "core/go.mod": "module example.org/core\n",
    "cli/go.mod": "module example.org/cli\nrequire (\n\texample.org/core v1.0.0\n)\n",
    "web/go.mod": "module example.org/web\n",
}
UV = {
    "pyproject.toml": '[tool.uv.workspace]\nmembers = ["packages/*"]\n[tool.pytest.ini_options]\n',
    "packages/a/pyproject.toml": '[project]\nname = "Pkg.A"\n[tool.pytest.ini_options]\n',
    "packages/b/pyproject.toml": '[project]\nname = "b"\ndependencies = ["pkg-a>=1"]\n[tool.pytest.ini_options]\n',
}
SERVICES = {
    f"services/{name}/package.json": package(scripts={"test": "x"})
    for name in ("auth", "billing", "cart", "mail", "orders", "users")
}
MAVEN = {
    "pom.xml": "<modules><module>core</module><module>app</module></modules>",
    "core/pom.xml": "",
    "app/pom.xml": "",
}

GRADLE = {
    "settings.gradle": "rootProject.name = 'x'\ninclude 'core', ':lib:data-model',\n  ':app' // the program\n"
    "include ':docs'\nincludeBuild 'build-logic'\nproject(':app').projectDir = file('programs/app')\n",
    "build.gradle": "",
    "gradlew": "",
    "core/build.gradle": "",
    "core/src/test/java/A.java": "",
    "lib/data-model/build.gradle": "dependencies { api project(':core') }",
    "lib/data-model/src/test/java/A.java": "",
    "programs/app/build.gradle": "dependencies { implementation project(path: ':lib:data-model') }",
    "programs/app/src/test/java/A.java": "",
    "docs/build.gradle": "",
}
KOTLIN = {
    "settings.gradle.kts": 'include(":core", ":core:data-model")\ninclude(":app")\n',
    "core/src/test/kotlin/A.kt": "",
    "core/data-model/build.gradle.kts": "",
    "core/data-model/src/test/kotlin/A.kt": "",
    "app/build.gradle.kts": "dependencies { implementation(projects.core.dataModel) }",
    "app/src/integrationTest/kotlin/A.kt": "",
    **workflow("./gradlew --no-daemon check"),
}


@pytest.mark.parametrize(
    ("files", "changed", "commands"),
    [
        (WORKSPACE, "packages/a/i.js", [f"npm run test --workspace=packages/{each}" for each in "abc"]),
        (WORKSPACE, "packages/d/i.js", ["npm run test --workspace=packages/d"]),
        (WORKSPACE, "packages/old/i.js", ["npm run test"]),
        (WORKSPACE | {"yarn.lock": ""}, "packages/c/i.js", ["yarn workspace c run test"]),
        (WORKSPACE | {"bun.lock": ""}, "packages/c/i.js", ["cd packages/c && bun run test"]),
        (MODULES, "core/a.go", ["go test ./cli/... ./core/..."]),
        (MODULES, "web/a.go", ["go test ./web/..."]),
        (MODULES, "README.md", ["go test ./cli/... ./core/... ./web/..."]),
        (UV, "packages/a/a.py", [f"cd packages/{each} && {PYTEST}" for each in "ab"]),
        (UV, "packages/b/a.py", [f"cd packages/b && {PYTEST}"]),
        (UV, "noted.md", [PYTEST]),
        (SERVICES, "services/users/a.js", ["cd services/users && npm run test"]),
        (SERVICES, "README.md", [f"cd {path.rpartition('/')[0]} && npm run test" for path in SERVICES]),
        (MAVEN, "core/A.java", ["mvn -B verify -pl core -am -amd"]),
        (GRADLE, "core/A.java", ["./gradlew :app:test :core:test :lib:data-model:test"]),
        (GRADLE, "lib/data-model/A.java", ["./gradlew :app:test :lib:data-model:test"]),
        (GRADLE, "programs/app/A.java", ["./gradlew :app:test"]),
        (GRADLE, "docs/index.md", ["./gradlew test"]),  # it has no tests, and no project needs it
        (GRADLE, "build.gradle", ["./gradlew test"]),
        (GRADLE, "build-logic/A.java", ["./gradlew test"]),
        (GRADLE | {"build.gradle": "subprojects { dependencies { implementation project(':core') } }"}, "core/A.java",
         ["./gradlew :app:test :core:test :lib:data-model:test"]),
        (GRADLE | {"settings.gradle": "include 'core'\nproject(':core').projectDir = find()"}, "core/A.java",
         ["./gradlew test"]),
        (GRADLE | {"core/src/jvmTest/A.kt": "", "core/src/test/java/A.java": ""}, "core/A.java",
         ["./gradlew :app:test :core:test :lib:data-model:test"]),
        (GRADLE | {"docs/src/jvmTest/A.kt": ""}, "docs/A.java", ["./gradlew test"]),
        (KOTLIN, "core/data-model/A.kt", ["gradle :app:check :core:data-model:check"]),
        (KOTLIN, "core/A.kt", ["gradle :core:check"]),
        ({"go.mod": "", "sdk/go.mod": ""}, "sdk/a.go", ["go test ./...", "cd sdk && go test ./..."]),
        ({"go.mod": "", "sdk/go.mod": ""}, "a.go", ["go test ./..."]),
        ({"go.mod": "", "ui/package.json": package(scripts={"test": "x"})}, "ui/a.ts",
         ["go test ./...", "cd ui && npm run test"]),
    ],
)  # fmt: skip
def test_in_a_monorepo_the_touched_packages_and_their_dependents_are_checked(
    files: Layout, changed: str, commands: list[str]
) -> None:
    assert found(files, changed) == commands
