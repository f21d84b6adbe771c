"""The files of the repository as the rules of tests/tidy see them: raw text, and code without its
comments and the insides of its literals, at the same places."""

import os
import re
import subprocess

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
CPP = (".cpp", ".hpp")
CODE = CPP + (".py", ".sh", ".cmake", ".sql", ".ts", ".js", ".css")
WALK_SKIPS = {".git", "build", "var", "node_modules", "__pycache__"}

# Numbers are tokens of their own, so that 1'000 does not open a character literal.
_TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)
      | R"(?P<fence>[^()\\\s]{0,16})\(.*?\)(?P=fence)"
      | (?P<text>"(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])+')
      | (?<!\w)\d(?:'?[\w.])*""",
    re.S | re.X,
)
_INCLUDE = re.compile(r"^[ \t]*#[ \t]*include[ \t]*([<\"])([^>\"\n]+)[>\"]", re.M)


def _blank(text):
    return re.sub(r"[^\n]", " ", text)


def _without(keep_short_literals):
    def replace(found):
        token = found.group(0)
        if found.group("comment"):
            return _blank(token)
        if token.startswith("R"):
            return 'R"' + _blank(token[2:-1]) + '"'
        if keep_short_literals or token[0].isdigit():
            return token
        return token[0] + _blank(token[1:-1]) + token[-1]

    return replace


class Source:
    """One text file. `code` is C++ without comments and literals; for other languages, the text."""

    def __init__(self, path, text, executable=False):
        self.path = path
        self.text = text
        self.executable = executable
        self.lines = text.split("\n")
        self.suffix = os.path.splitext(path)[1]
        self.is_cpp = self.suffix in CPP
        self.is_shell = self.suffix == ".sh" or re.match(r"#!.*\b(ba|da|)sh\b", text) is not None
        self.is_python = self.suffix == ".py" or re.match(r"#!.*\bpython", text) is not None
        self.is_cmake = self.suffix == ".cmake" or path.endswith("CMakeLists.txt")
        self.is_code = self.suffix in CODE or self.is_shell or self.is_python or self.is_cmake
        self.code = _TOKEN.sub(_without(keep_short_literals=False), text) if self.is_cpp else text

    def within(self, *folders):
        return any(self.path.startswith(folder + "/") for folder in folders)

    def folder(self):
        return os.path.dirname(self.path)

    def line_of(self, offset):
        return self.text.count("\n", 0, offset) + 1

    def raw_literals(self):
        """(first line, last line) of every raw string."""
        for found in _TOKEN.finditer(self.text):
            if found.group(0).startswith("R"):
                yield self.line_of(found.start()), self.line_of(found.end())

    def includes(self):
        """(line, quoted, path) of every include that is not commented out."""
        bare = _TOKEN.sub(_without(keep_short_literals=True), self.text)
        for found in _INCLUDE.finditer(bare):
            yield bare.count("\n", 0, found.start(1)) + 1, found.group(1) == '"', found.group(2)


def tree_of(texts):
    """A tree from {path: text}; a path may end in "*" for an executable file."""
    tree = {}
    for path, text in texts.items():
        name = path.rstrip("*")
        tree[name] = Source(name, text, executable=path.endswith("*"))
    return tree


def _paths():
    listed = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "-co", "--exclude-standard", "-z"],
        capture_output=True,
        check=False,
    )
    if listed.returncode == 0:
        return sorted({path for path in listed.stdout.decode().split("\0") if path})
    found = []
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in WALK_SKIPS]
        found += [os.path.relpath(os.path.join(folder, name), ROOT) for name in files]
    return sorted(found)


def read_tree():
    """Every text file that is tracked, or would be."""
    tree = {}
    for path in _paths():
        full = os.path.join(ROOT, path)
        if not os.path.isfile(full):
            continue
        try:
            with open(full, encoding="utf-8") as file:
                text = file.read()
        except UnicodeDecodeError:
            continue
        tree[path] = Source(path, text, os.access(full, os.X_OK))
    return tree
