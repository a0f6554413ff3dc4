"""Which folders and files are by-products: only those with a sure sign, so that no source is lost."""

from __future__ import annotations

import pytest

from bot.core.by_products import file_kind, folder_kind, in_fixtures
from tests.core.made_folders import Made

TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# This file is a cache directory tag.\n"
ELF, CLASS, PYC = "\x7fELF\2", "\xca\xfe\xba\xbe\0", "\xcb\r\r\n\0"


def kind_of(path: str, *files: str) -> str | None:
    """What a path is in a repository with these files, each with its content after `=`."""
    made = {name.partition("=")[0]: name.partition("=")[2] for name in files}
    *folders, name = path.split("/")
    parent = Made(made, "".join(f"{part}/" for part in folders))
    folder, fixtures = parent.inside(name), in_fixtures(folders)
    if folder is None:
        return file_kind(name, parent, are_fixtures=fixtures)
    return folder_kind(name, folders[-1] if folders else "", folder, parent, are_fixtures=fixtures)


BY_PRODUCTS = [
    (".venv", [".venv/pyvenv.cfg=home = /usr/bin\n"]),
    ("env", ["env/pyvenv.cfg=home = /usr/bin\n", "env/bin/python"]),
    ("my own environment", ["my own environment/pyvenv.cfg=home = /usr/bin\n"]),
    ("tools/ve", ["tools/ve/pyvenv.cfg=home=/usr\n"]),
    ("old", ["old/bin/activate", "old/bin/python3.6"]),
    ("win", ["win/Scripts/activate.bat"]),
    ("conda", ["conda/conda-meta/history"]),
    ("src/pkg/__pycache__", ["src/pkg/__pycache__/a.cpython-311.pyc"]),
    ("tests/fixtures/__pycache__", ["tests/fixtures/__pycache__/a.pyc"]),
    ("app.egg-info", ["app.egg-info/PKG-INFO"]),
    ("src/app.egg-info", ["src/app.egg-info/PKG-INFO"]),
    ("lib/x-1.0.dist-info", ["lib/x-1.0.dist-info/METADATA", "lib/x-1.0.dist-info/RECORD"]),
    *((name, [f"{name}/x"]) for name in (".pytest_cache", ".mypy_cache", ".ruff_cache", ".tox", ".nox", ".hypothesis")),
    *((name, [f"{name}/x"]) for name in (".eggs", "__pypackages__", ".pdm-build", ".ipynb_checkpoints", ".pytype")),
    ("any", [f"any/CACHEDIR.TAG={TAG}"]),
    ("build", ["build/bdist.linux-x86_64/x"]),
    ("build", ["build/lib/app/x.py", "app.egg-info/PKG-INFO"]),
    ("build", ["build/lib/app/x.py", "src/app.egg-info/PKG-INFO"]),
    ("build", ["build/temp.linux-x86_64-cpython-311/x.o"]),
    ("dist", ["dist/app-1.0-py3-none-any.whl", "pyproject.toml"]),
    ("dist", ["dist/app-1.0.tar.gz", "setup.cfg"]),
    ("htmlcov", ["htmlcov/index.html"]),
    ("node_modules", ["node_modules/.package-lock.json"]),
    ("node_modules", ["node_modules/left-pad/package.json"]),
    ("packages/a/node_modules", ["packages/a/node_modules/@types/node/package.json"]),
    ("node_modules", ["node_modules/.bin/jest"]),
    ("node_modules", ["node_modules/.modules.yaml"]),
    ("node_modules", ["node_modules/.yarn-state.yml"]),
    ("bower_components", ["bower_components/jquery/.bower.json"]),
    (".pnpm-store", [".pnpm-store/v3/files/00/x"]),
    (".yarn/cache", [".yarn/cache/lodash-npm-4.zip"]),
    (".yarn/unplugged", [".yarn/unplugged/esbuild/x"]),
    *((name, [f"{name}/x"]) for name in (".nyc_output", ".parcel-cache", ".turbo", ".sass-cache", ".stack-work")),
    (".next", [".next/BUILD_ID"]),
    (".nuxt", [".nuxt/nuxt.d.ts"]),
    (".svelte-kit", [".svelte-kit/generated/x"]),
    (".angular/cache", [".angular/cache/x"]),
    ("build", ["build/asset-manifest.json", "package.json"]),
    ("dist", ["dist/.vite/manifest.json"]),
    ("coverage", ["coverage/lcov.info"]),
    ("coverage", ["coverage/lcov-report/index.html"]),
    ("coverage", ["coverage/.last_run.json"]),
    ("target", ["target/.rustc_info.json", "Cargo.toml"]),
    ("crates/a/target", ["crates/a/target/debug/deps/a.d"]),
    ("target", ["target/classes/A.class", "pom.xml"]),
    ("module/target", ["module/target/surefire-reports/x.xml", "module/pom.xml"]),
    ("target", ["target/streams/x"]),
    (".gradle", [".gradle/buildOutputCleanup/x"]),
    (".gradle", [".gradle/8.5/fileHashes/x"]),
    ("app/build", ["app/build/classes/A.class", "app/build.gradle.kts"]),
    ("build", ["build/test-results/x.xml", "settings.gradle"]),
    ("out", ["out/CMakeCache.txt", "out/CMakeFiles/x"]),
    ("builddir", ["builddir/meson-private/x", "builddir/meson-info/x"]),
    ("vendor", ["vendor/autoload.php", "vendor/composer/installed.json"]),
    ("vendor/bundle", ["vendor/bundle/ruby/3.2.0/gems/x"]),
    ("_build", ["_build/dev/lib/x", "mix.exs"]),
    ("deps", ["deps/jason/.hex", "mix.exs"]),
    ("_build", ["_build/default/lib/x"]),
    ("src/App/obj", ["src/App/obj/project.assets.json"]),
    ("src/App/bin", ["src/App/bin/Debug/net8.0/App.dll", "src/App/App.csproj"]),
    (".build", [".build/workspace-state.json"]),
    ("ios/Pods", ["ios/Pods/Manifest.lock"]),
    (".dart_tool", [".dart_tool/package_config.json"]),
    ("dist-newstyle", ["dist-newstyle/cache/plan.json"]),
    (".zig-cache", [".zig-cache/o/x"]),
    (".terraform", [".terraform/providers/x"]),
    (".direnv", [".direnv/x"]),
    (".vagrant", [".vagrant/machines/x"]),
    ("src/a.pyc", [f"src/a.pyc={PYC}", "src/a.py"]),
    (".coverage", [".coverage=SQLite format 3\0"]),
    (".coverage.host.123", [".coverage.host.123=SQLite format 3\0"]),
    ("src/.DS_Store", ["src/.DS_Store=\0\0\0\1Bud1"]),
    (".a.py.swp", [".a.py.swp=b0VIM 8.2"]),
    ("src/a.o", [f"src/a.o={ELF}", "src/a.c"]),
    ("src/A.class", [f"src/A.class={CLASS}", "src/A.java"]),
    ("src/A$Inner.class", [f"src/A$Inner.class={CLASS}", "src/A.java"]),
    ("a.out", [f"a.out={ELF}"]),
    ("core.4711", [f"core.4711={ELF}"]),
    ("result", ["result=->/nix/store/abc-app"]),
    ("bazel-out", ["bazel-out=->/home/x/.cache/bazel/_bazel_x/1/execroot/app/bazel-out"]),
    ("node_modules", ["node_modules=->/opt/layers/abc/node_modules"]),
    (".venv", [".venv=->/opt/venvs/app"]),
]
BY_PRODUCTS += [
    (".output", [".output/nitro.json"]),
    (".vercel/output", [".vercel/output/config.json"]),
    ("storybook-static", ["storybook-static/iframe.html"]),
    ("site", ["site/search/search_index.json", "mkdocs.yml"]),
    ("docs/_build", ["docs/_build/html/.buildinfo"]),
    ("docs/build", ["docs/build/doctrees/index.doctree"]),
    ("book", ["book/toc.html", "book.toml"]),
    ("_site", ["_site/index.html", "_config.yml"]),
    ("public", ["public/sitemap.xml", "public/index.html", "hugo.toml"]),
    ("tsconfig.tsbuildinfo", ['tsconfig.tsbuildinfo={"program":{}}']),
]
WORK = [
    ("site", ["site/index.md", "mkdocs.yml"]),
    ("public", ["public/index.html", "package.json"]),
    ("public", ["public/sitemap.xml", "public/index.html"]),
    ("book", ["book/chapter.md", "book.toml"]),
    ("_site", ["_site/index.html"]),
    ("docs/build", ["docs/build/index.md"]),
    ("build", ["build/index.js", "package.json"]),
    ("build", ["build/lib/parse.py", "pyproject.toml"]),
    ("build", ["build/classes.py", "setup.py"]),
    ("build", ["build/classes/A.java"]),
    ("env", ["env/production.yml", "env/__init__.py"]),
    ("venv", ["venv/manager.py"]),
    ("environments", ["environments/pyvenv.cfg=not one"]),
    ("bin", ["bin/activate"]),
    ("dist", ["dist/index.js"]),
    ("dist", ["dist/app.whl"]),
    ("target", ["target/parser.rs"]),
    ("target", ["target/classes/A.java"]),
    ("coverage", ["coverage/report.py"]),
    ("node_modules", ["node_modules/own.js"]),
    ("packages", ["packages/a/package.json"]),
    ("vendor", ["vendor/modules.txt"]),
    ("vendor", ["vendor/autoload.php"]),
    ("deps", ["deps/lib.ex", "mix.exs"]),
    ("bin", ["bin/Debug.sh"]),
    ("obj", ["obj/teapot.obj"]),
    ("_build", ["_build/conf.py"]),
    (".yarn", [".yarn/patches/x.patch", ".yarn/cache/x.zip"]),
    (".yarn/patches", [".yarn/patches/x.patch"]),
    ("cache", ["cache/CACHEDIR.TAG=nothing"]),
    ("src/cache", ["src/cache/lru.py"]),
    ("app.egg-info", ["app.egg-info/notes.md"]),
    (".github", [".github/workflows/ci.yml"]),
    ("tests/fixtures/node_modules", ["tests/fixtures/node_modules/a/package.json"]),
    ("tests/fixtures/venv", ["tests/fixtures/venv/pyvenv.cfg=home = /x\n"]),
    ("tests/data/a.egg-info", ["tests/data/a.egg-info/PKG-INFO"]),
    ("testdata/deep/down/target", [f"testdata/deep/down/target/CACHEDIR.TAG={TAG}"]),
    ("packages/x/__fixtures__/app/node_modules", ["packages/x/__fixtures__/app/node_modules/a/package.json"]),
    ("tests/fixtures/a.o", [f"tests/fixtures/a.o={ELF}", "tests/fixtures/a.c"]),
    ("a.pyc", [f"a.pyc={PYC}"]),
    ("a.pyc", ["a.pyc=text", "a.py"]),
    (".coveragerc", [".coveragerc=[run]\n"]),
    (".coverage", [".coverage=text"]),
    ("a.o", [f"a.o={ELF}"]),
    ("core", ["core=text"]),
    ("core", ["core/__init__.py"]),
    ("A.class", [f"A.class={CLASS}"]),
    ("notes.swp", ["notes.swp=text"]),
    ("node_modules", ["node_modules=->packages"]),
    ("current", ["current=->/srv/app"]),
    ("bazel-rules", ["bazel-rules=->third_party/bazel"]),
]


@pytest.mark.parametrize(("path", "files"), BY_PRODUCTS, ids=[path for path, _ in BY_PRODUCTS])
def test_by_products(path: str, files: list[str]) -> None:
    assert kind_of(path, *files)


@pytest.mark.parametrize(("path", "files"), WORK, ids=[path for path, _ in WORK])
def test_work(path: str, files: list[str]) -> None:
    """A name alone is no sign, and files for tests to read are work."""
    assert kind_of(path, *files) is None
