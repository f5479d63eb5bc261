"""What a module takes from others: imports run one way, through layers, and a private name of
another library comes with its reason."""

import ast
import re

from house_helpers import CODE, ROOT, lines_of, name_of, scripts

# --- Imports run one way --------------------------------------------------------------------------

# Each may use those before it: projects and tables measure with what the lessons define.
LAYERS = [
    "course_utils.",
    "course_utils.lessons.",
    "course_utils.few_labels.",
    "course_utils.exercises.projects.n",
    "benchmarks.",
]


def layer_of(module):
    fitting = [k for k, layer in enumerate(LAYERS) if f"{module}.".startswith(layer)]
    return max(fitting, default=None)


def imported(tree, package):
    """The modules that a script imports anywhere, by their full names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: -(node.level - 1) or None] if node.level else []
            base = ".".join([*parents, *([node.module] if node.module else [])])
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def test_a_module_imports_only_from_layers_before_it():
    wrong = []
    for path in scripts("course_utils", "benchmarks"):
        package = ".".join(path.relative_to(ROOT).parent.parts)
        own = layer_of(".".join(path.relative_to(ROOT).with_suffix("").parts))
        for module in imported(ast.parse(path.read_text(encoding="utf-8")), package):
            layer = layer_of(module)
            upwards = layer is not None and layer > own
            if upwards or module.split(".")[0] in ("tools", "tests"):
                wrong.append(f"{name_of(path)} imports {module}")
    assert wrong == []


# --- Private API of others ------------------------------------------------------------------------


def own_names():
    """Everything that this repository defines or sets."""
    found = set()
    for path in scripts(*CODE):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                found.add(node.name)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                found.add(node.attr)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                found.add(node.id)
    return found


DOCUMENTED = {
    "_replace",
    "_asdict",
    "_fields",
    "_make",
}  # namedtuple's, public in spite of the line


def private_uses(tree, own):
    """(line, name) of each private name of another library that is used."""
    used = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            used.append((node.lineno, node.attr))
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [*(node.module or "").split("."), *(alias.name for alias in node.names)]
            used += [(node.lineno, name) for name in names]
    private = [(line, name) for line, name in used if re.match(r"_[a-zA-Z]", name)]
    return [(line, name) for line, name in private if name not in own | DOCUMENTED]


def commented(lines, number):
    """Whether a comment stands on the line or on one of the three above."""
    return any("#" in line for line in lines[max(0, number - 4) : number])


def test_private_api_has_a_comment_and_a_test():
    """It may change without notice: a comment says why it is needed, a test names it."""
    tests = "\n".join(path.read_text(encoding="utf-8") for path in scripts("tests"))
    own = own_names()
    faults = []
    for path in scripts(*CODE):
        lines = lines_of(path)
        for number, name in private_uses(ast.parse("\n".join(lines)), own):
            if not commented(lines, number):
                faults.append(f"{name_of(path)}:{number}: {name}: no comment says why")
            if not re.search(rf"\b{name}\b", tests):
                faults.append(f"{name_of(path)}:{number}: {name}: no test names it")
    assert faults == []


def test_the_search_for_private_api():
    code = "from torch import _VF\nx._flat_weights\nself._own\nrow._replace(a=1)\nx.__dict__"
    assert private_uses(ast.parse(code), {"_own"}) == [(1, "_VF"), (2, "_flat_weights")]
