"""Tests as sessions write and run them every day: every call is granted."""

# ruff: noqa: E501 -- the files stand here as sessions write them

from __future__ import annotations

from tests.hooks.sessions import Case, write

ORDINARY_TESTS: list[Case] = [
    (["sed -i 's/a/b/' src/*.py README.md && pytest && python -m app"], {"README.md": "a\n"}),
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
            write("lib/run.sh", '#!/bin/bash\nset -euo pipefail\ncd "$(dirname "$0")"\npytest -q\n'),
            "bash lib/run.sh",
            "chmod +x lib/run.sh && ./lib/run.sh",
        ],
        {},
    ),
    (
        [
            write("environment.py", "import os\n"),
            write("features/steps/a.py", "from behave import given\n@given('x')\ndef s(c):\n    c.run('x')\n"),
            "behave",
        ],
        {},
    ),
    (["source $(conda info --base)/etc/profile.d/conda.sh && conda activate x && pytest"], {}),
]
