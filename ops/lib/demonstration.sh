# Sourced by ops/run and by the acceptance tests: an installation for one day, with stand-ins.
# Everything listens on 127.0.0.1 and lives in one folder.

# new_demonstration RUN PORT START [STORE]: an empty folder with keys, certificate and configuration.
# STORE: sqlite (a file in RUN), postgres (a private server in RUN/postgres, started here; sourced
# ops/lib/postgres.sh), or two URLs with a blank between them: the role that serves, the owner.
new_demonstration() {
  local run=$1 port=$2 start=$3 store=${4:-sqlite} keys=$1/keys
  if [ -e "$run" ] && [ ! -e "$run/DEMONSTRATION" ]; then
    die "$run is not a demonstration of ours (no mark DEMONSTRATION in it); move it away first"
  fi
  local pid_file
  for pid_file in "$run"/*.pid; do
    [ -e "$pid_file" ] || continue
    ! kill -0 "$(cat "$pid_file")" 2>/dev/null || die "$run is in use by process $(cat "$pid_file"); stop it first"
  done
  [ ! -e "$run/postgres" ] || stop_postgres "$run/postgres"
  rm -rf "$run"
  mkdir -p "$keys" "$run/sim" "$run/logs"
  chmod 700 "$keys"
  echo "Made by ops/run, which removes this folder at its next start." >"$run/DEMONSTRATION"
  (
    umask 077
    openssl genpkey -algorithm ed25519 -out "$keys/receipts.pem"
    openssl genpkey -algorithm rsa -pkeyopt rsa_keygen_bits:2048 -out "$keys/stp-client.pem"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 \
      -keyout "$keys/ca.key" -out "$keys/ca.pem" -subj "/CN=Erario demonstration authority" \
      -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign"
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$keys/server.key" \
      -out "$keys/server.csr" -subj "/CN=localhost"
    printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n' >"$keys/server.ext"
    openssl x509 -req -in "$keys/server.csr" -CA "$keys/ca.pem" -CAkey "$keys/ca.key" \
      -CAcreateserial -days 30 -extfile "$keys/server.ext" -out "$keys/server.pem"
    openssl rand -hex 32 >"$keys/quotes.secret"
    printf 'sk_%s' "$(openssl rand -hex 16)" >"$keys/openpay.secret"
    openssl rand -hex 16 | tr -d '\n' >"$keys/openpay-webhook.password"
    openssl rand -hex 16 | tr -d '\n' >"$keys/stp-callback.password"
  ) >"$run/logs/keys.log" 2>&1 || die "making keys failed; see $run/logs/keys.log"
  cp "$root/ops/banks.csv" "$run/banks.csv"
  openssl pkey -in "$keys/receipts.pem" -pubout -out "$keys/receipts.pub.pem"
  openssl pkey -in "$keys/stp-client.pem" -pubout -out "$keys/stp-client.pub.pem"
  case "$store" in
    sqlite) store="url = \"sqlite:$run/erario.db\"" ;;
    postgres)
      start_postgres "$run/postgres"
      store="url = \"$POSTGRES_SERVICE_URL\""$'\n'"owner_url = \"$POSTGRES_OWNER_URL\""
      ;;
    *) store="url = \"${store% *}\""$'\n'"owner_url = \"${store#* }\"" ;;
  esac
  cat >"$run/erario.toml" <<TOML
# A demonstration. ops/systemd/erario.toml is the one to start from.
environment = "demonstration"

[log]
level = "info"

[clock]
start = "$start"

[server]
listen = "127.0.0.1"
port = $port
tls_cert = "keys/server.pem"
tls_key = "keys/server.key"
public_url = "https://localhost:$port"

[store]
$store

[catalogue]
path = "$root/ops/catalogue"

[quotes]
secret_file = "keys/quotes.secret"

[receipts]
signing_key_file = "keys/receipts.pem"

[spei]
clabe_prefix = "6461801234"
beneficiary = "TESORERIA FICTICIA"
banks_file = "banks.csv"

[cards]
default_gateway = "openpay"

[[gateway]]
kind = "openpay"
name = "openpay"
base_url = "https://localhost:$((port + 1))"
ca_file = "keys/ca.pem"
merchant = "mficticio"
private_key_file = "keys/openpay.secret"
inbound_user = "openpay"
inbound_password_file = "keys/openpay-webhook.password"

[[gateway]]
kind = "stp"
name = "stp"
base_url = "https://localhost:$((port + 2))"
ca_file = "keys/ca.pem"
private_key_file = "keys/stp-client.pem"
empresa = "PRUEBAFICTICIA"
ordering_account = "646180110400000010"
ordering_name = "TESORERIA FICTICIA"
ordering_rfc = "DFI200229A1A"
inbound_user = "stp"
inbound_password_file = "keys/stp-callback.password"

[[bank]]
name = "treasury"
account = "012180000000000015"
statement_url = "https://localhost:$((port + 3))/statements/camt.053?account={account}&date={date}"
ca_file = "keys/ca.pem"

[webhooks]
# Portals of this machine; elsewhere only public addresses are called.
allow_networks = ["127.0.0.0/8"]
ca_file = "keys/ca.pem"

[cep]
base_url = "https://localhost:$((port + 2))/cep"
ca_file = "keys/ca.pem"

[reconciliation]
# The day is reconciled while it is still the day: nothing may be missing yet.
grace_days = 0
TOML
}

# create_api_keys ERARIO RUN: one key a scope, each in a file only its owner reads.
create_api_keys() {
  local erario=$1 run=$2 scope
  for scope in portal finance auditor; do
    (umask 077; "$erario" --json keys create --config "$run/erario.toml" --owner "demo-$scope" --scope "$scope" |
      python3 -c 'import json,sys; print(json.load(sys.stdin)["key"], end="")' >"$run/keys/api-$scope.key")
  done
}

# wait_listening LOG PID WHAT
wait_listening() {
  local log=$1 pid=$2 what=$3
  for _ in $(seq 1 200); do
    grep -q '^listening ' "$log" 2>/dev/null && return 0
    if ! kill -0 "$pid" 2>/dev/null; then
      tail -n 5 "$log" "$log.err" >&2 || true
      die "$what ended at once; is its port taken?"
    fi
    sleep 0.05
  done
  die "$what did not start within 10 s; see $log"
}

# Adds to the array `pids`, which the caller ends.
start_one() {
  local run=$1 name=$2
  shift 2
  "$@" >"$run/logs/$name.log" 2>"$run/logs/$name.log.err" &
  pids+=($!)
  echo $! >"$run/$name.pid"
  wait_listening "$run/logs/$name.log" $! "$name"
}

start_stand_ins() {
  local sim=$1 run=$2 port=$3 start=$4 keys=$2/keys
  local tls=(--tls-cert "$keys/server.pem" --tls-key "$keys/server.key" --now "$start")
  local ours="https://localhost:$port/v1/gateways" bank="https://localhost:$((port + 3))"
  start_one "$run" bank "$sim" bank --listen "127.0.0.1:$((port + 3))" "${tls[@]}" --state "$run/sim/bank" \
    --account 012180000000000015
  start_one "$run" psp "$sim" psp --listen "127.0.0.1:$((port + 1))" "${tls[@]}" --state "$run/sim/psp" \
    --ca "$keys/ca.pem" --private-key-file "$keys/openpay.secret" --public-url "https://localhost:$((port + 1))" \
    --webhook-url "$ours/openpay/webhook" --webhook-user openpay \
    --webhook-password-file "$keys/openpay-webhook.password" --bank-url "$bank"
  start_one "$run" stp "$sim" stp --listen "127.0.0.1:$((port + 2))" "${tls[@]}" --state "$run/sim/stp" \
    --ca "$keys/ca.pem" --client-key "$keys/stp-client.pub.pem" --empresa PRUEBAFICTICIA \
    --abono-url "$ours/stp/abono" --abono-user stp --abono-password-file "$keys/stp-callback.password" \
    --estado-url "$ours/stp/cambio-estado" --estado-user stp \
    --estado-password-file "$keys/stp-callback.password" --bank-url "$bank"
}

start_erario() {
  local erario=$1 run=$2
  start_one "$run" erario "$erario" serve --config "$run/erario.toml"
}
