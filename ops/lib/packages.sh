# Sourced.

# Installed by this name or by another package that provides it, as nodejs may provide npm.
is_installed() {
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ] && return 0
  # No -q: it would close the pipe early, and under pipefail a find would count as none.
  dpkg-query -W -f='${db:Status-Status} ${Provides},\n' | grep "^installed .*\b$1[ ,]" >/dev/null
}

# install_packages build|test: installs what ops/packages lists, if anything is missing.
install_packages() {
  local part=$1 missing=() name
  while read -r name; do
    is_installed "$name" || missing+=("$name")
  done < <(
    if [ "$part" = build ]; then sed '/^# --- tests/,$d' "$root/ops/packages"; else cat "$root/ops/packages"; fi |
      sed 's/#.*//; s/[[:space:]]*$//' | grep .
  )
  [ ${#missing[@]} -eq 0 ] && return 0
  say "installing ${#missing[@]} Debian packages: ${missing[*]}"
  local sudo=""
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || die "packages are missing and neither root nor sudo is there: ${missing[*]}"
    sudo=sudo
  fi
  $sudo apt-get update -qq || die "apt-get update failed"
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" \
    >"$root/build/packages.log" 2>&1 || { tail -20 "$root/build/packages.log" >&2; die "installing packages failed"; }
}
