"""Numbers on the panel against the traces, each within half of its last place."""

import ast
import math
import operator
import re

from jupyter import Trouble

SUPER = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
ACCURACIES = {
    "search": ("search_accuracy",),
    "child": ("child_argmax", "child_darts"),
    "reward": ("reward",),
    "baseline": ("baseline",),
}


def arithmetic(text: str) -> float:
    """The value of an arithmetic expression with + - * / ^ and parentheses."""

    def value(node):
        if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
            return OPERATORS[type(node.op)](value(node.left), value(node.right))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return -value(node.operand)
        if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
            return float(node.value)
        raise Trouble(f"{text!r} is no arithmetic expression")

    return value(ast.parse(text.strip().replace("^", "**").replace("·", "*").replace("−", "-"), mode="eval").body)


def real(text: str) -> float:
    """A number as the panel prints it: 1.23·10⁻⁴, −0.5."""
    mantissa, _, power = text.replace("−", "-").partition("·10")
    return float(mantissa) * 10.0 ** int(power.translate(SUPER) or 0)


def near(where: str, shown: float, want: float, within: float) -> None:
    if not abs(shown - want) <= within * (1 + 1e-6) + 1e-12:
        raise Trouble(f"{where}: the screen shows {shown:g}, the trace has {want:g}")


def three_digits(where: str, shown: float, want: float) -> None:
    """A number with three significant digits."""
    near(where, shown, want, 0.5 * 10.0 ** (math.floor(math.log10(abs(want))) - 2) if want else 0)


def entropy(row: list[float]) -> float:
    return -sum(p * math.log(p) for p in row if p > 0)


def compare(screen: dict, session, status: dict) -> int:
    """Hold everything on the screen against the session's traces.

    Returns how many numbers were compared."""
    seen = 0
    if len(screen["columns"]) != len(status["methods"]):
        raise Trouble(f"the panel shows {len(screen['columns'])} methods, the session has {len(status['methods'])}")
    for column, method in zip(screen["columns"], status["methods"]):
        trace = session.trace(method["id"], screen["step"])
        where = f"{method['id']}, step {screen['step']}"
        if trace["step"] != screen["step"]:
            raise Trouble(f"{where}: the session answered with step {trace['step']}")
        rows = probabilities(where, column, trace, method["description"]["decisions"])
        seen += rows + credit(where, column, trace) + headline(where, column, method, session, screen["step"])
        seen += equation(where, column, trace, method["description"]["decisions"])
    return seen


def probabilities(where: str, column: dict, trace: dict, decisions: list) -> int:
    probs = trace.get("probs")
    if not probs:
        return 0
    seen = 0
    for row, shown in column["rows"].items():
        for k, percent in enumerate(shown):
            near(
                f"{where}, {decisions[int(row)]['name']}, choice {k}, per cent", percent, 100 * probs[int(row)][k], 0.5
            )
            seen += 1
    cells = list(dict.fromkeys(d["cell"] for d in decisions))
    for cell, shown in zip(cells, column["entropy"]):
        of_cell = [entropy(p) for p, d in zip(probs, decisions) if d["cell"] == cell]
        near(f"{where}, entropy of {cell}", shown, sum(of_cell) / len(of_cell), 0.005)
        seen += 1
    if seen == 0:
        raise Trouble(f"{where}: the panel shows no probability")
    return seen


def credit(where: str, column: dict, trace: dict) -> int:
    """The column of credits; its head names the power of ten."""
    if not trace.get("credit"):
        return 0
    shown = column["credit"]
    if shown is None:
        raise Trouble(f"{where}: the trace has credits, the panel shows none")
    unit = re.search("10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", shown["unit"])
    scale = 10.0 ** int(unit.group(1).translate(SUPER)) if unit else 1.0
    rows = sorted(map(int, column["rows"]))
    if len(rows) != len(shown["values"]):
        raise Trouble(f"{where}: {len(shown['values'])} credits stand beside {len(rows)} decisions")
    for row, value in zip(rows, shown["values"]):
        near(f"{where}, credit of decision {row}", value * scale, trace["credit"][row], 0.05 * scale)
    return len(rows)


def headline(where: str, column: dict, method: dict, session, step: int) -> int:
    """Accuracies or rewards: the last ones measured up to the step."""
    seen = 0
    shown = dict(re.findall(r"(search|child|gap|reward|baseline)\s+([+−]?[\d.]+)", column["numbers"]))
    for name, keys in ACCURACIES.items():
        want = next((v for v in (session.scalar(method["id"], k, step) for k in keys) if v is not None), None)
        if name in shown:
            if want is None:
                raise Trouble(f"{where}: the panel shows {name} {shown[name]}, no trace has it")
            near(f"{where}, {name}", real(shown[name]), want, 0.0005)
            seen += 1
        elif want is not None and name in ("search", "child"):
            raise Trouble(f"{where}: {name} is {want:g} in the traces and not on the panel")
    if "gap" in shown:
        near(f"{where}, gap", real(shown["gap"]), real(shown["child"]) - real(shown["search"]), 0.0015)
    return seen


def equation(where: str, column: dict, trace: dict, decisions: list) -> int:
    """The filled-in equation: its terms, its value, and the stored gradient."""
    if not trace.get("formula"):
        return 0
    edge, operation = column["selected"].split(" · ", 1)
    cell = {"Normal cell": "normal", "Reduction cell": "reduce"}.get(column["cell"], decisions[0]["cell"])
    d = next(i for i, x in enumerate(decisions) if x["name"] == edge and x["cell"] == cell)
    shown = [real(value) for _, value in column["terms"][: len(trace["terms"])]]
    k = choice(trace, d, shown, operation, decisions[d]["choices"])
    where = f"{where}, {edge} · {operation}"
    values = {t["symbol"]: term(t, trace, d, k) for t in trace["terms"]}
    for got, (symbol, want) in zip(shown, values.items()):
        three_digits(f"{where}, {symbol}", got, want)
    right = trace["formula"].split("=", 1)[1]
    computed = arithmetic(re.sub(r"[^\W\d][\w∂∇′]*", lambda m: f"({values[m.group()]!r})", right))
    stored = trace["grad"][d][k]
    size = max(map(abs, trace["grad"][d]))
    near(f"{where}, {trace['formula']} computed here", computed, stored, 1e-3 * abs(stored) + 1e-4 * size)
    three_digits(f"{where}, value of the equation", arithmetic(column["lines"][-1].lstrip("=")), computed)
    if any("differs" in note for note in column["notes"]):
        raise Trouble(f"{where}: the panel says that the equation differs from the stored gradient")
    return len(shown) + 1


def choice(trace: dict, d: int, shown: list[float], operation: str, choices: list[str]) -> int:
    """Which choice the equation is about: the one that its terms fit, by its name where several do."""

    def fits(k):
        return all(abs(got - term(t, trace, d, k)) <= 0.006 * abs(got) + 1e-12 for got, t in zip(shown, trace["terms"]))

    found = [k for k in range(len(choices)) if fits(k)]
    if not found:
        raise Trouble(f"step {trace['step']}: the terms on the panel fit no choice of the decision ({operation})")
    probs = trace.get("probs", [[]] * (d + 1))[d]
    return max(found, key=lambda k: (choices[k] == operation, probs[k] if probs else 0))


def term(t: dict, trace: dict, d: int, k: int) -> float:
    row = t.get("row", "")
    if row == "":
        return t.get("value", 0.0)
    if row == "indicator":
        return float(trace["arch"][d] == k)
    if row in ("credit", "-credit"):
        return trace["credit"][d] * (1 if row == "credit" else -1)
    return trace[row][d][k]
