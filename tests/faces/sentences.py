"""Every sentence that a refusal can say, read out of the sources without running them.

    of(Path("src/detente"))   {Sentence("record.3", "Not a record: {0}.", "trust/record.py:102"), …}

What varies is a numbered hole. A sentence is followed through the variables of its function, the constants of
its module, and the arguments of those who call a function that raises on their behalf, as far as they are
written out somewhere; what is not (another program's message, say) stays a hole.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import product
from pathlib import Path
from typing import NamedTuple

PHRASE = re.compile(r"[A-Za-z]{2,} [a-z]{2,}|[a-z]+, ")
"""What a text must have to be words of ours, and not a name that fills a hole."""
HOLE = "\0"
DEPTH = 3
DENIALS = frozenset({"Denial"})
METHODS = frozenset(dir(list) + dir(dict) + dir(set) + dir(str))
"""Names that say nothing about whose function is called."""


class Sentence(NamedTuple):
    """One sentence: at which step, its words with numbered holes, and where it stands."""

    step: str
    words: str
    place: str


class Bound(tuple[tuple[str, frozenset[str]], ...]):
    """What arguments are, by name; hashable, so that equal callers count once."""

    __slots__ = ()

    @property
    def names(self) -> frozenset[str]:
        """The arguments that are written out."""
        return frozenset(name for name, _ in self)

    def get(self, name: str) -> frozenset[str] | None:
        """Return what an argument is, if it is written out."""
        return dict(self).get(name)


Function = ast.FunctionDef | ast.AsyncFunctionDef


class Module(NamedTuple):
    """A file of the sources, and the functions in it with what each contains."""

    path: str
    constants: dict[str, ast.expr]
    functions: list[Function]


class Call(NamedTuple):
    """A call, and the function in which it stands."""

    module: Module
    inside: Function | None
    node: ast.Call


class Sources:
    """All files, and who calls whom by name."""

    def __init__(self, root: Path) -> None:
        self.calls: list[Call] = []
        self.by_name: dict[str, list[Call]] = {}
        self.constants: dict[str, ast.expr] = {}
        self.errors = {"DetenteError"}
        trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(root.rglob("*.py"))}
        for _ in range(DEPTH):
            self.errors |= {
                node.name
                for tree in trees.values()
                for node in tree.body
                if isinstance(node, ast.ClassDef) and any(_name(base) in self.errors for base in node.bases)
            }
        for path, tree in trees.items():
            self._read(str(path.relative_to(root)), tree)

    def _read(self, path: str, tree: ast.Module) -> None:
        module = Module(path, {}, [])
        for node in tree.body:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                module.constants[node.targets[0].id] = node.value
                self.constants[f"{Path(path).stem}.{node.targets[0].id}"] = node.value
        self._walk(module, tree, None)

    def _walk(self, module: Module, node: ast.AST, inside: Function | None) -> None:
        for child in ast.iter_child_nodes(node):
            here = child if isinstance(child, Function) else inside
            if isinstance(child, ast.Call):
                call = Call(module, inside, child)
                self.calls.append(call)
                self.by_name.setdefault(_name(child.func), []).append(call)
            self._walk(module, child, here)

    def sinks(self) -> Iterator[tuple[Call, list[ast.expr]]]:
        """Every place where an error or a denial is made, with its step and its sentences."""
        for call in self.calls:
            name, args = _name(call.node.func), call.node.args
            if name in DENIALS and len(args) > 2:
                yield call, [args[0], args[2]]
            elif call.module.path.startswith("faces/cli/") and name in ("add_argument", "add_parser"):
                helped = [one.value for one in call.node.keywords if one.arg == "help"]
                if helped:
                    yield call, [ast.Constant("help.1"), *helped]
            elif name in self.errors or (name == "__init__" and len(args) == 3):
                yield call, args[:3]

    def bindings(
        self, function: Function | None, inside: Module, names: frozenset[str], depth: int
    ) -> set[Bound]:
        """What callers of a function hand it under these names; what is not written out is a hole."""
        found: set[Bound] = set()
        for call in self.by_name.get(function.name, []) if function and names and depth else ():
            if function is None or not _calls(call, function, inside):
                continue
            given = {name: value for name, value in _given(function, call.node).items() if name in names}
            onward = _texts_asked(given.values(), call.inside)
            for bound in self.bindings(call.inside, call.module, onward, depth - 1) or {Bound()}:
                texts = {name: self.say(call, value, bound) for name, value in given.items()}
                found.add(Bound(sorted((n, one) for n, one in texts.items() if one != _ANY)))
        return found

    def say(
        self, call: Call, node: ast.expr, bound: Bound, seen: frozenset[str] = frozenset()
    ) -> frozenset[str]:
        """Every text that an expression can be, with holes."""
        found: list[frozenset[str]] = []
        match node:
            case ast.Constant(value=str() | int() as text) if not isinstance(text, bool):
                found = [frozenset({str(text)})]
            case ast.JoinedStr(values=parts):
                found = [_products([self._part(call, part, bound, seen) for part in parts])]
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                found = [_products([self.say(call, one, bound, seen) for one in (left, right)])]
            case ast.IfExp(body=body, orelse=orelse):
                found = [self.say(call, one, bound, seen) for one in (body, orelse)]
            case ast.BoolOp(values=values):
                found = [self.say(call, one, bound, seen) for one in values]
            case ast.Call(func=ast.Attribute(value=text, attr="strip"), args=[]):
                found = [self.say(call, text, bound, seen)]
            case ast.Name(id=name) | ast.Attribute(attr=name):
                found = self._named(call, node, name, bound, seen)
        return frozenset().union(*found) or _ANY

    def _named(
        self, call: Call, node: ast.expr, name: str, bound: Bound, seen: frozenset[str]
    ) -> list[frozenset[str]]:
        if isinstance(node, ast.Attribute):
            known = self.constants.get(f"{_name(node.value)}.{name}")
            return [self.say(call, known, bound, seen)] if known is not None else []
        values = [] if name in seen else self._assigned(call, name)
        if not values and name not in bound.names and (default := _default(call.inside, name)) is not None:
            values = [default]
        return [self.say(call, one, bound, seen | {name}) for one in values] or [bound.get(name) or _ANY]

    def _part(self, call: Call, part: ast.expr, bound: Bound, seen: frozenset[str]) -> frozenset[str]:
        if not isinstance(part, ast.FormattedValue):
            return self.say(call, part, bound, seen)
        if part.conversion != -1 or part.format_spec is not None:
            return _ANY
        found = self.say(call, part.value, bound, seen)
        return found if _WHOLE in seen else frozenset(text if PHRASE.search(text) else HOLE for text in found)

    def _assigned(self, call: Call, name: str) -> list[ast.expr]:
        """What a name stands for at a call: as last assigned on each way there, or else a constant."""
        found: list[ast.expr] = []
        assigned = [
            (node, value)
            for node in _inside(call.inside)
            if isinstance(node, ast.Assign) and node.lineno <= call.node.lineno
            for target in node.targets
            for value in _unpacked(target, node.value, name)
        ]
        for node, value in sorted(assigned, key=lambda one: one[0].lineno, reverse=True):
            found.append(value)
            if node.col_offset <= call.node.col_offset:
                break
        if not found and name in call.module.constants:
            return [call.module.constants[name]]
        if not found and name.isupper():
            return [value for key, value in self.constants.items() if key.endswith(f".{name}")][:1]
        return found

    def rows(self, call: Call) -> Iterator[Bound]:
        """What the names of a loop are in each turn, if the loop is over a tuple that is written out."""
        for node in _inside(call.inside):
            if not isinstance(node, ast.For) or not any(one is call.node for one in ast.walk(node)):
                continue
            over = [node.iter]
            if isinstance(node.iter, ast.Name):
                over = self._assigned(Call(call.module, call.inside, call.node), node.iter.id)
            for row in over[0].elts if over and isinstance(over[0], ast.Tuple | ast.List) else ():
                named = {one.id for one in ast.walk(node.target) if isinstance(one, ast.Name)}
                texts = {n: self.say(call, v, Bound()) for n in named for v in _unpacked(node.target, row, n)}
                yield Bound(sorted(texts.items()))


_WHOLE = ""
_ANY = frozenset({HOLE})


def of(root: Path) -> set[Sentence]:
    """Return every sentence, each with its step."""
    sources = Sources(root)
    found: set[Sentence] = set()
    for call, args in sources.sinks():
        place = f"{call.module.path}:{call.node.lineno}"
        asked = _texts_asked(args, call.inside)
        bounds = set(sources.rows(call)) or sources.bindings(call.inside, call.module, asked, DEPTH)
        for bound in bounds or {Bound()}:
            steps = sources.say(call, args[0], bound, frozenset({_WHOLE}))
            texts = [sources.say(call, arg, bound) for arg in args[1:]]
            found |= {
                Sentence(step, numbered(text), place) for step in steps for said in texts for text in said
            }
    return found


def numbered(text: str) -> str:
    """Number the holes of a text, left to right."""
    parts = text.split(HOLE)
    return "".join(f"{part}{{{n}}}" for n, part in enumerate(parts[:-1])) + parts[-1]


def _texts_asked(values: Iterable[ast.expr], inside: Function | None) -> frozenset[str]:
    """The arguments of the function around it, texts all of them, that stand in these expressions."""
    arguments = inside.args.args if inside else []
    texts = {one.arg for one in arguments if _name(one.annotation) in ("str", "int")}
    used = {n.id for value in values for n in ast.walk(value) if isinstance(n, ast.Name)}
    return frozenset(texts & used)


def _calls(call: Call, function: Function, inside: Module) -> bool:
    """Whether a call by this name is one of this function: a private one is called in its own file."""
    return function.name not in METHODS and (not function.name.startswith("_") or call.module is inside)


def _given(function: Function, call: ast.Call) -> dict[str, ast.expr]:
    names = [one.arg for one in function.args.args if one.arg not in ("self", "cls")]
    if len(call.args) > len(names) and function.args.vararg is None:
        return {}
    named = {one.arg: one.value for one in call.keywords if one.arg is not None}
    return dict(zip(names, call.args, strict=False)) | named


def _default(function: Function | None, name: str) -> ast.expr | None:
    """What an argument of a function is where nobody hands it over."""
    if function is None or not function.args.defaults:
        return None
    last = function.args.args[-len(function.args.defaults) :]
    return next((v for a, v in zip(last, function.args.defaults, strict=True) if a.arg == name), None)


@cache
def _inside(function: Function | None) -> list[ast.AST]:
    return [one for one in ast.walk(function or ast.Module([], [])) if isinstance(one, ast.Assign | ast.For)]


def _products(parts: list[frozenset[str]]) -> frozenset[str]:
    return frozenset("".join(one) for one in product(*parts))


def _unpacked(target: ast.expr, value: ast.expr, name: str) -> list[ast.expr]:
    if isinstance(target, ast.Name):
        return [value] if target.id == name else []
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        return [v for t, one in zip(target.elts, value.elts, strict=False) for v in _unpacked(t, one, name)]
    return []


def _name(node: ast.expr | None) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
