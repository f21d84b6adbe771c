# Sourced. Progress for a person: what is being done, and since when.
say() { printf '\033[1m[%3ss]\033[0m %s\n' "$SECONDS" "$*"; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }
