"""Which numbers decide: read from the source, with the passes' calls found by what they say."""

import ast
import linecache
import textwrap

import pytest

from course_lib.auditing.decisions import Look, decisions


def roles_that_decide(source: str) -> list[set[str]]:
    """``VAL(…)`` and ``TEST(…)`` in the source stand for passes over such data."""
    source = textwrap.dedent(source)
    name = f"<cell of a test {abs(hash(source))}>"
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    looks = [
        Look(
            name,
            (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset),
            node.func.id.lower(),
        )
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("VAL", "TEST")
    ]
    return [set(decision.roles) for decision in decisions(looks)]


LOOP = """
def train():
    best, steps = 9, SGD(model.parameters())
    for epoch in range(5):
        fit(model); a = VAL(model); b = TEST(model)
        {}
"""


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("if a < best: best = a; torch.save(model, 'x')", [{"val"}]),
        ("if b < best: best = b; torch.save(model, 'x')", [{"test"}]),
        ("if a + b < best: break", [{"val", "test"}]),
        ("if b < best: best = b", []),  # a number for the log decides nothing
        ("if a < best: best, shown = a, b; keep = copy.deepcopy(model)", [{"val"}]),
        ("if b < best: best, kept = b, model", [{"test"}]),
        ("if a < best: best, kept = a, model", [{"val"}]),
        ("if b < best: best, at = b, epoch", []),  # told of, not kept
        ("history.append(b); best = max(history)\n        if b < best: break", [{"test"}]),
        ("log['test'] = b; log['val'] = a\n        if log['val'] < best: break", [{"val"}]),
        ("log['test'] = b; log['val'] = a\n        if log['test'] < best: break", [{"test"}]),
        ("stop(b)\n        if stop.now: break", [{"test"}]),
        ("b = a\n        if b < best: break", [{"val"}]),
        ("if epoch > 3: break", []),
        ("x = a; c = sum(x * y for x in TEST(m))\n        if c < 3: break", [{"test"}]),
    ],
)
def test_a_condition_rests_on_the_data_that_its_names_came_from(lines, expected):
    assert roles_that_decide(LOOP.format(lines)) == expected


def test_patience_counted_in_another_branch_belongs_to_the_same_data():
    patience = """
        if b < best:
            best, waited = b, 0
        else:
            waited += 1
        if waited == 2:
            break
    """
    found = roles_that_decide(LOOP.format(textwrap.indent(textwrap.dedent(patience), " " * 8)))
    assert found == [{"test"}]


def test_what_only_the_chosen_weights_are_tested_on_is_not_what_chose_them():
    source = """
        if a < best:
            best = a
            shown = TEST(model)
            if shown > 3:
                print(shown)
    """
    assert roles_that_decide(LOOP.format(textwrap.indent(textwrap.dedent(source), " " * 8))) == []


def test_a_file_that_is_gone_tells_nothing():
    assert list(decisions([Look("/no/such/file.py", (1, 0, 1, 5), "test")])) == []
