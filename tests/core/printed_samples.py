"""What test runners print, shortened: each with the tests that it shows, and whether those are all.

`+` passed, `-` failed, `~` skipped. Recorded from pytest 9, unittest of Python 3.11, cargo, jest 30, vitest 4, mocha 12
and node 20; the others follow their projects' documentation.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sample:
    runner: str
    printed: str
    tests: str
    lists_all: bool


SAMPLES = (
    Sample(
        "pytest",
        """=========================== short test summary info ============================
FAILED tests/test_a.py::test_p[c\\nd] - AssertionError: assert 'c' == 'a b'
FAILED tests/test_a.py::TestC::test_m - assert 0
SUBFAILED(i=1) test_u.py::U::test_sub - AssertionError: 1 != 0
ERROR tests/test_a.py::TestC::test_err
5 failed, 5 passed, 2 skipped, 1 xfailed, 1 error in 5.35s
""",
        """-tests/test_a.py::test_p[c\\nd]
-tests/test_a.py::TestC::test_m
-test_u.py::U::test_sub
-tests/test_a.py::TestC::test_err""",
        False,
    ),
    Sample(
        "pytest -v",
        """tests/test_a.py::test_p[a b] PASSED                                      [ 20%]
tests/test_a.py::test_m FAILED                                           [ 33%]
tests/test_a.py::test_s SKIPPED (unconditional skip)                     [ 46%]
[gw0] [ 50%] PASSED tests/test_a.py::test_x
========================= 1 failed, 2 passed in 0.10s ==========================
""",
        "+tests/test_a.py::test_p[a b]\n-tests/test_a.py::test_m\n+tests/test_a.py::test_x",
        False,
    ),
    Sample(
        "unittest -q",
        f"""{"=" * 70}
FAIL: test_sub (test_u.U.test_sub) (i=1)
{"-" * 70}
Traceback (most recent call last):
{"=" * 70}
ERROR: test_old (test_u.U)
Its docstring.
{"-" * 70}
ERROR: not_a_title (in.the.output)
Ran 5 tests in 0.001s

FAILED (failures=1, errors=1)
""",
        "-test_u.U.test_sub (i=1)\n-test_u.U.test_old",
        False,
    ),
    Sample(
        "unittest -v",
        """test_ok (test_u.U.test_ok) ... ok
test_sk (test_u.U.test_sk) ... skipped 'no'
test_x (test_u.U.test_x)
Its docstring. ... FAIL
test_ex (test_u.U.test_ex) ... expected failure
Ran 4 tests in 0.001s
""",
        "+test_u.U.test_ok\n~test_u.U.test_sk\n-test_u.U.test_x\n~test_u.U.test_ex",
        True,
    ),
    Sample(
        "go",
        """--- FAIL: TestSum (0.00s)
    --- FAIL: TestSum/one_two (0.00s)
        a_test.go:7: got 3
FAIL
FAIL\texample.org/x/sum\t0.003s
ok  \texample.org/x/cli\t0.010s
?   \texample.org/x\t[no test files]
FAIL\texample.org/x/web [build failed]
FAIL
""",
        "-example.org/x/sum.TestSum\n-example.org/x/sum.TestSum/one_two\n-example.org/x/web",
        False,
    ),
    Sample(
        "go -v",
        """=== RUN   TestA
--- PASS: TestA (0.00s)
=== RUN   TestB
    b_test.go:1: later
--- SKIP: TestB (0.00s)
ok  \texample.org/x\t0.003s
""",
        "+example.org/x.TestA\n~example.org/x.TestB",
        True,
    ),
    Sample(
        "go -json",
        """{"Time":"2026-01-01T00:00:00Z","Action":"run","Package":"example.org/x","Test":"TestA"}
{"Time":"2026-01-01T00:00:00Z","Action":"output","Package":"example.org/x","Test":"TestA","Output":"--- FAIL"}
{"Time":"2026-01-01T00:00:00Z","Action":"fail","Package":"example.org/x","Test":"TestA","Elapsed":0}
""",
        "-example.org/x.TestA",
        True,
    ),
    Sample(
        "cargo",
        """     Running unittests src/lib.rs (target/debug/deps/demo-8348ca7a80742723)

running 3 tests
test tests::good ... ok
test tests::panics - should panic ... ok
test tests::bad ... FAILED

failures:
    tests::bad

test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.27s

     Running tests/it.rs (target/debug/deps/it-a69063779ff8c574)

running 1 test
test good ... ignored, slow

   Doc-tests demo

running 2 tests
test src/lib.rs - f (line 1) ... ok
test src/lib.rs - f (line 9) ... ok
""",
        """+src/lib.rs: tests::good
+src/lib.rs: tests::panics
-src/lib.rs: tests::bad
~tests/it.rs: good
+demo: src/lib.rs - f
+demo: src/lib.rs - f (2)""",
        True,
    ),
    Sample("cargo -q", "running 4 tests\n. 1/4\ntests::bad --- FAILED\n.i\n", "-tests::bad", False),
    Sample(
        "nextest",
        """    Starting 2 tests across 1 binary
        PASS [   0.004s] (1/2) demo tests::good
        FAIL [   0.005s] (2/2) demo tests::bad
        FAIL [   0.005s] (2/2) demo tests::bad
""",
        "+demo tests::good\n-demo tests::bad",
        True,
    ),
    Sample(
        "jest",
        """PASS jt/z.test.js
FAIL jt/b.test.js
  ● math › subs

    expect(received).toBe(expected) // Object.is equality

FAIL jt/d.test.js
  ● Test suite failed to run

    Cannot find module './nope' from 'jt/d.test.js'

Test Suites: 2 failed, 1 passed, 3 total
Tests:       1 failed, 2 passed, 3 total
""",
        "-jt/b.test.js > math > subs\n-jt/d.test.js",
        False,
    ),
    Sample(
        "jest --verbose",
        """FAIL jt/a.test.js
  math
    ✓ adds (21 ms)
    ✕ subs (19 ms)
    ○ skipped later

  ● math › subs

    expect(received).toBe(expected) // Object.is equality

Test Suites: 1 failed, 1 total
Tests:       1 failed, 1 skipped, 1 passed, 3 total
""",
        "+jt/a.test.js > math > adds\n-jt/a.test.js > math > subs\n~jt/a.test.js > math > later",
        True,
    ),
    Sample(
        "vitest",
        """ ❯ vt/a.test.mjs (3 tests | 1 failed | 1 skipped) 10ms
     ✓ adds 1ms
     × subs 6ms

 FAIL  vt/d.test.mjs [ vt/d.test.mjs ]
 FAIL  |unit| vt/a.test.mjs > math > subs

 Test Files  2 failed (2)
      Tests  1 failed | 1 passed | 1 skipped (3)
""",
        "-vt/d.test.mjs\n-vt/a.test.mjs > math > subs",
        False,
    ),
    Sample(
        "vitest --reporter=verbose",
        """ ✓ vt/a.test.mjs > math > adds 1ms
 × vt/a.test.mjs > math > subs 6ms
 ↓ vt/a.test.mjs > math > later

 FAIL  vt/a.test.mjs > math > subs

 Test Files  1 failed (1)
      Tests  1 failed | 1 passed | 1 skipped (3)
""",
        "+vt/a.test.mjs > math > adds\n-vt/a.test.mjs > math > subs\n~vt/a.test.mjs > math > later",
        True,
    ),
    Sample(
        "mocha",
        """

  math
    ✔ adds
    1) subs
    - later
    deep
      2) x


  1 passing (10ms)
  1 pending
  2 failing

  1) math
       subs:

      AssertionError [ERR_ASSERTION]: 1 == 2

  2) math
       deep
         x:
     Error: boo
""",
        "+math > adds\n-math > subs\n~math > later\n-math > deep > x",
        True,
    ),
    Sample(
        "mocha -R dot",
        "\n\n  .!\n\n  1 passing (7ms)\n  1 failing\n\n  1) math\n       subs:\n\n      AssertionError: 1 == 2\n",
        "-math > subs",
        False,
    ),
    Sample(
        "node",
        """✔ adds (0.5ms)
▶ math
  ✖ subs (1.3ms)
  ﹣ later (0.2ms) # SKIP
✖ math (2.3ms)
ℹ tests 3
ℹ pass 1

✖ failing tests:

test at nt/a.test.js:1:118
✖ subs (1.3ms)
""",
        "+adds\n-math > subs\n~math > later",
        True,
    ),
    Sample(
        "tap",
        """TAP version 13
# Subtest: adds
ok 1 - adds
  ---
  duration_ms: 12.040122
  ...
# Subtest: math
    # Subtest: subs
    not ok 1 - subs
      ---
      stack: |-
        not ok 9 - quoted in the details
      ...
    ok 2 - later # SKIP
    not ok 3 - wish # TODO
    1..3
not ok 2 - math
ok 3 - adds
1..3
""",
        "+adds\n-math > subs\n~math > later\n~math > wish\n+adds (2)",
        True,
    ),
    Sample(
        "deno",
        """running 2 tests from ./a_test.ts
adds ... ok (1ms)
subs ... FAILED (2ms)

FAILED | 1 passed | 1 failed (10ms)
""",
        "+./a_test.ts > adds\n-./a_test.ts > subs",
        True,
    ),
    Sample(
        "bun",
        """a.test.ts:
(pass) math > adds [0.10ms]
(fail) math > subs [0.50ms]
(skip) math > later

Ran 3 tests across 1 files. [10.00ms]
""",
        "+a.test.ts > math > adds\n-a.test.ts > math > subs\n~a.test.ts > math > later",
        True,
    ),
    Sample(
        "rspec",
        """Failed examples:

rspec ./spec/a_spec.rb:3 # A does b
rspec './spec/a_spec.rb[1:2]' # A does c

2 examples, 2 failures
""",
        "-./spec/a_spec.rb A does b\n-./spec/a_spec.rb A does c",
        False,
    ),
    Sample(
        "minitest",
        """  1) Failure:
TestClock#test_noon [test/clock_test.rb:7]:
Expected: 12

3 runs, 3 assertions, 1 failures, 0 errors, 0 skips
""",
        "-TestClock#test_noon",
        False,
    ),
    Sample(
        "phpunit",
        """There was 1 failure:

1) App\\Tests\\ClockTest::testNoon with data set "a"
Failed asserting that 1 matches expected 2.

There was 1 skipped test:

1) App\\Tests\\ClockTest::testLater

Tests: 3, Assertions: 2, Failures: 1, Skipped: 1.
""",
        '-App\\Tests\\ClockTest::testNoon with data set "a"\n~App\\Tests\\ClockTest::testLater',
        False,
    ),
    Sample(
        "mix",
        "  1) test tells noon (ClockTest)\n     test/clock_test.exs:5\n\n2 tests, 1 failure\n",
        "-ClockTest: test tells noon",
        False,
    ),
    Sample(
        "ctest",
        """1/3 Test #1: noon .............................   Passed    0.01 sec
2/3 Test #2: midnight .........................***Failed    0.02 sec
3/3 Test #3: later ............................***Skipped   0.00 sec

50% tests passed, 1 tests failed out of 3
""",
        "+noon\n-midnight\n~later",
        True,
    ),
    Sample(
        "gtest",
        """[==========] Running 2 tests from 1 test suite.
[ RUN      ] Clock.Noon
[       OK ] Clock.Noon (0 ms)
[ RUN      ] Clock.Midnight
[  FAILED  ] Clock.Midnight (1 ms)
[  FAILED  ] Clock.Midnight
""",
        "+Clock.Noon\n-Clock.Midnight",
        True,
    ),
    Sample(
        "dotnet",
        "  Failed App.Tests.Clock.Noon [12 ms]\nFailed!  - Failed:     1, Passed:     2, Total:     3\n",
        "-App.Tests.Clock.Noon",
        False,
    ),
    Sample(
        "maven",
        """[ERROR] Tests run: 2, Failures: 1, Errors: 0, Skipped: 0
[ERROR]   org.example.ClockTest.testNoon:12 expected:<1> but was:<2>
""",
        "-org.example.ClockTest.testNoon",
        False,
    ),
    Sample("gradle", "ClockTest > noon() FAILED\n\nBUILD FAILED in 3s\n", "-ClockTest > noon()", False),
    Sample(
        "prove",
        "t/a.t .. ok\nt/b.t .. Failed 1/2 subtests\nFiles=2, Tests=4,  0 wallclock secs\n",
        "+t/a.t\n-t/b.t",
        True,
    ),
)
