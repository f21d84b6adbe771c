"""What each rule must see, by file:line, and what it must let be. Texts are joined from lines; a
path that ends in "*" is an executable file."""

from textwrap import dedent


def _file(path, text):
    return {path: dedent(text).lstrip("\n")}


def _bad(path, line, text):
    return f"{path}:{line}", _file(path.rstrip("*"), text)


_LONG_BODY = "int before;\n\nint f(int a, std::string b = {}) {\n" + "  a += 1;\n" * 69 + "}\n"
_LONG_MEMBER = (
    "class A {\n A(int a) : a_(a), b_{a} {\n" + "  a += 1;\n" * 69 + "}\n int a_;\n int b_{};\n};\n"
)
_JUST_FITS = "int f() {\n" + "  a += 1;\n" * 68 + "}\n"
_TABLE = "const Row kRows[] = {\n" + "  {f(1), [](int x) { return x; }},\n" * 90 + "};\n"
_WIDE_TABLE = "// clang-format off\n{" + "1, " * 50 + "},\n// clang-format on\n"
_LONG_PYTHON = "def f():\n" + "    a = 1\n" * 70
_ENUM = "enum class ErrorCode {\n  kIo,  // a file\n};\n"
_NAMES = 'switch (code) {\n  case ErrorCode::kIo:\n    return "io.failed";\n}\n'
_RESULT = "engine/base/result.hpp"
_NOTE = "-- 0001 first: a table.\n-- Why: it is needed. Lock: none. Undo: drop it.\n\nCREATE a;\n"

EXAMPLES = {
    "include arrow": {
        "bad": [
            _bad("engine/base/a.cpp", 2, '#include "engine/base/b.hpp"\n#include "ledger/x.hpp"'),
            _bad("gateways/a.cpp", 1, '#include "ledger/x.hpp"'),
            _bad("ledger/a.cpp", 1, '#include "reconciliation/x.hpp"'),
            _bad("reconciliation/a.cpp", 1, '#include "api/x.hpp"'),
            _bad("reconciliation/a.cpp", 1, '#include "ledger/store/x.hpp"'),
            _bad("api/handlers/a.cpp", 1, '#include "gateways/registry.hpp"'),
            _bad("engine/a.cpp", 1, '#include "tests/x.hpp"'),
            _bad("tests/sim/a.cpp", 1, '#include "engine/base/money.hpp"'),
            _bad("engine/base/a.cpp", 1, '#include "b.hpp"'),
            _bad("engine/base/a.cpp", 1, "#  include <ledger/x.hpp>"),
        ],
        "good": [
            _file("api/main.cpp", '#include "gateways/x.hpp"\n#include "ledger/store/x.hpp"'),
            _file("tests/unit/a.cpp", '#include "gateways/x.hpp"'),
            _file("engine/base/a.cpp", '// #include "ledger/x.hpp"\n#include <vector>'),
            _file("engine/base/b.cpp", 'auto a = R"(\n#include "ledger/x.hpp"\n)";'),
        ],
    },
    "engine order": {
        "bad": [_bad("engine/fees/a.cpp", 1, '#include "engine/payment/state.hpp"')],
        "good": [_file("engine/payment/a.cpp", '#include "engine/fees/quote.hpp"')],
    },
    "pure: includes": {
        "bad": [
            _bad("engine/fees/a.cpp", 1, "#include <boost/asio/post.hpp>"),
            _bad("ledger/a.cpp", 1, "#include <SQLiteCpp/SQLiteCpp.h>"),
            ("reconciliation/a.cpp:1", {
                "reconciliation/a.cpp": '#include "engine/ports/a.hpp"\n',
                "engine/ports/a.hpp": '#include "engine/ports/b.hpp"\n',
                "engine/ports/b.hpp": "#include <boost/asio/awaitable.hpp>\n",
            }),
        ],
        "good": [
            _file("ledger/store/a.cpp", "#include <sqlite3.h>"),
            _file("engine/runtime/a.cpp", "#include <boost/asio/post.hpp>"),
            {
                "reconciliation/a.cpp": '#include "engine/ports/a.hpp"\n',
                "engine/ports/a.hpp": "#include <vector>\n",
            },
        ],
    },
    "pure: no clock": {
        "bad": [
            _bad("engine/fees/a.cpp", 1, "auto n = std::chrono::system_clock::now();"),
            _bad("ledger/a.cpp", 2, "int a;\nauto n = time(nullptr);"),
            _bad("engine/base/a.cpp", 1, "gettimeofday(&t, nullptr);"),
            _bad("engine/payment/a.cpp", 1, "std::random_device chance;"),
        ],
        "good": [
            _file("engine/runtime/a.cpp", "auto n = std::chrono::system_clock::now();"),
            _file("engine/fees/a.cpp", "// not system_clock\nauto d = time(row); x.time(0);"),
        ],
    },
    "no floating point": {
        "bad": [
            _bad("engine/fees/a.cpp", 1, "double rate = 1;"),
            _bad("ledger/a.hpp", 1, "float sum();"),
        ],
        "good": [
            _file("engine/receipts/pdf.cpp", "double width = 1;"),
            _file("engine/fees/a.cpp", '// a double\nif (kind == kind::double_) f("double");'),
            _file("engine/runtime/a.cpp", "double seconds = 1;"),
        ],
    },
    "SQL in one place": {
        "bad": [_bad("api/handlers/a.cpp", 1, 'run("SELECT id FROM payments");')],
        "good": [_file("ledger/store/a.cpp", 'run("SELECT id FROM payments");')],
    },
    "error codes": {
        "bad": [
            (f"{_RESULT}:2", {_RESULT: _ENUM, "tests/a.cpp": "ErrorCode::kIo"}),
            (f"{_RESULT}:2", {
                _RESULT: _ENUM,
                "engine/base/result.cpp": _NAMES,
                "tests/a.cpp": "kIoX",
            }),
            ("engine/base/result.cpp:1", {
                _RESULT: _ENUM,
                "engine/base/result.cpp": _NAMES.replace("kIo", "kOld"),
            }),
        ],
        "good": [
            {_RESULT: _ENUM, "engine/base/result.cpp": _NAMES, "tests/a.cpp": "ErrorCode::kIo"},
            {_RESULT: _ENUM, "engine/base/result.cpp": _NAMES, "tests/e2e/a.py": '"io.failed"'},
        ],
    },
    "migrations": {
        "bad": [
            ("ledger/store/migrations/0002_b.sql:1", {"ledger/store/migrations/0002_b.sql": _NOTE}),
            ("ledger/store/migrations/0001_a.sql:1", {
                "ledger/store/migrations/0001_a.sql": _NOTE.replace("Undo", "Redo"),
            }),
        ],
        "good": [{"ledger/store/migrations/0001_a.sql": _NOTE}],
    },
    "coroutines: where": {
        "bad": [_bad("ledger/a.cpp", 2, "int a;\nTask<int> f() { co_return 1; }")],
        "good": [
            _file("api/a.cpp", "co_return 1;"),
            _file("engine/runtime/a.cpp", "co_await f();"),
            _file("ledger/a.cpp", "// for co_await\nint a;"),
        ],
    },
    "coroutines: awaited temporaries": {
        "bad": [
            _bad("api/a.cpp", 1, "co_await f(Order{1, 2});"),
            _bad("api/a.cpp", 1, "auto x = co_await f({1, 2});"),
            _bad("api/a.cpp", 2, "co_return co_await g(1,\n  std::vector<Row>{a});"),
            _bad("api/a.cpp", 1, "co_await a.b->f(g(Order{}));"),
            _bad("api/a.cpp", 1, "co_await f([a] { return a; });"),
            _bad("api/a.cpp", 1, "if (co_await f([&](int x) mutable -> int { return x; })) {}"),
            _bad("tests/a.cpp", 1, "(void)co_await f(1, [this] {});"),
        ],
        "good": [
            _file("api/a.cpp", "Order order{1, 2};\nco_await f(std::move(order));"),
            _file("api/a.cpp", "if (co_await f(a)) { g({1, 2}); h([a] {}); }"),
            _file("api/a.cpp", "co_await f([](int x) { return Row{x}; });"),
            _file("api/a.cpp", "co_await wait(std::chrono::milliseconds{5});"),
            _file("api/a.cpp", "// co_await f({})\nint a[] = {1};"),
            _file("api/a.cpp", "const auto [failure, n] = co_await f(b[i], c);\nint a[] = {1};"),
        ],
    },
    "coroutines: spawned lambdas": {
        "bad": [
            _bad("api/a.cpp", 1, "co_spawn(executor, [a]() -> Task<void> { co_return; }(), d);"),
            _bad("api/a.cpp", 2, "asio::co_spawn(strand,\n  [a] { return f(a); }, detached);"),
        ],
        "good": [
            _file("api/a.cpp", "asio::co_spawn(executor, f(a), asio::detached);"),
            _file("api/a.cpp", "co_spawn(executor, f(g<int, 2>(a)), [self](auto failure) {});"),
            _file("api/a.cpp", "co_spawn(executor, []() -> Task<void> { co_return; }, d);"),
        ],
    },
    "coroutines: conditional await": {
        "bad": [
            _bad("api/a.cpp", 1, "auto x = c ? co_await f() : co_await g();"),
            _bad("api/a.cpp", 2, "co_return f(c\n  ? 1 : co_await g());"),
        ],
        "good": [
            _file("api/a.cpp", "auto x = co_await f(c ? 1 : 2);\nco_await g();"),
            _file("api/a.cpp", "f(c ? 1 : 2); co_await g();"),
        ],
    },
    "coroutines: by value": {
        "bad": [
            _bad("gateways/a.hpp", 1, "Task<Reply> f(const std::string& text);"),
            _bad("gateways/a.cpp", 2, "Task<Result<A<int>>> A::f(int a,\n  std::string_view b) {"),
            _bad("api/a.cpp", 1, "asio::awaitable<void> f(Request* request) {"),
            _bad("engine/runtime/a.hpp", 1, "virtual Task<void> f(const std::map<int, A>& a) = 0;"),
            _bad("gateways/a.hpp", 1, "Task<void> f(Row& row);"),
        ],
        "good": [
            _file("gateways/a.hpp", "Task<Reply> f(std::string text, std::shared_ptr<Core> core);"),
            _file("engine/runtime/a.hpp", "Task<Reply> submit(CommitLane& lane, Command a);"),
            _file("gateways/a.hpp", "Result<int> parse(const Call& call);"),
            _file("api/a.hpp", "Task<void> gather(Date date, DayInput& into);"),
            _file("gateways/a.hpp", "Task<void> f(Request&& request, int a = b & c);"),
        ],
    },
    "file size": {
        "bad": [
            ("engine/a.cpp:501", {"engine/a.cpp": "int a;\n" * 501}),
            ("tests/a.py:801", {"tests/a.py": "a = 1\n" * 801}),
        ],
        "good": [{
            "engine/a.cpp": "int a;\n" * 500,
            "tests/a.cpp": "int a;\n" * 800,
            "ops/catalogue/a.yaml": "a: 1\n" * 900,
        }],
    },
    "function length": {
        "bad": [
            ("engine/a.cpp:3", {"engine/a.cpp": _LONG_BODY}),
            ("engine/b.cpp:2", {"engine/b.cpp": _LONG_MEMBER}),
            ("tests/c.cpp:2", {"tests/c.cpp": "namespace {\n" + _LONG_BODY[13:] + "}\n"}),
            ("tests/d.py:1", {"tests/d.py": _LONG_PYTHON}),
        ],
        "good": [
            {"engine/a.cpp": _JUST_FITS * 3},
            {"engine/b.cpp": "namespace a {\nclass B {\n" + _JUST_FITS * 3 + "};\n}\n"},
            {"engine/c.cpp": _TABLE},
        ],
    },
    "line width": {
        "bad": [
            ("engine/a.cpp:2", {"engine/a.cpp": "int a;\n// " + "ñ" * 98 + "\n"}),
            ("engine/a.cpp:4", {"engine/a.cpp": _WIDE_TABLE + "// " + "a" * 98 + "\n"}),
            ("tests/a.py:1", {"tests/a.py": "# " + "a" * 119 + "\n"}),
        ],
        "good": [
            {"engine/a.cpp": "// " + "ñ" * 97 + "\n", "ops/a.yaml": "a" * 200 + "\n"},
            {"engine/a.cpp": _WIDE_TABLE},
            {"api/a.cpp": 'f(R"(\n' + "a" * 200 + '\n)");\n'},
            {"api/a.py": 'f("""\n' + "a" * 200 + '\n""")\n# ' + "a" * 110 + "\n"},
        ],
    },
    "header form": {
        "bad": [
            ("engine/a.hpp:1", {"engine/a.hpp": "// What it is.\nint a;\n"}),
            ("engine/a.hpp:1", {"engine/a.hpp": "#pragma once\n\nint a;\n"}),
        ],
        "good": [{"engine/a.hpp": "// What it is.\n#pragma once\n", "engine/a.cpp": "int a;\n"}],
    },
    "leftovers": {
        "bad": [
            ("engine/a.cpp:1", {"engine/a.cpp": "// TO" + "DO: later\n"}),
            ("ops/a.yaml:2", {"ops/a.yaml": "a: 1\n# FIX" + "ME\n"}),
        ],
        "good": [{"engine/a.cpp": '// XAXX010101000, "TODOS"; f("XX' + 'X")\n'}],
    },
    "skipped tests": {
        "bad": [
            ("tests/a.cpp:1", {"tests/a.cpp": "TEST(A, DISABLED" + "_b) {}\n"}),
            ("tests/a.cpp:2", {"tests/a.cpp": "int a;\nGTEST" + "_SKIP();\n"}),
        ],
        "good": [{"tests/a.cpp": "TEST(A, says_when_disabled) {}\n"}],
    },
    "machine paths": {
        "bad": [
            ("ops/a.md:1", {"ops/a.md": "see /ho" + "me/ana/erario\n"}),
            ("tests/a.py:1", {"tests/a.py": 'open("/t' + 'mp/a")\n'}),
        ],
        "good": [{"ops/a.md": "/var/lib/erario, ops/work/a, https://a.example/home/b, $HOME/b\n"}],
    },
    "shell scripts": {
        "bad": [
            ("ops/a:1", {"ops/a": "#!/usr/bin/env bash\nset -euo pipefail\n"}),
            ("ops/a:1", {"ops/a*": "#!/usr/bin/env bash\nset -e\n"}),
            ("ops/lib/a.sh:1", {"ops/lib/a.sh": "f() { :; }\n"}),
        ],
        "good": [
            {"ops/a*": "#!/usr/bin/env bash\n# What it does.\nset -euo pipefail\n"},
            {"ops/lib/a.sh": "# Sourced. What it has.\nf() { :; }\n"},
        ],
    },
    "clean text": {
        "bad": [
            ("engine/a.cpp:1", {"engine/a.cpp": "int a; \n"}),
            ("engine/a.cpp:1", {"engine/a.cpp": "\tint a;\n"}),
            ("engine/a.cpp:1", {"engine/a.cpp": "int a;"}),
            ("engine/a.cpp:3", {"engine/a.cpp": "int a;\n\n"}),
        ],
        "good": [{"engine/a.cpp": "int a;\n", "engine/b.cpp": ""}],
    },
}
