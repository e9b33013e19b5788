"""What a loop's own source says on which numbers decide: taint, followed through assignments.

A name is tainted by a role ("val", "test", …) when its value came out of a pass over such data. An
``if`` whose condition is tainted, and whose branches stop the loop or keep weights or a model, is a
decision by these roles.
"""

import ast
import linecache
from collections.abc import Iterator, Sequence
from typing import NamedTuple

Span = tuple[int, int, int, int]  # line, column, last line, last column

_KEEPING = {"save", "state_dict", "save_file", "deepcopy", "save_checkpoint", "save_pretrained"}


class Look(NamedTuple):
    """A pass over data: where in ``file`` the call stands that led to it, and the data's role."""

    file: str
    span: Span
    role: str


class Decision(NamedTuple):
    """Line of an ``if`` or ``while``, and the roles of the data that its condition rests on."""

    line: int
    roles: frozenset[str]


def decisions(looks: Sequence[Look]) -> Iterator[Decision]:
    """The decisions in the functions that made these passes; none where no source is at hand."""
    for file in sorted({look.file for look in looks}):
        here = [look for look in looks if look.file == file]
        try:
            tree = ast.parse("".join(linecache.getlines(file)))
        except (SyntaxError, ValueError):
            continue
        scopes = {id(scope): scope for look in here if (scope := _scope(tree, look.span))}
        for scope in scopes.values():
            yield from _Reader(here, _models(scope)).read(scope.body)


_Scope = ast.Module | ast.FunctionDef | ast.AsyncFunctionDef


def _scope(tree: ast.Module, span: Span) -> _Scope:
    """The innermost function around a place."""
    found: _Scope = tree
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            inside = node.lineno <= span[0] <= (node.end_lineno or 0)
            if inside and (found is tree or node.lineno >= found.lineno):  # type: ignore[union-attr]
                found = node
    return found


def _models(scope: _Scope) -> set[str]:
    """Names of what is used as a model there: its parameters are asked for."""
    asked = (n for n in ast.walk(scope) if isinstance(n, ast.Attribute) and n.attr == "parameters")
    return {key for node in asked if (key := _key(node.value))}


class _Reader:
    """Reads the statements of one function in order, loops twice."""

    def __init__(self, looks: Sequence[Look], models: set[str]) -> None:
        self.looks = looks
        self.models = models
        self.taint: dict[str, frozenset[str]] = {}
        self.found: dict[int, Decision] = {}

    def read(self, body: Sequence[ast.stmt]) -> list[Decision]:
        self._block(body, frozenset())
        return list(self.found.values())

    def _block(self, body: Sequence[ast.stmt], control: frozenset[str]) -> None:
        for statement in body:
            self._statement(statement, control)

    def _statement(self, node: ast.stmt, control: frozenset[str]) -> None:
        if isinstance(node, ast.If | ast.While):
            roles = self._roles(node.test)
            branches = [*node.body, *node.orelse]
            if roles and (isinstance(node, ast.While) or _decides(branches, self.models)):
                self.found[node.lineno] = Decision(node.lineno, roles)
            for _ in range(1 + isinstance(node, ast.While)):
                self._block([*node.body], control | roles)
                self._block(node.orelse, control | roles)
        elif isinstance(node, ast.For | ast.AsyncFor):
            whole = {look.role for look in self.looks if look.span == _span(node)}
            roles = self._roles(node.iter) | whole  # Python 3.11 names the loop, 3.12 its iterable
            self._assign(node.target, roles | control, add=False)
            for _ in range(2):
                self._block(node.body, control | roles)
            self._block(node.orelse, control)
        elif isinstance(node, ast.With | ast.AsyncWith):
            self._block(node.body, control)
        elif isinstance(node, ast.Try):
            handlers = [line for handler in node.handlers for line in handler.body]
            self._block([*node.body, *handlers, *node.orelse, *node.finalbody], control)
        elif isinstance(node, ast.Assign):
            self._assign_values(node.targets, node.value, control)
        elif isinstance(node, ast.AnnAssign | ast.AugAssign) and node.value is not None:
            add = isinstance(node, ast.AugAssign)
            self._assign(node.target, self._roles(node.value) | control, add=add)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            self._called(node.value, control)

    def _assign_values(
        self, targets: Sequence[ast.expr], value: ast.expr, control: frozenset[str]
    ) -> None:
        for target in targets:
            pairs = [(target, value)]
            if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
                pairs = list(zip(target.elts, value.elts, strict=False))
            known = [(t, self._roles(v) | control) for t, v in pairs]
            for one, roles in known:
                self._assign(one, roles, add=False)

    def _called(self, call: ast.Call, control: frozenset[str]) -> None:
        """``history.append(loss)``, ``stopper(loss)``: whoever is told knows it from then on."""
        told = [*call.args, *(keyword.value for keyword in call.keywords)]
        roles = frozenset[str]().union(*(self._roles(part) for part in told))
        owner = call.func.value if isinstance(call.func, ast.Attribute) else call.func
        if roles and _key(owner):
            self._assign(owner, roles | control, add=True)

    def _assign(self, target: ast.expr, roles: frozenset[str], *, add: bool) -> None:
        if isinstance(target, ast.Tuple | ast.List):
            for part in target.elts:
                self._assign(part, roles, add=add)
        elif isinstance(target, ast.Starred):
            self._assign(target.value, roles, add=add)
        elif key := _key(target):
            part_only = isinstance(target, ast.Subscript) and not _is_constant(target.slice)
            kept = self.taint.get(key, frozenset()) if add or part_only else frozenset()
            self.taint[key] = kept | roles

    def _roles(self, node: ast.expr) -> frozenset[str]:
        """What a value rests on: passes made by calls in it, and names tainted before."""
        found = {look.role for look in self.looks if _within(look.span, node)}
        own = {  # the names of a comprehension's items hide those outside
            name.id
            for part in ast.walk(node)
            if isinstance(part, ast.comprehension)
            for name in ast.walk(part.target)
            if isinstance(name, ast.Name)
        }
        todo: list[ast.AST] = [node]
        while todo:
            part = todo.pop()
            key = _key(part) if isinstance(part, ast.expr) else ""
            if key.partition(".")[0] in own:
                continue
            while key and key not in self.taint and "." in key:
                key = key.rpartition(".")[0]
            if key in self.taint:
                found |= self.taint[key]
            else:
                todo.extend(ast.iter_child_nodes(part))
        return frozenset(found)


def _key(node: ast.expr) -> str:
    """``a``, ``a.b`` or ``a.['test']``; an element at a place that varies counts as its whole."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        owner = _key(node.value)
        return f"{owner}.{node.attr}" if owner else ""
    if isinstance(node, ast.Subscript):
        owner = _key(node.value)
        constant = _is_constant(node.slice) and owner
        return f"{owner}.[{ast.unparse(node.slice)}]" if constant else owner
    return ""


def _is_constant(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _span(node: ast.expr | ast.stmt) -> Span:
    end = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
    return node.lineno, node.col_offset, *end


def _within(span: Span, node: ast.expr) -> bool:
    whole = _span(node)
    return whole[:2] <= span[:2] and span[2:] <= whole[2:]


def _decides(body: Sequence[ast.stmt], models: set[str]) -> bool:
    """Stops, or keeps weights, or a model by another name."""
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Break):
                return True
            if isinstance(node, ast.Assign):
                value = node.value
                kept = value.elts if isinstance(value, ast.Tuple) else [value]
                if any(_key(part) in models for part in kept):
                    return True
            if isinstance(node, ast.Call):
                function = node.func
                name = function.attr if isinstance(function, ast.Attribute) else _key(function)
                if name in _KEEPING:
                    return True
    return False
