"""The rules a reader of the text can see: sizes, openings, leftovers, scripts."""

import ast
import re

import scan

LINES_MAX, TEST_LINES_MAX = 500, 800
FUNCTION_LINES_MAX = 70
COLUMNS_MAX = 100
SCRIPT_COLUMNS_MAX = 120  # a command line or a sentence for a person
# "path::function": why it is better whole.
LONG_FUNCTIONS = {
    "engine/payment/apply.cpp::apply": "one case an event; the compiler sees that none is missing",
    "tests/contract/store/log_test.cpp::StoreContract.AClashIsAConflictAndWritesNothing": (
        "one row a unique key of the schema"
    ),
    "tests/unit/fees/rules_test.cpp::golden_table": "one row a case of the published prices",
}
# Written so that this file does not break its own rule.
WORDS = ("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")
LEFTOVERS = re.compile(r"(?<!\")\b(?:" + "|".join(WORDS) + r")\b")
SKIPPED = re.compile(
    r"\b(?:DISABLED" + r"_\w|GTEST" + r"_SKIP\b|unittest\.skip\(|unittest\.expected" + r"Failure)"
)
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:home|Users|root|work|tmp)/(?=\w)")


def file_size(source):
    most = TEST_LINES_MAX if source.within("tests") else LINES_MAX
    count = len(source.lines) - (source.lines[-1] == "")
    if source.is_code and count > most:
        yield most + 1, f"{count} lines, at most {most}"


def function_length(source):
    if source.is_cpp:
        found = [(one.name, one.line, one.length) for one in scan.functions(source.code)]
    elif source.is_python:
        defined = (ast.FunctionDef, ast.AsyncFunctionDef)
        found = [(node.name, node.lineno, node.end_lineno - node.lineno + 1)
                 for node in ast.walk(ast.parse(source.text))
                 if isinstance(node, defined)]  # fmt: skip
    else:
        return
    for name, line, length in found:
        if length > FUNCTION_LINES_MAX and f"{source.path}::{name}" not in LONG_FUNCTIONS:
            yield line, f"{name} has {length} lines, at most {FUNCTION_LINES_MAX}"


def _read_across(source):
    """The numbers of lines that are tables by choice, or texts in another language."""
    across = set()
    table = False
    for number, line in enumerate(source.lines, 1):
        if source.is_cpp and "// clang-format o" in line:
            table = "// clang-format off" in line
        if table or (source.is_cpp and 'R"' in line):
            across.add(number)
    spans = source.raw_literals() if source.is_cpp else []
    if source.is_python:
        texts = (ast.Constant, ast.JoinedStr)
        spans = [(node.lineno, node.end_lineno) for node in ast.walk(ast.parse(source.text))
                 if isinstance(node, texts) and node.end_lineno > node.lineno]  # fmt: skip
    for first, last in spans:
        across.update(range(first, last + 1))
    return across


def line_width(source):
    if not source.is_code:
        return
    most = SCRIPT_COLUMNS_MAX if source.is_shell or source.is_python else COLUMNS_MAX
    wide = [number for number, line in enumerate(source.lines, 1) if len(line) > most]
    for number in set(wide) - _read_across(source) if wide else ():
        yield number, f"{len(source.lines[number - 1])} columns, at most {most}"


def header_form(source):
    if source.suffix != ".hpp":
        return
    if not source.text.startswith("//"):
        yield 1, "a header opens with what it is and what it is not"
    if not re.search(r"^#pragma once$", source.text, re.M):
        yield 1, "a header says #pragma once"


def leftovers(source):
    for number, line in enumerate(source.lines, 1):
        if found := LEFTOVERS.search(line):
            yield number, f"{found.group(0)}: it is done, or it is written up"


def skipped_tests(source):
    if not source.is_code:
        return
    for number, line in enumerate(source.lines, 1):
        if found := SKIPPED.search(line):
            yield number, f"{found.group(0)}: a test runs or is not there"


def machine_paths(source):
    for number, line in enumerate(source.lines, 1):
        if found := MACHINE_PATHS.search(line):
            yield number, f"a path of one machine: {found.group(0)}"


def shell_scripts(source):
    if not source.is_shell:
        return
    if not source.text.startswith("#!"):
        if not source.text.startswith("# Sourced"):
            yield 1, 'a script has #!, a part of one opens with "# Sourced"'
        return
    if not source.executable:
        yield 1, "a script is executable"
    if not re.search(r"^set -euo pipefail$", source.text, re.M):
        yield 1, "a script says set -euo pipefail"


def clean_text(source):
    """No tab, no blank at the end of a line, one newline at the end of the file."""
    if not source.is_code:
        return
    for number, line in enumerate(source.lines, 1):
        if line != line.rstrip() or "\t" in line:
            yield number, "a tab, a carriage return or a blank at the end"
    if source.text and (not source.text.endswith("\n") or source.text.endswith("\n\n")):
        yield len(source.lines), "a file ends with one newline"
