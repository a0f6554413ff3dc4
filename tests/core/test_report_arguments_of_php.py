"""PHPUnit and unittest get the arguments by which they report every test, where these are sure to reach them."""

from __future__ import annotations

import json

import pytest

from bot.core.ran import TestResult
from bot.core.reports.arguments import arguments_for
from bot.core.reports.reading import read_reports
from tests.core.report_arguments import added

PHPUNIT = " --log-junit /r/1/phpunit.xml"


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("vendor/bin/phpunit", PHPUNIT),
        ("./vendor/bin/phpunit --testsuite unit", PHPUNIT),
        ("php vendor/bin/phpunit", PHPUNIT),
        ("php -d memory_limit=-1 vendor/bin/phpunit tests", PHPUNIT),
        ("XDEBUG_MODE=off vendor/bin/phpunit", PHPUNIT),
        ("phpunit -c phpunit.xml.dist", PHPUNIT),
        ("php phpunit.phar", PHPUNIT),
        ("vendor/bin/phpunit --testdox", PHPUNIT),
        ("vendor/bin/pest --parallel", PHPUNIT),
        ("vendor/bin/paratest -p 4", PHPUNIT),
        ("php artisan test", PHPUNIT),
        ("php artisan test --parallel", PHPUNIT),
        ("cd api && vendor/bin/phpunit", PHPUNIT),
        ("composer check && vendor/bin/phpunit", PHPUNIT),
        ("vendor/bin/phpunit --log-junit build/junit.xml", ""),
        ("vendor/bin/phpunit --list-tests", ""),
        ("vendor/bin/phpunit | tee log", ""),
        ("php artisan migrate", ""),
        ("vendor/bin/phpstan analyse", ""),
        ("python3 -m unittest -q", " -v"),
        ("python3 -m unittest", " -v"),
        ("python -W error -m unittest discover -s tests", " -v"),
        ("/usr/bin/python3.12 -Bm unittest", ""),
        ("python3 -m unittest --help", ""),
        ("python3 -m unittest discover | cat", ""),
        ("python3 manage.py test", " -v 2"),
        ("cd site && python manage.py test shop --noinput", " -v 2"),
        ("python3 -m django test --settings=x", " -v 2"),
        ("python3 -m django test -v 3 --settings=x", ""),
        ("python3 manage.py test --verbosity=1", ""),
        ("python3 manage.py migrate", ""),
        ("python3 -m pytest", ""),
    ],
)
def test_runners_of_php_and_python(command: str, expected: str) -> None:
    assert added(command) == expected


@pytest.mark.parametrize(
    ("command", "script", "expected"),
    [
        ("composer test", "phpunit", f" --{PHPUNIT}"),
        ("composer run test", "vendor/bin/phpunit --colors", f" --{PHPUNIT}"),
        ("composer run-script test -- --filter x", "phpunit", PHPUNIT),
        ("composer test", ["@php vendor/bin/phpunit"], f" --{PHPUNIT}"),
        ("composer test", "@unit", f" --{PHPUNIT}"),
        ("composer test", "@composer unit", ""),
        ("cd api && composer test", "phpunit", f" --{PHPUNIT}"),
        ("composer test", ["@cs", "phpunit"], ""),
        ("composer test", "phpstan && phpunit", f" --{PHPUNIT}"),
        ("composer test", "phpstan", ""),
        ("composer install", "phpunit", ""),
        ("composer exec phpunit", "phpunit", ""),
    ],
)
def test_composer_hands_on_what_follows_two_dashes(command: str, script: object, expected: str) -> None:
    """To each command of a list: a script of several stays as it is."""
    manifest = json.dumps({"scripts": {"test": script, "unit": "phpunit"}})
    texts = {"composer.json": manifest, "api/composer.json": manifest}

    assert arguments_for(command, "/r/1", lambda: list(texts), texts.get) == expected


def test_the_report_of_phpunit_lists_every_test() -> None:
    """What it prints names only the ones that fail."""
    xml = b"""<testsuites><testsuite name="T"><testcase name="testA" class="T" classname="T"/>
    <testcase name="testB" class="T" classname="T"><failure type="x">no</failure></testcase></testsuite></testsuites>"""
    printed = "There was 1 failure:\n\n1) T::testB\nno\n\nFAILURES!\nTests: 2, Assertions: 2, Failures: 1.\n"
    report = read_reports({"phpunit.xml": xml}, {}, printed)

    assert report is not None
    assert report.lists_all
    assert sorted(report.tests.values()) == [TestResult.FAILED, TestResult.PASSED]
