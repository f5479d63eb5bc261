"""Runs the `prove` calls of a notebook, and plants faults into the functions that they hold.
Only the statements that a call reaches are executed, so nothing is trained on the way."""

import ast
import builtins
import copy
import json
import re
import symtable
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
DEFINITIONS = (ast.FunctionDef, ast.ClassDef)
ACTIVATIONS = {"tanh", "sigmoid", "softmax", "exp", "log", "relu"}
NEIGHBOUR = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}
TERMS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}


@dataclass
class Call:
    """What one call of `prove` got."""

    mine: Callable
    theirs: Callable
    inputs: Callable
    options: dict


@dataclass
class ProveCell:
    """A statement that calls `prove`, with all statements of its notebook that it reaches."""

    key: str
    statement: ast.stmt
    mine: list[ast.expr]
    theirs: list[ast.expr]
    before: list[ast.stmt]  # all statements up to the end of the cell
    must_fail: bool  # a counterexample: the notebook catches the AssertionError
    reached: list[ast.stmt] = field(default_factory=list)

    def run(self, changed: dict[ast.stmt, ast.stmt] | None = None) -> list[Call]:
        """The calls, with some definitions replaced; `prove` itself is not run."""
        calls: list[Call] = []

        def prove(mine, theirs, inputs, **options):
            calls.append(Call(mine, theirs, inputs, options))

        scope: dict = {"__name__": "notebook"}
        for statement in self.reached:
            scope["prove"] = prove
            module = ast.Module([(changed or {}).get(statement, statement)], [])
            exec(compile(ast.fix_missing_locations(module), self.key, "exec"), scope)
        return calls

    def own_definitions(self, calls: list[Call]) -> list[ast.FunctionDef | ast.ClassDef]:
        """The functions and classes on which only the side that is to be proved rests."""
        own = self.closure(self.mine, [call.mine for call in calls])
        others = self.closure(self.theirs, [call.theirs for call in calls])
        return [s for s in own if isinstance(s, DEFINITIONS) and s not in others]

    def closure(self, nodes: list, functions: list[Callable]) -> list[ast.stmt]:
        own = [f for f in functions if getattr(f, "__module__", "") == "notebook"]
        names = {f.__name__ for f in own if hasattr(f, "__name__")}  # for what a loop hands over
        for node in nodes:
            names |= names_from_outside(ast.unparse(node))
        return reached_from(names, self.before)


def names_from_outside(source: str) -> set[str]:
    """The names that this source takes from its module or from Python."""

    def of(table: symtable.SymbolTable) -> set[str]:
        symbols = table.get_symbols()
        names = {s.get_name() for s in symbols if s.is_global() and s.is_referenced()}
        return names.union(*(of(child) for child in table.get_children()))

    return of(symtable.symtable(source, "notebook", "exec"))


def names_bound(statement: ast.stmt) -> set[str]:
    """The names that a statement gives to its module."""
    table = symtable.symtable(ast.unparse(statement), "notebook", "exec")
    symbols = table.get_symbols()
    return {s.get_name() for s in symbols if s.is_assigned() or s.is_imported()}


def reached_from(names: set[str], before: list[ast.stmt]) -> list[ast.stmt]:
    """The statements that bind these names last, and what these need in turn, in order."""
    wanted = set(names)
    bound = {id(statement): names_bound(statement) for statement in before}
    found: set[int] = set()
    waiting = sorted(wanted - set(dir(builtins)))
    while waiting:
        name = waiting.pop()
        binding = [s for s in before if name in bound[id(s)]]
        if not binding or id(binding[-1]) in found:
            continue
        found.add(id(binding[-1]))
        new = names_from_outside(ast.unparse(binding[-1])) - wanted - set(dir(builtins))
        wanted |= new
        waiting += sorted(new)
    return [s for s in before if id(s) in found]


# --- Finding the calls --------------------------------------------------------------------------


def prove_cells(path: Path) -> Iterator[ProveCell]:
    """All statements of a notebook that call `prove`, in order."""
    before: list[ast.stmt] = []
    for number, source in code_cells(path):
        body = ast.parse(source).body
        before += [s for s in body if not prove_calls(s)]
        for position, statement in enumerate(body):
            calls = prove_calls(statement)
            if not calls:
                continue
            mine = [call.args[0] for call in calls]
            theirs = [call.args[1] for call in calls]
            notebook = path.stem if path.parent.name == "more" else path.name[:2]
            key = f"{notebook}-{number}.{position}-{called(mine[0])}"
            must_fail = isinstance(statement, ast.Try)
            cell = ProveCell(key, statement, mine, theirs, list(before), must_fail)
            names = names_from_outside(ast.unparse(statement))
            cell.reached = [*reached_from(names, cell.before), statement]
            yield cell


def code_cells(path: Path) -> Iterator[tuple[int, str]]:
    for number, cell in enumerate(json.loads(path.read_text(encoding="utf-8"))["cells"]):
        if cell["cell_type"] == "code":
            source = "".join(cell["source"])
            yield number, re.sub(r"^(\s*)[!%].*", r"\1pass", source, flags=re.MULTILINE)


def prove_calls(statement: ast.stmt) -> list[ast.Call]:
    if isinstance(statement, DEFINITIONS):
        return []
    calls = [node for node in ast.walk(statement) if isinstance(node, ast.Call)]
    return [call for call in calls if getattr(call.func, "id", "") == "prove"]


def called(mine: ast.expr) -> str:
    """A short name of what is proved, for the test's name."""
    names = [node.id for node in ast.walk(mine) if isinstance(node, ast.Name)]
    return "lambda" if isinstance(mine, ast.Lambda) else names[0]


# --- Planting faults ----------------------------------------------------------------------------


def mutants(definition: ast.FunctionDef | ast.ClassDef) -> Iterator[tuple[str, ast.stmt]]:
    """Copies of a definition with one fault each, and what the fault is."""
    nodes = list(ast.walk(definition))
    in_loops = {
        id(n) for loop in nodes if isinstance(loop, ast.For | ast.While) for n in ast.walk(loop)
    }
    bases = definition.bases if isinstance(definition, ast.ClassDef) else []
    by_hand = any(ast.unparse(base).endswith("autograd.Function") for base in bases)
    in_while = {id(n) for loop in nodes if isinstance(loop, ast.While) for n in ast.walk(loop)}
    for i, node in enumerate(nodes):
        if id(node) in in_while:
            continue  # it might never end
        for fault, change in faults(node, id(node) in in_loops):
            if by_hand and fault.startswith("detached"):
                continue  # autograd does not look into a Function's two methods
            mutant = copy.deepcopy(definition)
            target = list(ast.walk(mutant))[i]
            Exchange(target, change(target)).visit(mutant)
            yield f"{definition.name}: {fault}", mutant


class Exchange(ast.NodeTransformer):
    """Puts a node in another one's place."""

    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old = old
        self.new = new

    def visit(self, node: ast.AST) -> ast.AST:
        return self.new if node is self.old else self.generic_visit(node)


def faults(node: ast.AST, in_loop: bool) -> Iterator[tuple[str, Callable]]:
    """The faults that can be planted at a node: what to call them, and how to make them."""
    yield from faults_in_expressions(node)
    yield from faults_in_steps(node)
    if isinstance(node, ast.Assign):
        if isinstance(node.targets[0], ast.Tuple) and len(node.targets[0].elts) > 1:
            yield f"swapped: {ast.unparse(node)}", swapped
        if in_loop and not is_mask(node.value):
            yield f"detached: {ast.unparse(node)}", detached
    elif isinstance(node, ast.Return) and node.value and not is_mask(node.value):
        yield f"detached: {ast.unparse(node)}", detached


def is_mask(value: ast.expr) -> bool:
    """A comparison, or a part of one: it has no gradient that could be cut off."""
    while isinstance(value, ast.Subscript):
        value = value.value
    return isinstance(value, ast.Compare)


def faults_in_expressions(node: ast.AST) -> Iterator[tuple[str, Callable]]:
    """A matrix, a term, a factor or an activation that is missing, a border one off."""
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield f"not transposed: {ast.unparse(node)}", lambda new: new.value
    elif isinstance(node, ast.BinOp) and type(node.op) in TERMS:
        yield f"the last term left out: {ast.unparse(node)}", lambda new: new.left
    elif isinstance(node, ast.Compare) and type(node.ops[0]) in NEIGHBOUR:
        yield f"off by one: {ast.unparse(node)}", neighbour
    elif isinstance(node, ast.Call) and activation(node):
        yield f"without {activation(node)}: {ast.unparse(node)}", without_activation


def faults_in_steps(node: ast.AST) -> Iterator[tuple[str, Callable]]:
    """A length, a slice or a loop that is one off."""
    if isinstance(node, ast.Call) and length(node):
        yield f"off by one: {ast.unparse(node)}", one_less
    elif isinstance(node, ast.For | ast.comprehension):
        yield f"one step too few: {ast.unparse(node.iter)}", one_too_few
    elif isinstance(node, ast.Slice) and (node.lower or node.upper):
        yield f"off by one: [{ast.unparse(node)}]", shifted


def neighbour(node: ast.Compare) -> ast.Compare:
    node.ops[0] = NEIGHBOUR[type(node.ops[0])]()
    return node


def activation(node: ast.Call) -> str:
    name = getattr(node.func, "attr", "")
    return name if name in ACTIVATIONS else ""


def without_activation(node: ast.Call) -> ast.expr:
    """torch.tanh(x) or x.tanh() -> x."""
    assert isinstance(node.func, ast.Attribute)
    library = ast.unparse(node.func.value) in ("torch", "np", "F", "nn.functional")
    return node.args[0] if library else node.func.value


def length(node: ast.Call) -> bool:
    return getattr(node.func, "id", "") == "len" or getattr(node.func, "attr", "") == "size"


def one_less(node: ast.Call) -> ast.expr:
    return ast.parse(f"{ast.unparse(node)} - 1", mode="eval").body


def one_too_few(node: ast.For | ast.comprehension) -> ast.AST:
    node.iter = ast.parse(f"list({ast.unparse(node.iter)})[:-1]", mode="eval").body
    return node


def shifted(node: ast.Slice) -> ast.Slice:
    end = "upper" if node.upper else "lower"
    setattr(node, end, ast.parse(f"({ast.unparse(getattr(node, end))}) + 1", mode="eval").body)
    return node


def swapped(node: ast.Assign) -> ast.Assign:
    assert isinstance(node.targets[0], ast.Tuple)
    first, second, *rest = node.targets[0].elts
    node.targets[0].elts = [second, first, *rest]
    return node


def detached(node: ast.Assign | ast.Return) -> ast.Assign | ast.Return:
    assert node.value
    value = ast.unparse(node.value)
    several = isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple)
    code = f"[part.detach() for part in {value}]" if several else f"({value}).detach()"
    node.value = ast.parse(code, mode="eval").body
    return node
