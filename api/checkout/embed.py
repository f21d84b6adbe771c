#!/usr/bin/python3
"""Turns the checkout page's style and script into a C++ file that holds them.

Usage: embed.py OUT.cpp NAME=FILE…
"""
import sys


def literal(name, data):
    lines = []
    for at in range(0, len(data), 40):
        lines.append("".join(f"{byte if byte < 128 else byte - 256}," for byte in data[at:at + 40]))
    body = "\n".join(lines)
    return (f"extern const char {name}[];\nextern const std::size_t {name}Size;\n"
            f"const char {name}[] = {{\n{body}\n0}};\nconst std::size_t {name}Size = {len(data)};\n")


def main():
    target, *sources = sys.argv[1:]
    with open(target, "w", encoding="utf-8") as out:
        out.write("// Made by api/checkout/embed.py.\n#include <cstddef>\n\n"
                  "namespace erario::api::checkout {\n")
        for source in sources:
            name, path = source.split("=", 1)
            with open(path, "rb") as file:
                out.write(literal(name, file.read()))
        out.write("}  // namespace erario::api::checkout\n")


if __name__ == "__main__":
    main()
