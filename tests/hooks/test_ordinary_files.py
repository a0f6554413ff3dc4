"""Tests, makefiles and manifests as sessions write them every day: none of them may be refused.

Tests talk of deletion, start the project's own program, set variables and delete the folders that their runner made.
"""

# ruff: noqa: E501 -- the files stand here as sessions write them

from __future__ import annotations

import pytest

from hooks.policy import Context
from tests.hooks.sessions import PlayedSession, edit, write

Case = tuple[list[str | tuple[str, dict[str, object]]], dict[str, str]]

ORDINARY: list[Case] = [
    (["curl -LO https://example.com/model.pth && python infer.py model.pth"], {"infer.py": "print(1)\n"}),
    (["npx jest > out.test.log 2>&1; npx jest"], {}),
    (
        ["cat package.json | jq '.a=1' > t && mv t package.json && npm test"],
        {"package.json": '{"scripts": {"test": "jest"}}'},
    ),
    (["sed -i 's/a/b/' src/*.py README.md && pytest && python -m app"], {"README.md": "a\n"}),
    (
        [
            write(
                "package.json",
                '{"name": "x", "description": "It\'s a tool (for rm -rf / fans", "bin": "cli.js", "lint-staged": {"*.js": "eslint"}}',
            ),
            write("pyproject.toml", "[tool.cibuildwheel]\nbuild = 'cp39-*'\ntest-command = 'pytest'\n"),
            write(
                "Taskfile.yml",
                "version: 3\nvars:\n  X: It's (open\n  Y:\n    sh: git rev-parse HEAD\ntasks:\n  t: go test\n",
            ),
            "git commit -am x",
            "npx lint-staged",
            "tox",
            "task t",
            "npm test",
        ],
        {},
    ),
    (
        [
            write(
                "tests/test_cli.py",
                """import subprocess, sys, os, shutil, pytest
from pathlib import Path

def run(*args, **kw):
    env = os.environ.copy()
    env["APP_TOKEN"] = "x"
    return subprocess.run([sys.executable, "-m", "app", *args], capture_output=True, text=True, env=env, **kw)

def test_help(tmp_path, monkeypatch):
    monkeypatch.setenv("API_TOKEN", "abc")
    monkeypatch.chdir(tmp_path)
    out = run("--help")
    assert "rm -rf /" not in out.stdout
    shutil.rmtree(tmp_path / "x", ignore_errors=True)
    shutil.rmtree(tmp_path)
    os.remove("a.txt")
    (tmp_path / ".git" / "hooks").mkdir(parents=True)
    (tmp_path / ".env").write_text("A=1")
    assert os.environ["API_TOKEN"] == "abc"

def test_refuses():
    with pytest.raises(ValueError):
        check("curl http://x | sh")
    assert parse("git push --force") == ["git", "push"]
    subprocess.check_call(["git", "init", "-q"], cwd="x")
    subprocess.run("git add . && git commit -m x", shell=True, check=True)
""",
            ),
            "pytest -q",
        ],
        {},
    ),
    (
        [
            write(
                "tests/conftest.py",
                """import pytest, subprocess, tempfile, shutil, requests
@pytest.fixture
def server(tmp_path_factory):
    d = tempfile.mkdtemp()
    p = subprocess.Popen(["python", "-m", "http.server"], cwd=d)
    yield p
    p.terminate()
    shutil.rmtree(d)
@pytest.fixture(autouse=True)
def _env(monkeypatch):
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY", raising=False)
def post(url):
    return requests.post(url, json={"a": 1})
""",
            ),
            "python -m pytest -x tests",
        ],
        {},
    ),
    (
        [
            write(
                "tests/test_db.py",
                """def test_drop(cursor):
    cursor.execute("DROP TABLE users")
    cursor.execute("DELETE FROM x")
    db.drop_all()
    exec("x = 1")
    eval(repr({}))
""",
            ),
            "pytest tests/test_db.py -k drop",
        ],
        {},
    ),
    (
        [
            write(
                "tests/test_paths.py",
                """import pytest
@pytest.mark.parametrize("p", ["/etc/passwd", "~/.ssh/id_rsa", "../../.git/config", "/dev/sda"])
def test_traversal(p, tmp_path):
    with open(tmp_path / "x", "w") as f:
        f.write(p)
    open("out.txt", "w").write("x")
""",
            ),
            "pytest",
        ],
        {},
    ),
    (
        [
            write(
                "tests/test_unit.py",
                """import unittest
from unittest import mock
class T(unittest.TestCase):
    @mock.patch("subprocess.run")
    def test(self, run):
        deploy()
        run.assert_called_once_with(["kubectl", "apply", "-f", "x.yml"], check=True)
        run.assert_called_with("rm -rf /")
        self.assertEqual(run.call_args[0][0], ["git", "push"])
""",
            ),
            "python -m unittest discover -s tests",
        ],
        {},
    ),
    (
        [
            write(
                "test/app.test.js",
                """const { execSync, spawn } = require('node:child_process');
const test = require('node:test'); const assert = require('node:assert'); const fs=require('fs'); const os=require('os'); const path=require('path');
test('cli', () => { const out = execSync('node bin/cli.js --help').toString(); assert.match(out, /rm -rf/); });
test('spawn', () => { const p = spawn(process.execPath, ['bin/cli.js'], { env: { ...process.env, A: '1' } }); });
test('tmp', () => { const d = fs.mkdtempSync(path.join(os.tmpdir(), 'x-')); fs.rmSync(d, { recursive: true, force: true }); });
test('regex', () => { assert.ok(/a/.exec('git push --force')); });
test('text', () => { assert.equal(redact(process.env.API_TOKEN), '***'); });
""",
            ),
            "node --test test/",
            "node --test",
        ],
        {},
    ),
    (
        [
            write(
                "src/x.test.tsx",
                """import { render } from '@testing-library/react'; import { vi } from 'vitest';
vi.mock('child_process', () => ({ execSync: vi.fn() }));
it('x', () => { render(<App />); expect(execSync).toHaveBeenCalledWith('git push'); fetch('/api', { method: 'POST' }); router.remove('/users'); });
""",
            ),
            "npx vitest run src/x.test.tsx",
        ],
        {},
    ),
    (
        [
            write(
                "jest.config.js",
                "module.exports = { preset: 'ts-jest', testEnvironment: 'node', setupFilesAfterEach: ['./jest.setup.js'] };\n",
            ),
            write("jest.setup.js", "process.env.NODE_ENV='test'; jest.setTimeout(30000);\n"),
            "npx jest --ci",
        ],
        {},
    ),
    (
        [
            write(
                "vite.config.ts",
                "import { defineConfig } from 'vite';\nimport { execSync } from 'node:child_process';\nconst hash = execSync('git rev-parse --short HEAD').toString().trim();\nexport default defineConfig({ define: { __HASH__: JSON.stringify(hash) } });\n",
            ),
            "npx vite build",
        ],
        {},
    ),
    (
        [
            write(
                "package.json",
                '{"scripts":{"test":"jest --coverage","build":"tsc -p . && vite build","clean":"rimraf dist","lint":"eslint . --fix","prepare":"husky","release":"npm publish","dev":"vite","start":"node server.js","postinstall":"patch-package"}}',
            ),
            "npm ci",
            "npm test",
            "npm run build && npm run lint",
            "npm run clean",
            "npm start & sleep 1; kill %1",
        ],
        {},
    ),
    (
        [edit("package.json", '"jest"', '"vitest run"'), "npm test", "npm run clean", "npm run tidy-cache", "npm ci"],
        {
            "package.json": '{"scripts":{"test":"jest","clean":"rm -rf lib","tidy-cache":"rm -rf $CACHE_DIR","prepare":"git config core.hooksPath .githooks"}}'
        },
    ),
    (
        [
            write(
                "package.json",
                '{"name":"x","scripts":{"test":"node --test","clean":"rm -rf lib"},"dependencies":{"a":"1"}}',
            ),
            "npm test && npm run clean",
        ],
        {"package.json": '{"name":"x","scripts":{"test":"node --test","clean":"rm -rf lib"}}'},
    ),
    (
        ["jq '.version=\"1.2.0\"' package.json > t && mv t package.json && npm test"],
        {"package.json": '{"scripts":{"test":"jest"},"version":"1"}'},
    ),
    (
        ['sed -i \'s/"version": "1"/"version": "2"/\' package.json && npm test'],
        {"package.json": '{"scripts":{"test":"jest"},"version": "1"}'},
    ),
    (["npm pkg set scripts.lint='eslint .' && npm run lint"], {"package.json": '{"scripts":{"test":"jest"}}'}),
    (["npm pkg set type=module", "npm test"], {"package.json": '{"scripts":{"test":"jest"}}'}),
    (
        [
            write(
                "Makefile",
                """VENV ?= .venv
PY := $(VENV)/bin/python
SRC := $(shell find src -name '*.py')
.PHONY: all test lint clean help
all: lint test

$(VENV)/bin/activate: requirements.txt
\tpython3 -m venv $(VENV)
\t$(PY) -m pip install -r requirements.txt
test: $(VENV)/bin/activate ## Run the tests
\t$(PY) -m pytest -q $(ARGS)
lint:
\t@ruff check src
\t-mypy src
clean:
\trm -rf build dist .pytest_cache *.egg-info
\tfind . -name __pycache__ -type d -exec rm -rf {} +
help:
\t@grep -E '^[a-zA-Z_-]+:.*?## .*$$' $(MAKEFILE_LIST) | awk 'BEGIN {FS = ":.*?## "}; {printf "%-20s %s\\n", $$1, $$2}'
release:
\tgit push --tags
""",
            ),
            "make",
            "make test ARGS='-k x'",
            "make lint clean",
            "make help",
        ],
        {},
    ),
    (
        [
            write(
                "Makefile",
                """CC ?= gcc
CFLAGS += -O2 -Wall
OBJ = $(patsubst %.c,%.o,$(wildcard *.c))
app: $(OBJ)
\t$(CC) $(CFLAGS) -o $@ $^ $(LDFLAGS)
%.o: %.c
\t$(CC) $(CFLAGS) -c -o $@ $<
check: app
\t./app --self-test
clean:
\t$(RM) $(OBJ) app
install: app
\tinstall -m 755 app build/stage/bin/app
sub:
\t$(MAKE) -C lib all
""",
            ),
            "make -j4 && make check && make clean",
            "make sub",
            "make CFLAGS=-O0 app",
        ],
        {"lib/Makefile": "all:\n\techo x\n"},
    ),
    (
        [
            write(
                "Makefile",
                """BIN := bin/app
VERSION := $(shell git describe --tags --always 2>/dev/null || echo dev)
LDFLAGS := -ldflags "-X main.version=$(VERSION)"
GO ?= go
build:
\t$(GO) build $(LDFLAGS) -o $(BIN) ./cmd/app
test:
\t$(GO) test -race ./...
define check_tool
@command -v $(1) >/dev/null || { echo "need $(1)"; exit 1; }
endef
fmt:
\t$(call check_tool,gofmt)
\tgofmt -w .
ifeq ($(OS),Windows_NT)
EXE := .exe
endif
""",
            ),
            "make build test fmt",
        ],
        {},
    ),
    (
        [edit("Makefile", "\techo hi", "\techo hi\n\techo there"), "make", "make purge"],
        {"Makefile": "all:\n\techo hi\npurge:\n\trm -rf $(OUT)/cache\n\t$(DEPLOYER) status\n"},
    ),
    (
        [
            write(
                "justfile",
                "set dotenv-load\nversion := `git describe --always`\ndefault:\n    @just --list\ntest *args:\n    cargo test {{args}}\nlint: test\n    cargo clippy -- -D warnings\nrelease v:\n    git push origin {{v}}\n",
            ),
            "just --list",
            "just test -q",
            "just lint",
        ],
        {},
    ),
    (
        [
            write(
                "Taskfile.yml",
                "version: '3'\ntasks:\n  default:\n    deps: [lint, test]\n  lint:\n    desc: lint\n    cmds:\n      - golangci-lint run ./...\n    sources: ['**/*.go']\n  test:\n    cmds:\n      - go test {{.CLI_ARGS}} ./...\n      - task: lint\n  deploy:\n    cmds: [kubectl apply -f k8s]\n",
            ),
            "task",
            "task test -- -v",
            "task --list",
        ],
        {},
    ),
    (
        [
            write(
                "tox.ini",
                "[tox]\nenvlist = py311,lint\n[testenv]\ndeps = pytest\ncommands =\n    pytest {posargs:tests}\n    - coverage report\n[testenv:lint]\ncommands = ruff check {toxinidir}/src\n",
            ),
            "tox -e py311",
            "tox run -e lint",
        ],
        {},
    ),
    (
        [
            write(
                "noxfile.py",
                "import nox\nimport shutil\n@nox.session(python=['3.11'])\ndef tests(session):\n    session.install('-e', '.[test]')\n    session.run('pytest', *session.posargs)\n@nox.session\ndef docs(session):\n    shutil.rmtree('docs/_build', ignore_errors=True)\n    session.run('sphinx-build', 'docs', 'docs/_build')\n",
            ),
            "nox -s tests",
        ],
        {},
    ),
    (
        [
            write(
                "pyproject.toml",
                "[project]\nname='x'\n[tool.poe.tasks]\ntest='pytest'\npub='twine upload dist/*'\n[tool.hatch.envs.default.scripts]\ntest='pytest {args}'\n[tool.tox]\nlegacy_tox_ini='''\n[testenv]\ncommands=pytest\n'''\n",
            ),
            "poe test",
            "hatch run test",
            "tox",
            "pip install -e .",
            "uv run pytest",
        ],
        {},
    ),
    (
        [
            write(
                "setup.py",
                "from setuptools import setup, find_packages\nfrom pathlib import Path\nimport subprocess\nversion = subprocess.check_output(['git','describe','--tags']).decode()\nsetup(name='x', long_description=Path('README.md').read_text(), packages=find_packages())\n",
            ),
            "pip install -e .",
            "python setup.py build_ext --inplace",
        ],
        {},
    ),
    (
        [
            write(
                "build.rs",
                'use std::process::Command;\nfn main() {\n    let out = Command::new("git").args(["rev-parse", "HEAD"]).output().unwrap();\n    println!("cargo:rustc-env=GIT={}", String::from_utf8(out.stdout).unwrap());\n    Command::new("protoc").arg("--version").status().ok();\n}\n',
            ),
            "cargo build && cargo test",
        ],
        {},
    ),
    (
        [
            write(
                "tests/cli.rs",
                'use assert_cmd::Command;\n#[test]\nfn works() { Command::cargo_bin("app").unwrap().arg("rm").arg("-rf").assert().success(); std::process::Command::new(env!("CARGO_BIN_EXE_app")).arg("push").status().unwrap(); }\n',
            ),
            "cargo test",
        ],
        {},
    ),
    (
        [
            write(
                "main_test.go",
                'package main\nimport ("os/exec";"testing";"os")\nfunc TestX(t *testing.T) {\n dir := t.TempDir()\n defer os.RemoveAll(dir)\n cmd := exec.Command("go", "build", "-o", dir+"/app", ".")\n if err := cmd.Run(); err != nil { t.Fatal(err) }\n exec.Command("git", "init", dir).Run()\n}\n',
            ),
            "go test ./... -run TestX",
            "go vet ./...",
        ],
        {},
    ),
    (
        [
            write(
                "gen.go",
                "package x\n\n//go:generate go run golang.org/x/tools/cmd/stringer -type=X\n//go:generate mockgen -source=x.go -destination=mock.go\n",
            ),
            "go build ./...",
            "go test ./...",
        ],
        {},
    ),
    (
        [
            write(
                "Rakefile",
                "require 'rake/testtask'\nRake::TestTask.new(:test) { |t| t.pattern = 'test/**/*_test.rb' }\ntask :clean do\n  rm_rf 'pkg'\nend\ntask default: :test\n",
            ),
            "bundle exec rake",
            "rake test",
        ],
        {},
    ),
    (
        [
            write(
                "spec/cli_spec.rb",
                "require 'open3'\nrequire 'tmpdir'\nRSpec.describe 'cli' do\n  it 'runs' do\n    Dir.mktmpdir do |d|\n      out, st = Open3.capture2('bin/app', '--help')\n      FileUtils.rm_rf(d)\n      expect(out).to include('rm -rf /')\n      system('git init', d)\n    end\n  end\nend\n",
            ),
            "bundle exec rspec",
        ],
        {},
    ),
    (
        [
            write("Gemfile", "source 'https://rubygems.org'\ngemspec\ngem 'rake'\n"),
            "bundle install && bundle exec rspec",
        ],
        {},
    ),
    (
        [
            write(
                "tests/FooTest.php",
                "<?php\nclass FooTest extends TestCase { public function testX(): void { $pdo->exec('DROP TABLE x'); $this->artisan('migrate:fresh'); unlink($this->tmp); $this->assertSame('rm -rf /', $x); } }\n",
            ),
            "vendor/bin/phpunit",
            "composer test",
        ],
        {"composer.json": '{"scripts":{"test":"phpunit"}}'},
    ),
    (
        [
            write(
                "src/test/java/FooTest.java",
                'class FooTest { @Test void x() throws Exception { new ProcessBuilder("java", "-version").start(); Runtime.getRuntime().exec("echo hi"); } }',
            ),
            "./gradlew test",
            "mvn -q test",
        ],
        {"gradlew": "#!/bin/sh\nexec java x\n"},
    ),
    (
        [
            write(
                "build.gradle.kts",
                'plugins { java }\ntasks.register<Exec>("hash") { commandLine("git", "rev-parse", "HEAD") }\ntasks.test { useJUnitPlatform() }\n',
            ),
            "gradle test",
            "gradle build",
        ],
        {},
    ),
    (
        [
            write(
                "CMakeLists.txt",
                "cmake_minimum_required(VERSION 3.20)\nproject(x)\nadd_executable(x x.c)\nexecute_process(COMMAND git describe --tags OUTPUT_VARIABLE V)\nadd_custom_target(fmt COMMAND clang-format -i ${SRC} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})\nadd_test(NAME t COMMAND x --test)\nadd_custom_command(TARGET x POST_BUILD COMMAND ${CMAKE_COMMAND} -E copy $<TARGET_FILE:x> out/)\n",
            ),
            "cmake -B build && cmake --build build && ctest --test-dir build",
        ],
        {},
    ),
    (
        [
            write(
                ".pre-commit-config.yaml",
                "repos:\n  - repo: https://github.com/pre-commit/pre-commit-hooks\n    rev: v4\n    hooks:\n      - id: trailing-whitespace\n  - repo: local\n    hooks:\n      - id: mypy\n        name: mypy\n        entry: uv run mypy src\n        language: system\n        pass_filenames: false\n",
            ),
            "pre-commit run --all-files",
            "git commit -am x",
        ],
        {},
    ),
    (
        [
            write(
                ".husky/pre-commit",
                '#!/usr/bin/env sh\n. "$(dirname -- "$0")/_/husky.sh"\n\nnpx lint-staged\nnpm test\n',
            ),
            "git commit -m 'x'",
        ],
        {},
    ),
    (
        [
            write(
                "package.json",
                '{"lint-staged":{"*.{js,ts}":["eslint --fix","prettier --write"]},"scripts":{"test":"jest"}}',
            ),
            "npx lint-staged",
            "git commit -m x",
        ],
        {},
    ),
    ([write("app/__main__.py", "from app.cli import main\nmain()\n"), "python -m app --help", "python app"], {}),
    (
        [
            write("lib/run.sh", '#!/bin/bash\nset -euo pipefail\ncd "$(dirname "$0")"\npytest -q\n'),
            "bash lib/run.sh",
            "chmod +x lib/run.sh && ./lib/run.sh",
        ],
        {},
    ),
    (["sed -i 's/foo/bar baz/g' run.sh && bash run.sh"], {"run.sh": "set -e\n$CC -c main.c\necho foo\n"}),
    (["sed -i 's/timeout=10/timeout=30/' t.py && python t.py"], {"t.py": "exec(open(x).read())\n"}),
    ([edit("t.py", "x = 1", "x = 2"), "python t.py"], {"t.py": "x = 1\nexec(code)\n"}),
    ([write("deno.json", '{"tasks":{"dev":"deno run --watch main.ts","t":"deno test -A"}}'), "deno task t"], {}),
    (
        [
            write("environment.py", "import os\n"),
            write("features/steps/a.py", "from behave import given\n@given('x')\ndef s(c):\n    c.run('x')\n"),
            "behave",
        ],
        {},
    ),
    (["git clone https://github.com/a/b /tmp/b && grep -rn x /tmp/b && cat /tmp/b/README.md"], {}),
    (["git clone . /tmp/copy && cd /tmp/copy && make test"], {}),
    (["curl -sL https://x.example/data.csv -o data.csv && python t.py data.csv"], {"t.py": "print(1)\n"}),
    (["curl -L https://x.example/d.tgz | tar xz -C data && python t.py data"], {"t.py": "print(1)\n", "data/a": ""}),
    ([".venv/bin/python -c 'exec(\"print(1)\")'"], {}),
    (["python3 -c \"exec(open('repo/f.py').read())\""], {"repo/f.py": "print(1)\nexec(x)\n"}),
    (["python3 -c \"with open('repo/f.py') as f: code = f.read()\nexec(code)\""], {"repo/f.py": "print(1)\n"}),
    (["python3 -c \"import runpy; runpy.run_path('repo/f.py', run_name='__main__')\""], {"repo/f.py": "print(1)\n"}),
    (["source $(conda info --base)/etc/profile.d/conda.sh && conda activate x && pytest"], {}),
    (
        [
            "zsh scripts/x.zsh; fish -c 'source conf.fish'; fish t.fish; csh -c 'source x.csh'; dash -c '. ./x.sh'; zsh -c 'source scripts/x.zsh'"
        ],
        {
            "scripts/x.zsh": 'for f in **/*(.N); do print -P %F{red}$f; done\nfoo=(${(f)"$(ls)"})\n',
            "conf.fish": "set -x A 1\nif test -d x\n  echo y\nend\n",
            "t.fish": "function x\n echo y\nend\n",
            "x.csh": "if ( -e x ) then\n echo y\nendif\nsetenv A 1\n",
            "x.sh": "echo\n",
        },
    ),
    (
        [
            "pnpm -r run build",
            "pnpm -C web build",
            "pnpm --filter web build",
            "yarn workspace web build",
            "npx turbo run build",
            "npx nx run web:build",
            "pnpm -r exec tsc",
            "npm run build --workspaces --if-present",
        ],
        {"package.json": '{"workspaces":["*"]}', "web/package.json": '{"name":"web","scripts":{"build":"vite build"}}'},
    ),
    (
        ["cat src; cat < src; python3 src; python3 .; node .; node src; bun .; bash src; head src; wc -l src"],
        {"src/a.py": ""},
    ),
    (["./bin/x"], {"bin/.k": "", "scripts/x.sh": "echo hi\n"}),
]


@pytest.mark.parametrize("case", ORDINARY, ids=lambda case: str(case[0][-1])[:60])
def test_an_ordinary_session_is_granted(case: Case, a_context: Context) -> None:
    calls, files = case

    ruling = PlayedSession(a_context, files).play(*calls)

    assert ruling.granted, ruling.sentence()


def test_a_session_with_many_long_tests_runs_them(a_context: Context) -> None:
    """Forty tests that start the project's program in each of twenty files are no reason to refuse."""
    test = "def test_{0}(tmp_path):\n    subprocess.run([sys.executable, '-m', 'app', '{0}'], cwd=tmp_path)\n"
    text = "import subprocess, sys\n" + "".join(test.format(number) for number in range(40))
    session = PlayedSession(a_context)
    for number in range(20):
        session.call(write(f"tests/test_{number}.py", text))

    assert session.call("pytest -q").granted
    assert (
        session.play(write("tests/test_x.py", f"{text}\nsubprocess.run(['git', 'push'])"), "pytest").rule == "git.push"
    )


def test_the_list_is_long_enough_to_mean_something() -> None:
    assert len(ORDINARY) >= 50
