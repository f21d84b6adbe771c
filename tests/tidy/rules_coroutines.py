"""The rules of coroutines: where they may stand, and the forms that g++ 12 compiles to a double
free or that outlive what they refer to."""

import re

import scan

FOLDERS = ("api", "gateways", "engine/runtime", "tests")
# Types that may be made with braces inside an awaited call: destroying one does nothing.
HARMLESS_BRACES = re.compile(
    r"(?:(?:std::)?chrono::\w+|(?:micro|milli|nano)?seconds|Money|Date|Instant)$"
)
# Services that main builds before, and destroys after, every coroutine.
LONG_LIVED = {
    "ApiContext": "built by main, outlives the server",
    "CommitLane": "built by main, joined last",
    "HttpClient": "owned by the adapter that awaits it",
}
_RETURNS = re.compile(r"\b(?:Task|(?:\w+::)*awaitable)<")


def where(source):
    if not source.is_cpp or source.within(*FOLDERS):
        return
    for found in re.finditer(r"\bco_(?:await|return|yield)\b", source.code):
        yield source.line_of(found.start()), f"no coroutines here: {found.group(0)}"


def _bad_arguments(code, start, end):
    """(offset, message) of the temporaries inside an awaited call's parentheses."""
    at, depth = start, 0
    while at < end:
        mark = code[at]
        if mark == "(":
            depth += 1
        elif mark == ")":
            depth -= 1
        elif mark == "[" and (held := scan.lambda_at(code, at)):
            if depth and held[0]:
                yield at, "a capturing lambda inside an awaited call: name it and move it in"
            at = held[1]
        elif mark == "{":
            made = re.search(r"([\w:]+)\s*(?:<[^<>]*>)?\s*$", code[start:at])
            if depth and not (made and HARMLESS_BRACES.search(made.group(1))):
                yield at, "a braced temporary inside an awaited call: name it and move it in"
            at = scan.closing(code, at)
        at += 1


def awaited_temporaries(source):
    if not source.is_cpp:
        return
    for found in re.finditer(r"\bco_await\b", source.code):
        end = scan.expression_end(source.code, found.end())
        for at, message in _bad_arguments(source.code, found.end(), end):
            yield source.line_of(at), message


def spawned_lambdas(source):
    if not source.is_cpp:
        return
    for found in re.finditer(r"\bco_spawn\s*\(", source.code):
        for number, (at, text) in enumerate(scan.arguments(source.code, found.end() - 1)):
            start = at + len(text) - len(text.lstrip())
            held = scan.lambda_at(source.code, start) if text.strip() else None
            if number == 1 and held and held[0]:
                yield source.line_of(start), "co_spawn of a lambda with captures: they die first"


def conditional_await(source):
    if not source.is_cpp:
        return
    for found in re.finditer(r"\?", source.code):
        end = scan.expression_end(source.code, found.end())
        if re.search(r"\bco_await\b", source.code[found.end() : end]):
            yield source.line_of(found.start()), "co_await in a branch of ?: use if"


def _refers(parameter):
    """(kind, may bind a temporary) of what a parameter refers to; None where it holds its value."""
    kind = re.sub(r"\s*=.*$", "", parameter, flags=re.S).strip()
    view = re.search(r"\b(?:string_view|span)\b", kind)
    if view:
        return view.group(0), True
    if re.search(r"(?<!&)&(?!&)\s*\w*$|\*\s*\w*$", kind):
        plain = re.sub(r"\bconst\b|[&*]\s*\w*$", "", kind).strip()
        return plain, "const" in kind or "*" in kind
    return None


def by_value(source):
    """A view, a pointer or a const reference may outlive what it refers to. Outside of gateways an
    out parameter may be a reference: it belongs to the coroutine that awaits."""
    if not source.is_cpp or not source.within("api", "gateways", "engine/runtime"):
        return
    for found in _RETURNS.finditer(source.code):
        end = scan.closing_angle(source.code, found.end() - 1)
        called = re.compile(r"\s+[\w:]+\s*\(").match(source.code, end + 1)
        if end == -1 or called is None:
            continue
        for at, parameter in scan.arguments(source.code, called.end() - 1):
            kind, temporary = _refers(parameter) or ("", False)
            kept = not kind or kind.split("::")[-1] in LONG_LIVED
            if not kept and (temporary or source.within("gateways")):
                yield source.line_of(at + 1), f"a coroutine takes its parameters by value: {kind}"
