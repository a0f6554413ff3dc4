"""A check that runs a few of many tests is no proof for the rest."""

from __future__ import annotations

import pytest

from bot.core.test_counts import count_tests, describe_few, files_of_tests


@pytest.mark.parametrize(
    ("path", "text", "count"),
    [
        (
            "tests/test_a.py",
            "def test_a(): ...\nclass T:\n    async def test_b(self): ...\n    def other(self): ...\n",
            2,
        ),
        ("tests/models.py", "    def test_a(self): ...\n", 1),
        ("a/b_test.py", "def test_a(): ...\n", 1),
        ("src/app.py", "def test_a(): ...\n", 0),
        ("test/a.js", "test('x', t => {})\n  it.only('y', () => {})\nexpect(test(1))\n", 2),
        ("src/a.spec.ts", "  it('x')\n", 1),
        ("a_test.go", "func TestA(t *testing.T) {}\nfunc helper() {}\n", 1),
        ("src/lib.rs", "    #[test]\n    fn a() {}\n#[tokio::test]\n", 2),
        ("spec/a_spec.rb", "  it 'works' do\n", 1),
        ("src/test/ATest.java", "  @Test\n  void a() {}\n", 1),
        ("node_modules/x/test/a.js", "test('x')\n", 0),
        ("examples/test_a.py", "def test_a(): ...\n", 0),
    ],
)
def test_tests_are_counted_where_they_begin(path: str, text: str, count: int) -> None:
    assert count_tests(dict.fromkeys(files_of_tests([path]), text)) == count


@pytest.mark.parametrize(("ran", "defined", "said"), [(1, 300, True), (59, 300, True), (61, 300, False), (0, 5, False)])
def test_a_few_of_many_are_worth_a_word(ran: int, defined: int, said: bool) -> None:
    assert describe_few(ran, defined) == (f"ran {ran} of about {defined} tests that its files define" if said else "")
