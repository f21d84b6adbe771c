"""The house rules, checked against every file that is tracked or would be. Each rule also shows on
its examples that it sees what it is for. Usage: tidy_test.py [unittest options]"""

import unittest

import rules_coroutines as coroutines
import rules_house as house
import rules_text as text
from examples import EXAMPLES
from sources import read_tree, tree_of

# One row a rule: its name, its reader of one file, or its reader of the whole tree.
FILE_RULES = {
    "include arrow": house.include_arrow,
    "engine order": house.engine_order,
    "pure: no clock": house.pure_clock,
    "no floating point": house.no_float,
    "SQL in one place": house.store_is_the_only_sql,
    "coroutines: where": coroutines.where,
    "coroutines: awaited temporaries": coroutines.awaited_temporaries,
    "coroutines: spawned lambdas": coroutines.spawned_lambdas,
    "coroutines: conditional await": coroutines.conditional_await,
    "coroutines: by value": coroutines.by_value,
    "file size": text.file_size,
    "function length": text.function_length,
    "line width": text.line_width,
    "header form": text.header_form,
    "leftovers": text.leftovers,
    "skipped tests": text.skipped_tests,
    "machine paths": text.machine_paths,
    "shell scripts": text.shell_scripts,
    "clean text": text.clean_text,
}
TREE_RULES = {
    "pure: includes": house.pure_includes,
    "error codes": house.error_codes,
    "migrations": house.migrations,
}


def findings(name, tree):
    """(path, line, message) of everything that breaks the rule."""
    if name in TREE_RULES:
        return sorted(TREE_RULES[name](tree))
    check = FILE_RULES[name]
    return [(path, line, said) for path in sorted(tree) for line, said in check(tree[path])]


class TheTree(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tree = read_tree()

    def keeps(self, name):
        found = findings(name, self.tree)
        listed = "\n".join(f"{path}:{line}: [{name}] {said}" for path, line, said in found)
        self.assertEqual(found, [], "\n" + listed)

    def test_the_tree_is_there(self):
        self.assertIn("engine/base/result.hpp", self.tree)

    def test_every_long_function_on_the_list_is_still_there_and_long(self):
        lines_max, text.FUNCTION_LINES_MAX = text.FUNCTION_LINES_MAX, 0
        listed, text.LONG_FUNCTIONS = text.LONG_FUNCTIONS, {}
        try:
            for entry, reason in listed.items():
                path, name = entry.split("::", 1)
                self.assertTrue(reason, entry)
                self.assertIn(path, self.tree)
                said = [message for _, message in text.function_length(self.tree[path])]
                lengths = [int(one.split()[2]) for one in said if one.split()[0] == name]
                self.assertTrue(lengths and max(lengths) > lines_max, f"{entry}: {lengths}")
        finally:
            text.FUNCTION_LINES_MAX, text.LONG_FUNCTIONS = lines_max, listed


class EveryRule(unittest.TestCase):
    """A rule that cannot fail is a defect: each sees its bad examples and lets the good ones be."""

    def test_has_examples_of_both_kinds(self):
        self.assertEqual(set(EXAMPLES), set(FILE_RULES) | set(TREE_RULES))
        for name, example in EXAMPLES.items():
            self.assertTrue(example["bad"] and example["good"], name)

    def test_sees_what_it_is_for(self):
        for name, example in EXAMPLES.items():
            for place, files in example["bad"]:
                with self.subTest(rule=name, place=place):
                    found = findings(name, tree_of(files))
                    self.assertIn(place, [f"{path}:{line}" for path, line, _ in found])

    def test_lets_the_rest_be(self):
        for name, example in EXAMPLES.items():
            for files in example["good"]:
                with self.subTest(rule=name, files=list(files)):
                    self.assertEqual(findings(name, tree_of(files)), [])


def _add_a_test_for(name):
    def test(self):
        self.keeps(name)

    words = name.replace(":", "").replace(" ", "_")
    setattr(TheTree, f"test_keeps_the_rule_{words}", test)


for rule in list(FILE_RULES) + list(TREE_RULES):
    _add_a_test_for(rule)

if __name__ == "__main__":
    unittest.main()
