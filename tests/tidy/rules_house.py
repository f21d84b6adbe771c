"""The rules of the house: who may include whom, what is pure, and what belongs together."""

import re

ARROWS = {
    "engine": {"engine"},
    "gateways": {"gateways", "engine"},
    "ledger": {"ledger", "engine"},
    "reconciliation": {"reconciliation", "engine", "ledger"},
    "api": {"api", "engine", "ledger", "reconciliation"},
    "tests": {"tests", "engine", "gateways", "ledger", "reconciliation", "api"},
}
# Within the engine a folder sees itself and what stands before it.
ENGINE_ORDER = ("base", "catalogue", "fees", "payment", "receipts", "ports", "runtime")
SEES_GATEWAYS = {"api/main.cpp"}
STORE = "ledger/store/"
SEES_STORE = ("ledger/store/", "api/", "tests/")

PURE = {
    "engine/base",
    "engine/catalogue",
    "engine/fees",
    "engine/payment",
    "engine/receipts",
    "ledger",
    "reconciliation",
    "reconciliation/formats",
}
IMPURE_HEADER = re.compile(
    r"boost/(asio|beast)\b|sqlite3|SQLiteCpp|pqxx|sys/(socket|time)\.h|ctime|time\.h"
)
CLOCKS = re.compile(
    r"\b(?:system_clock|steady_clock|high_resolution_clock|utc_clock)\b"
    r"|\b(?:gettimeofday|clock_gettime|timespec_get|localtime|localtime_r)\s*\("
    r"|(?<![\w.>:&])(?:std::|::)?time\s*\(\s*(?:nullptr|NULL|0|&\w+)\s*\)"
)
CHANCE = re.compile(r"\b(?:random_device|getrandom|RAND_(?:priv_)?bytes)\b")
NO_FLOAT = ("engine/base", "engine/catalogue", "engine/fees", "engine/payment", "engine/receipts",
            "ledger", "reconciliation", "gateways")  # fmt: skip
FLOATS_ALLOWED = {
    "engine/receipts/pdf.cpp": "drawing is in points",
    "engine/base/json.cpp": "the parser's callback, which refuses the number",
}
RESULT_HEADER, RESULT_SOURCE = "engine/base/result.hpp", "engine/base/result.cpp"
MIGRATIONS = "ledger/store/migrations/"


def include_arrow(source):
    if not source.is_cpp:
        return
    house = source.path.split("/")[0]
    for line, quoted, path in source.includes():
        target = path.split("/")[0]
        if not quoted:
            if target in ARROWS and "/" in path:
                yield line, f"<{path}> is ours: use quotes"
            continue
        if target not in ARROWS or "/" not in path:
            yield line, f'"{path}": write our headers from the root of the repository'
        elif source.within("tests/sim"):
            if not path.startswith("tests/sim/"):
                yield line, f"tests/sim includes nothing of ours, but {path}"
        elif target == "gateways" and house == "api":
            if source.path not in SEES_GATEWAYS:
                yield line, f"of api only main.cpp sees the gateways, here {path}"
        elif target not in ARROWS.get(house, ARROWS["tests"]):
            yield line, f"{house} may not see {target}: {path}"
        elif path.startswith(STORE) and not source.path.startswith(SEES_STORE):
            yield line, f"the store is reached through engine/ports, not {path}"


def engine_order(source):
    parts = source.path.split("/")
    if not source.is_cpp or parts[0] != "engine" or parts[1] not in ENGINE_ORDER:
        return
    own = ENGINE_ORDER.index(parts[1])
    for line, quoted, path in source.includes():
        target = path.split("/")
        if quoted and target[0] == "engine" and target[1] in ENGINE_ORDER[own + 1 :]:
            yield line, f"engine/{parts[1]} comes before engine/{target[1]}"


def _is_pure(source):
    return source.is_cpp and source.folder() in PURE


def _impure_below(tree, path, seen):
    """The chain of our headers by which `path` reaches an impure one."""
    for _, quoted, included in tree[path].includes():
        if IMPURE_HEADER.match(included):
            return [included]
        if quoted and included in tree and included not in seen:
            seen.add(included)
            chain = _impure_below(tree, included, seen)
            if chain:
                return [included] + chain
    return None


def pure_includes(tree):
    for source in tree.values():
        if not _is_pure(source):
            continue
        for line, quoted, path in source.includes():
            if IMPURE_HEADER.match(path):
                yield source.path, line, f"pure code does not include {path}"
            elif quoted and path in tree and not _is_pure(tree[path]):
                chain = _impure_below(tree, path, {path})
                if chain:
                    yield source.path, line, f"pure code reaches {chain[-1]} through {path}"


def pure_clock(source):
    if not _is_pure(source):
        return
    for pattern, what in ((CLOCKS, "reads no clock"), (CHANCE, "draws no random numbers")):
        for found in pattern.finditer(source.code):
            yield source.line_of(found.start()), f"pure code {what}: {found.group(0)}"


def no_float(source):
    if not source.is_cpp or not source.within(*NO_FLOAT) or source.path in FLOATS_ALLOWED:
        return
    for found in re.finditer(r"\b(?:float|double)\b", source.code):
        yield source.line_of(found.start()), f"no floating point near money: {found.group(0)}"


def error_codes(tree):
    """Every ErrorCode has a public name and is provoked in some test."""
    if RESULT_HEADER not in tree:
        return
    header = tree[RESULT_HEADER]
    listed = re.search(r"enum class ErrorCode \{([^}]*)\}", header.code)
    if listed is None:
        yield RESULT_HEADER, 1, "the list of ErrorCode was not found"
        return
    names = dict(re.findall(r'case ErrorCode::(k\w+):\s*return "([^"]+)"', tree[RESULT_SOURCE].text)
                 if RESULT_SOURCE in tree else [])  # fmt: skip
    tests = "\n".join(source.text for path, source in tree.items()
                      if path.startswith("tests/") and not source.within("tests/tidy"))  # fmt: skip
    for found in re.finditer(r"\bk\w+", listed.group(1)):
        code, line = found.group(0), header.line_of(listed.start(1) + found.start())
        if code not in names:
            yield RESULT_HEADER, line, f"{code} has no code_name"
            continue
        quoted = (f'"{names[code]}"', f"'{names[code]}'")
        if not re.search(rf"\b{code}\b", tests) and not any(text in tests for text in quoted):
            yield RESULT_HEADER, line, f"no test provokes {code}"
    for code in set(names) - set(re.findall(r"\bk\w+", listed.group(1))):
        yield RESULT_SOURCE, 1, f"{code} has a name but is no ErrorCode"
    for name in {name for name in names.values() if list(names.values()).count(name) > 1}:
        yield RESULT_SOURCE, 1, f"two codes are called {name}"


def migrations(tree):
    """Numbered without a gap, and each says why, what it locks and how to undo it."""
    files = sorted(path for path in tree if path.startswith(MIGRATIONS) and path.endswith(".sql"))
    for number, path in enumerate(files, 1):
        name = path[len(MIGRATIONS) :]
        if not re.fullmatch(rf"{number:04d}_[a-z0-9_]+\.sql", name):
            yield path, 1, f"is not migration {number:04d}_…: numbers have no gaps"
        note = ""
        for text in tree[path].lines:
            if not text.startswith("--"):
                break
            note += text + "\n"
        for word in (f"{number:04d}", "Why", "Lock", "Undo"):
            if word not in note:
                yield path, 1, f"its opening note does not say {word}"


def store_is_the_only_sql(source):
    """SQL is written once, in ledger/store."""
    if not source.is_cpp or source.within("ledger/store", "tests"):
        return
    for number, line in enumerate(source.lines, 1):
        if re.search(r"\"\s*(?:SELECT\s.+\sFROM|INSERT INTO|UPDATE \w+ SET|DELETE FROM)\b", line):
            yield number, "SQL lives in ledger/store"
