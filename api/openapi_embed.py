#!/usr/bin/python3
"""Turns api/openapi.yaml into a C++ file that holds it as JSON, with the docs page made from it.

Usage: openapi_embed.py openapi.yaml out.cpp
The page needs no script and nothing from elsewhere.
"""
import html
import json
import re
import sys

import yaml

STYLE = """
:root{--ink:#1c1b1a;--soft:#5c5853;--line:#e3ded6;--paper:#fbfaf7;--accent:#6b1d3a;--card:#fff}
*{box-sizing:border-box}body{margin:0;font:16px/1.55 system-ui,"Segoe UI",sans-serif;color:var(--ink);background:var(--paper)}
header{background:var(--accent);color:#fff;padding:2.2rem 1.5rem}header p{max-width:46rem;margin:.4rem 0 0}
h1{margin:0;font-size:1.9rem}main,header>div{max-width:64rem;margin:0 auto}main{padding:1.5rem}
h2{margin:2.4rem 0 .6rem;border-bottom:2px solid var(--accent);padding-bottom:.2rem}
details{background:var(--card);border:1px solid var(--line);border-radius:.5rem;margin:.5rem 0;padding:.55rem .9rem}
summary{cursor:pointer;font-weight:600}summary:focus-visible,a:focus-visible{outline:3px solid #b8860b;outline-offset:2px}
code,pre{font:14px/1.5 ui-monospace,"DejaVu Sans Mono",monospace}pre{background:#f3efe8;padding:.8rem;border-radius:.4rem;overflow:auto}
.verb{display:inline-block;min-width:3.6rem;color:#fff;background:#2c5f4f;border-radius:.3rem;text-align:center;font-size:.8rem;padding:.1rem .3rem;margin-right:.5rem}
.verb.post{background:#8a4b08}table{border-collapse:collapse;width:100%;margin:.5rem 0}th,td{text-align:left;vertical-align:top;border-bottom:1px solid var(--line);padding:.3rem .6rem .3rem 0}
.soft{color:var(--soft);font-weight:400}a{color:var(--accent)}nav a{margin-right:1rem}
"""


def prose(text):
    """Escapes, and keeps paragraphs and `code`."""
    out = []
    for paragraph in (text or "").strip().split("\n\n"):
        escaped = html.escape(" ".join(paragraph.split()))
        out.append("<p>" + re.sub(r"`([^`]+)`", r"<code>\1</code>", escaped) + "</p>")
    return "".join(out) if text else ""


def schema_name(schema):
    if not schema:
        return ""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return f'<a href="#schema-{name}">{name}</a>'
    kind = schema.get("type", "")
    if isinstance(kind, list):
        kind = " or ".join(kind)
    if kind == "array":
        return "list of " + schema_name(schema.get("items"))
    if "enum" in schema:
        return " | ".join(f"<code>{html.escape(str(value))}</code>" for value in schema["enum"])
    if "oneOf" in schema or "anyOf" in schema:
        return " or ".join(schema_name(one) for one in schema.get("oneOf", schema.get("anyOf")))
    return html.escape(kind)


def property_table(schema):
    rows = []
    required = set(schema.get("required", []))
    for name, inner in schema.get("properties", {}).items():
        mark = "" if name in required else ' <span class="soft">optional</span>'
        rows.append(f"<tr><td><code>{html.escape(name)}</code>{mark}</td><td>{schema_name(inner)}</td>"
                    f"<td>{prose(inner.get('description', ''))}</td></tr>")
    return ('<table><thead><tr><th scope="col">Field</th><th scope="col">Type</th>'
            '<th scope="col">Meaning</th></tr></thead><tbody>' + "".join(rows) + "</tbody></table>"
            if rows else "")


def resolve(document, node):
    while node and "$ref" in node:
        target = document
        for part in node["$ref"].lstrip("#/").split("/"):
            target = target[part]
        node = target
    return node


def operation_html(document, verb, path, operation):
    out = [f'<details id="{html.escape(operation["operationId"])}"><summary>'
           f'<span class="verb {verb}">{verb.upper()}</span><code>{html.escape(path)}</code> '
           f'<span class="soft">{html.escape(operation["summary"])}</span></summary>']
    out.append(prose(operation.get("description", "")))
    parameters = [resolve(document, one) for one in operation.get("parameters", [])]
    if parameters:
        out.append('<table><thead><tr><th scope="col">Parameter</th><th scope="col">In</th>'
                   '<th scope="col">Meaning</th></tr></thead><tbody>')
        for one in parameters:
            out.append(f'<tr><td><code>{html.escape(one["name"])}</code></td><td>{one["in"]}</td>'
                       f'<td>{prose(one.get("description", ""))}</td></tr>')
        out.append("</tbody></table>")
    body = resolve(document, operation.get("requestBody", {}))
    for media, content in (body or {}).get("content", {}).items():
        out.append(f'<p>Body: {schema_name(content.get("schema"))} '
                   f'<span class="soft">{html.escape(media)}</span></p>')
        if "example" in content:
            text = json.dumps(content["example"], indent=2, ensure_ascii=False)
            out.append(f"<pre>{html.escape(text)}</pre>")
    out.append("<p>Answers:</p><ul>")
    for status, answer in operation["responses"].items():
        answer = resolve(document, answer)
        kinds = ", ".join(schema_name(content.get("schema")) or html.escape(media)
                          for media, content in answer.get("content", {}).items())
        out.append(f'<li><code>{status}</code> {html.escape(answer["description"])} {kinds}</li>')
    out.append("</ul></details>")
    return "".join(out)


def page(document):
    info = document["info"]
    out = ['<!doctype html><html lang="en"><head><meta charset="utf-8">'
           '<meta name="viewport" content="width=device-width,initial-scale=1">'
           f'<title>{html.escape(info["title"])}</title><style>{STYLE}</style></head><body>'
           f'<header><div><h1>{html.escape(info["title"])} <small>{info["version"]}</small></h1>'
           f'{prose(info["description"])}</div></header><main>'
           '<nav aria-label="Page"><a href="/openapi.json">openapi.json</a>'
           '<a href="#schemas">Schemas</a><a href="#problems">Problems</a></nav>']
    for tag in document["tags"]:
        out.append(f'<h2 id="tag-{tag["name"]}">{html.escape(tag["name"])}</h2>'
                   f'{prose(tag.get("description", ""))}')
        for path, item in document["paths"].items():
            for verb, operation in item.items():
                if isinstance(operation, dict) and tag["name"] in operation.get("tags", []):
                    out.append(operation_html(document, verb, path, operation))
    out.append('<h2 id="schemas">Schemas</h2>')
    for name, schema in document["components"]["schemas"].items():
        out.append(f'<details id="schema-{name}"><summary>{name}</summary>'
                   f'{prose(schema.get("description", ""))}{property_table(schema)}</details>')
    out.append('<h2 id="problems">Problems</h2><table><thead><tr><th scope="col">Code</th>'
               '<th scope="col">Status</th><th scope="col">Meaning</th></tr></thead><tbody>')
    for row in document["x-problems"]:
        out.append(f'<tr id="problem-{row["code"]}"><td><code>{row["code"]}</code></td>'
                   f'<td>{row["status"]}</td><td>{prose(row["meaning"])}</td></tr>')
    out.append("</tbody></table></main></body></html>")
    return "".join(out)


def literal(name, text):
    """A char array: string literals of this length are not portable."""
    data = text.encode()
    lines = []
    for at in range(0, len(data), 40):
        lines.append("".join(f"{byte if byte < 128 else byte - 256}," for byte in data[at:at + 40]))
    body = "\n".join(lines)
    return (f"extern const char {name}[];\nextern const std::size_t {name}Size;\n"
            f"const char {name}[] = {{\n{body}\n0}};\nconst std::size_t {name}Size = {len(data)};\n")


def main():
    source, target = sys.argv[1:]
    with open(source, encoding="utf-8") as file:
        document = yaml.safe_load(file)
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    with open(target, "w", encoding="utf-8") as file:
        file.write("// Made from api/openapi.yaml by api/openapi_embed.py.\n#include <cstddef>\n\n"
                   "namespace erario::api {\n" + literal("kOpenapiJson", text)
                   + literal("kDocsPage", page(document)) + "}  // namespace erario::api\n")


if __name__ == "__main__":
    main()
