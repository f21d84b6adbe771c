# Sourced after say.sh: a private PostgreSQL from Debian's package, for demonstrations and tests. Not
# how a real installation gets its server; README says how that is done.
#
#   start_postgres FOLDER [setting=value …]   makes it in FOLDER where there is none, starts it, and
#                                             sets the variables below (also when it runs already)
#   stop_postgres FOLDER                      ends it, by its process id; what it holds stays
#   postgres_pid FOLDER                       prints that id; fails when it does not run
#
# POSTGRES_OWNER_URL    role erario_owner, owns the database erario; may make roles and databases
# POSTGRES_SERVICE_URL  role erario_service, which `erario migrate` makes
# POSTGRES_ADMIN_URL    the superuser, database postgres
# POSTGRES_SOCKET       folder of the only socket it listens on (port 5432 in name); for psql -h
#
# It is durable as a production server must be: checksums, fsync, full pages. Nobody but root and the
# user it runs as can open its socket, so there are no passwords. It never runs as root: when root
# starts it, it runs as the package's user `postgres`, who must be able to reach FOLDER.

postgres_programs=${POSTGRES_PROGRAMS:-/usr/lib/postgresql/15/bin}

# Before a command: runs it as the user the server runs as.
as_postgres=(env -C /)
[ "$(id -u)" -ne 0 ] || as_postgres=(setpriv --reuid postgres --regid postgres --init-groups env -C / HOME=/)

# A process that ended but was not waited for does not run: not every init of a container reaps.
process_runs() { [ "$(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null || echo Z)" != Z ]; }

postgres_pid() {
  local pid
  pid=$("${as_postgres[@]}" head -n 1 "$(realpath "$1")/data/postmaster.pid" 2>/dev/null) || return 1
  [ -n "$pid" ] && process_runs "$pid" || return 1
  echo "$pid"
}

start_postgres() {
  local folder setting options=() socket before
  mkdir -p "$1"
  folder=$(realpath "$1")
  shift
  [ -x "$postgres_programs/initdb" ] || die "no PostgreSQL in $postgres_programs; install Debian's package postgresql"
  socket=$folder/socket
  # The address of a socket holds 107 characters; the folder of a deep build tree may be longer.
  if [ ${#socket} -gt 88 ]; then
    socket=${TMPDIR:-/tmp}/erario-pg-$(printf '%s' "$folder" | sha256sum | cut -c1-12)
  fi
  [ -e "$folder/data/PG_VERSION" ] || make_postgres "$folder"
  for setting in "$@"; do options+=(-c "$setting"); done
  if ! postgres_pid "$folder" >/dev/null; then
    "${as_postgres[@]}" mkdir -p -m 711 "$socket"
    before=$(stat -c %s "$folder/server.log" 2>/dev/null || echo 0)
    # A parent of its own waits for it: a killed server must not stay behind as a process that ended,
    # or the next one takes it for running.
    ( setsid bash -c '"$@"; echo "the server has ended"' bash "${as_postgres[@]}" \
        "$postgres_programs/postgres" -D "$folder/data" -c "unix_socket_directories=$socket" \
        "${options[@]}" </dev/null >>"$folder/server.log" 2>&1 & )
    wait_for_postgres "$folder" "$socket" "$before"
  fi
  POSTGRES_SOCKET=$socket
  POSTGRES_OWNER_URL="postgresql://erario_owner@/erario?host=$socket"
  POSTGRES_SERVICE_URL="postgresql://erario_service@/erario?host=$socket"
  POSTGRES_ADMIN_URL="postgresql://postgres@/postgres?host=$socket"
  export POSTGRES_SOCKET POSTGRES_OWNER_URL POSTGRES_SERVICE_URL POSTGRES_ADMIN_URL
  [ -n "$("$postgres_programs/psql" -X -At "$POSTGRES_ADMIN_URL" \
    -c "SELECT 1 FROM pg_database WHERE datname = 'erario'")" ] ||
    "$postgres_programs/psql" -X -q -v ON_ERROR_STOP=1 "$POSTGRES_ADMIN_URL" \
      -c "CREATE ROLE erario_owner LOGIN CREATEROLE CREATEDB" -c "CREATE DATABASE erario OWNER erario_owner" ||
    die "the database cannot be made in $folder"
}

wait_for_postgres() {
  local folder=$1 socket=$2 before=$3
  for _ in $(seq 1 1200); do
    "$postgres_programs/pg_isready" -q -h "$socket" -U postgres -d postgres && return 0
    sleep 0.05
    tail -c "+$((before + 1))" "$folder/server.log" | grep '^the server has ended' >/dev/null && break
  done
  tail -n 20 "$folder/server.log" >&2
  die "PostgreSQL does not start in $folder"
}

make_postgres() {
  local folder=$1
  if [ "$(id -u)" -eq 0 ]; then
    chown postgres:postgres "$folder"
    chmod 755 "$folder"
    "${as_postgres[@]}" test -w "$folder" ||
      die "the user postgres cannot reach $folder; choose a folder whose parents others may enter"
  fi
  "${as_postgres[@]}" "$postgres_programs/initdb" -D "$folder/data" -U postgres --data-checksums --encoding=UTF8 \
    --locale=C --auth=trust --no-instructions >"$folder/initdb.log" 2>&1 ||
    { tail -n 20 "$folder/initdb.log" >&2; die "initdb failed in $folder"; }
  "${as_postgres[@]}" tee -a "$folder/data/postgresql.conf" >/dev/null <<'CONF'
listen_addresses = ''
unix_socket_permissions = 0700
fsync = on
synchronous_commit = on
full_page_writes = on
shared_buffers = 256MB
max_wal_size = 4GB
log_line_prefix = '%m [%p] %u '
CONF
}

stop_postgres() {
  local folder pid
  folder=$(realpath "$1" 2>/dev/null) || return 0
  pid=$(postgres_pid "$folder") || return 0
  kill -INT "$pid" # fast: ends sessions, writes a checkpoint
  for _ in $(seq 1 600); do
    process_runs "$pid" || return 0
    sleep 0.05
  done
  die "PostgreSQL in $folder (process $pid) does not end within 30 s"
}
