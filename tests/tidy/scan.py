"""Small readers of C++ text for the rules: brackets, arguments, statements, functions. They work on
code without comments and literals, and know no types."""

import re

_OPEN = {"(": ")", "[": "]", "{": "}"}
_CLOSE = set(_OPEN.values())
_SCOPE = re.compile(r"\b(?:namespace|class|struct|union|enum|extern)\b")
# What may stand between a function's parameters and its body.
_AFTER_PARAMETERS = re.compile(
    r"\)\s*(?:(?:const|noexcept|override|final|mutable|try|&|&&)\s*|noexcept\s*\([^()]*\)\s*"
    r"|->\s*[^;{}]*|requires\b[^;{}]*|:\s[^;{}]*)*$"
)
_INITIALISER = re.compile(r"\)[^;{}]*:\s(?:[^;{}]*[,\s])?[\w:]+(?:<[^;{}]*>)?\s*$")


def closing(code, start):
    """The place of the bracket that closes the one at `start`; the end where there is none."""
    depth = 0
    for at in range(start, len(code)):
        if code[at] in _OPEN:
            depth += 1
        elif code[at] in _CLOSE:
            depth -= 1
            if depth == 0:
                return at
    return len(code) - 1


def closing_angle(code, start):
    """The same for the angle bracket of a template argument list."""
    depth = 0
    for at in range(start, len(code)):
        if code[at] == "<":
            depth += 1
        elif code[at] == ">" and code[at - 1] != "-":
            depth -= 1
            if depth == 0:
                return at
        elif code[at] in ";{":
            break
    return -1


def expression_end(code, start):
    """Where the expression that begins at `start` ends: its semicolon, or the bracket around it."""
    at = start
    while at < len(code):
        if code[at] in _OPEN:
            at = closing(code, at)
        elif code[at] in _CLOSE or code[at] == ";":
            return at
        at += 1
    return at


def arguments(code, start):
    """(offset, text) of each argument of the call whose parenthesis stands at `start`."""
    end = closing(code, start)
    begin, at, angle = start + 1, start + 1, 0
    while at < end:
        if code[at] in _OPEN:
            at = closing(code, at)
        elif code[at] == "<":
            angle += 1 if closing_angle(code, at) != -1 else 0
        elif code[at] == ">" and code[at - 1] != "-" and angle:
            angle -= 1
        elif code[at] == "," and not angle:
            yield begin, code[begin:at]
            begin = at + 1
        at += 1
    if code[begin:end].strip():
        yield begin, code[begin:end]


def lambda_at(code, at):
    """(captures, end) where a lambda begins at `at`, else None."""
    if code[at] != "[" or re.search(r"[\w\])]\s*$", code[max(0, at - 40) : at]):
        return None
    after = closing(code, at)
    captures = code[at + 1 : after].strip()
    at = after + 1
    while at < len(code) and code[at] not in "{;)],}":
        at = closing(code, at) + 1 if code[at] == "(" else at + 1
    if at >= len(code) or code[at] != "{":
        return None
    return captures, closing(code, at)


class Function:
    def __init__(self, name, line, length):
        self.name = name
        self.line = line
        self.length = length


def _without_braces(text):
    before = None
    while before != text:
        before = text
        text = re.sub(r"\{[^{}]*\}", "@", text)
    return text


def _flat(head):
    """A head without what its parentheses and template lists hold."""
    before = None
    while before != head:
        before = head
        head = re.sub(r"\([^()]*\)", "@", head)
    return re.sub(r"<[^<>;{}]*>", "", head)


def _name_of(head):
    called = re.search(r"([\w:~]+)\s*\(([^()]*)", head)
    if called is None:
        return "?"
    if called.group(1) in ("TEST", "TEST_F", "TEST_P", "RC_GTEST_PROP"):
        return ".".join(part.strip() for part in called.group(2).split(","))
    return called.group(1)


def functions(code):
    """Every function body outside of another one; a lambda counts for the function around it."""
    found, at, head = [], 0, 0
    while at < len(code):
        mark = code[at]
        if mark == "#" and code[:at].rpartition("\n")[2].strip() == "":
            while at < len(code) and (code[at] != "\n" or code[at - 1] == "\\"):
                at += 1
            head = at
        elif mark in ";}":
            head = at + 1
        elif mark == "(":
            at = closing(code, at)
        elif mark == "{":
            text = _without_braces(code[head:at])
            plain = _flat(text)
            if _INITIALISER.search(text):
                at = closing(code, at)
            elif _AFTER_PARAMETERS.search(text) and not re.search(r"(?<![=!<>])=\s", plain):
                end = closing(code, at)
                first = head + re.match(r"\s*", code[head:at]).end()
                line = code.count("\n", 0, first) + 1
                found.append(Function(_name_of(text), line, code.count("\n", first, end) + 1))
                at, head = end, end + 1
            elif _SCOPE.search(plain):
                head = at + 1
            else:
                at = closing(code, at)
        at += 1
    return found
