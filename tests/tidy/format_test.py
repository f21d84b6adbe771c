"""Every C++ file is as clang-format 14 writes it. Usage: format_test.py [unittest options]"""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

from sources import ROOT, read_tree

VERSION = 14


def clang_format():
    for name in (f"clang-format-{VERSION}", "clang-format"):
        program = shutil.which(name)
        if program:
            said = subprocess.run([program, "--version"], capture_output=True, check=True).stdout
            if re.search(rb"version %d\." % VERSION, said):
                return program
    return None


def refused(paths):
    """What clang-format says against the files; empty where it has nothing to say."""
    command = [clang_format(), "--dry-run", "-Werror", f"--style=file:{ROOT}/.clang-format"]
    return subprocess.run(command + paths, capture_output=True, text=True, check=False, cwd=ROOT)


class Format(unittest.TestCase):
    def test_clang_format_of_the_right_version_is_there(self):
        self.assertIsNotNone(clang_format(), f"apt-get install clang-format-{VERSION}")

    def test_every_file_is_formatted(self):
        paths = [path for path, source in read_tree().items() if source.is_cpp]
        self.assertGreater(len(paths), 100)
        said = refused(paths)
        places = [line for line in said.stderr.split("\n") if ": error:" in line]
        self.assertEqual(said.returncode, 0, "\n" + "\n".join(places) + "\nclang-format -i")

    def test_a_file_that_is_not_is_seen(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "crooked.cpp")
            with open(path, "w", encoding="utf-8") as file:
                file.write("int  f( ) {return 1 ;}\n")
            self.assertNotEqual(refused([path]).returncode, 0)


if __name__ == "__main__":
    unittest.main()
