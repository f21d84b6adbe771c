#!/usr/bin/env bash
# tests/bench/installation.sh RUN PORT STORE CATALOGUE BIN START: a demonstration's installation made
# fit for a benchmark: plain HTTP on loopback, as behind a proxy (BENCH_TLS keeps TLS), few log lines,
# quotes that last a day. Makes files, keys, schema and catalogue; starts nothing. STORE is what
# new_demonstration takes.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
. "$root/ops/lib/say.sh"
. "$root/ops/lib/postgres.sh"
. "$root/ops/lib/demonstration.sh"
[ $# -eq 6 ] || die "usage: tests/bench/installation.sh RUN PORT STORE CATALOGUE BIN START"
run=$1 port=$2 store=$3 catalogue=$4 bin=$5 start=$6

new_demonstration "$run" "$port" "$start" "$store"
[ -n "${BENCH_TLS:-}" ] ||
  sed -i -e 's/^tls_cert = .*/plain = true/' -e '/^tls_key = /d' \
    -e "s#^public_url = .*#public_url = \"http://127.0.0.1:$port\"#" "$run/erario.toml"
sed -i -e 's/^level = .*/level = "warn"/' \
  -e "s#^path = .*#path = \"$catalogue\"#" \
  -e 's#^secret_file = "keys/quotes.secret"#&\nvalidity_minutes = 1440#' \
  -e '/^base_url = /s#"https://localhost:\([0-9]*\)"#"http://127.0.0.1:\1"#' "$run/erario.toml"
"$bin/erario" migrate --config "$run/erario.toml" >"$run/logs/setup.log"
"$bin/erario" catalogue import --config "$run/erario.toml" >>"$run/logs/setup.log"
create_api_keys "$bin/erario" "$run"
