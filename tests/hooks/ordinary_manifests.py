"""Makefiles, manifests, hooks and scripts as sessions write and run them every day: every call is granted."""

# ruff: noqa: E501 -- the files stand here as sessions write them

from __future__ import annotations

from tests.hooks.sessions import Case, edit, write

ORDINARY_MANIFESTS: list[Case] = [
    ([write("Makefile", 'SRC := $(shell find src -name "*.c")\nclean:\n\trm -f $(SRC:.c=.o)\n'), "make clean"], {}),
    (
        [
            write(
                "Makefile", "OBJ = $(patsubst %.c,build/%.o,$(shell find src -name '*.c'))\nclean:\n\trm -rf $(OBJ)\n"
            ),
            "make clean",
        ],
        {},
    ),
    ([write("Makefile", "".join(f"t{n}: t{n + 1}\n" for n in range(400)) + "t400:\n\techo\n"), "make t0"], {}),
    (["curl -LO https://example.com/model.pth && python infer.py model.pth"], {"infer.py": "print(1)\n"}),
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
    ([write("app/__main__.py", "from app.cli import main\nmain()\n"), "python -m app --help", "python app"], {}),
    (["sed -i 's/foo/bar baz/g' run.sh && bash run.sh"], {"run.sh": "set -e\n$CC -c main.c\necho foo\n"}),
    (["sed -i 's/timeout=10/timeout=30/' t.py && python t.py"], {"t.py": "exec(open(x).read())\n"}),
    ([edit("t.py", "x = 1", "x = 2"), "python t.py"], {"t.py": "x = 1\nexec(code)\n"}),
    (["git clone https://github.com/a/b /tmp/b && grep -rn x /tmp/b && cat /tmp/b/README.md"], {}),
    (["git clone . /tmp/copy && cd /tmp/copy && make test"], {}),
    (["curl -sL https://x.example/data.csv -o data.csv && python t.py data.csv"], {"t.py": "print(1)\n"}),
    (["curl -L https://x.example/d.tgz | tar xz -C data && python t.py data"], {"t.py": "print(1)\n", "data/a": ""}),
    ([".venv/bin/python -c 'exec(\"print(1)\")'"], {}),
    (["python3 -c \"exec(open('repo/f.py').read())\""], {"repo/f.py": "print(1)\nexec(x)\n"}),
    (["python3 -c \"with open('repo/f.py') as f: code = f.read()\nexec(code)\""], {"repo/f.py": "print(1)\n"}),
    (["python3 -c \"import runpy; runpy.run_path('repo/f.py', run_name='__main__')\""], {"repo/f.py": "print(1)\n"}),
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
    (["./bin/x"], {"bin/.k": "", "scripts/x.sh": "echo hi\n"}),
]
