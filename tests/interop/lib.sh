# What tests/interop/run and scripts/interop share: the table of the real servers, how one is installed, started, checked,
# loaded and stopped, and that no process outlives the script. Sourced, never run; says nothing about which servers are wanted.
# Needs nodejs and npm, and for some servers packages of Debian (scripts/install test interop). Everything stays on loopback.

set -u
interop=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
project=$(cd "$interop/../.." && pwd)
assay=${ASSAY:-$project/build/release/assay}
# Extra arguments of every call, for who works on rules: ASSAY_SCENARIOS=scenarios
scenarios=${ASSAY_SCENARIOS:+--scenarios $ASSAY_SCENARIOS}
work=$(mktemp -d)
server=
port=  # of the server
tool=

quick_servers=(oidc-provider oidc-provider-8 django-oauth-toolkit node-oauth2-server oauth2orize)
all_servers=(oidc-provider oidc-provider-8 node-oauth2-server oauth2orize oauth2-mock-server better-auth django-oauth-toolkit
  authlib doorkeeper glewlwyd)

# describe NAME: sets what the table says of a server. folder: below tests/interop; target: the file in scenarios/targets; named:
# the port that it names; source: the npm package or the Debian package whose version counts; judged: the profiles, each run
# whole, and "-" for what runs when nobody names one.
describe() {
  folder=$1 target=$1 source=npm:$1 judged=(oauth2) loadable=yes
  case $1 in
    oidc-provider) named=4101 judged=(rfc6749 rfc9700 oidc-basic) ;;
    oidc-provider-8) folder=oidc-provider target=oidc-provider named=4101 judged=(rfc6749 rfc9700 oidc-basic) ;;
    node-oauth2-server) named=4102 source=npm:@node-oauth/oauth2-server ;;
    oauth2-mock-server) named=4103 ;;
    better-auth) named=4104 ;;
    oauth2orize) named=4106 ;;
    glewlwyd) named=4107 source=debian:glewlwyd ;;
    django-oauth-toolkit) named=4108 source=debian:python3-django-oauth-toolkit judged=(-) ;;
    authlib) named=4109 source=debian:python3-authlib ;;
    doorkeeper) named=4110 source=debian:ruby-doorkeeper ;;
    *) return 1 ;;
  esac
}

# install_server: what the described server still lacks. Debian packages only when DEBIAN is set, because that needs root.
install_server() {
  case $source in
    npm:*)
      [ -d "$interop/$folder/node_modules/${source#npm:}" ] && return
      # legacy-peer-deps: better-auth and its plugin name different exact versions of a helper.
      (cd "$interop/$folder" && npm ci --no-audit --no-fund --silent --legacy-peer-deps) >&2 ;;
    debian:*)
      [ -n "${DEBIAN:-}" ] && { "$project/scripts/install" test interop >&2 || return; }
      dpkg-query -W "${source#debian:}" >/dev/null 2>&1 && return
      echo "${source#debian:} is missing: scripts/install test interop" >&2
      return 1 ;;
  esac
}

version_of_server() {
  case $source in
    npm:*) node -p 'require(process.argv[1]).version' "$interop/$folder/node_modules/${source#npm:}/package.json" ;;
    debian:*) dpkg-query -W -f '${Version}' "${source#debian:}" ;;
  esac
}

# in_group COMMAND...: starts a command in a process group of its own, so that it can be ended with all its children.
in_group() {
  set -m
  "$@" &
  set +m
}

# end_group PID: asks a group to end, and after five seconds sees to it.
end_group() {
  [ -n "$1" ] || return 0
  kill -- "-$1" 2>/dev/null
  for _ in $(seq 50); do
    kill -0 -- "-$1" 2>/dev/null || break
    sleep 0.1
  done
  kill -KILL -- "-$1" 2>/dev/null
  wait "$1" 2>/dev/null
}

stop_server() {
  end_group "$server"
  server=
}

clean_up() {
  end_group "$tool"
  stop_server
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

# bounded SECONDS COMMAND...: waits for a command in such a way that an interrupt is heard at once.
bounded() {
  local status
  in_group timeout "$@"
  tool=$!
  wait "$tool"
  status=$?
  tool=
  return $status
}

free_port() {
  node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'
}

answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# start_postgresql: a cluster of its own in DATABASE_FOLDER, without a port, in the group of the server that wants it.
start_postgresql() {
  local programs as=()
  programs=$(echo /usr/lib/postgresql/*/bin)
  export DATABASE_FOLDER=$STATE/postgresql
  mkdir "$DATABASE_FOLDER"
  # It refuses to work for root, and its own user must reach the folder.
  if [ "$(id -u)" -eq 0 ]; then
    as=(setpriv --reuid=postgres --regid=postgres --init-groups)
    chmod a+x "$work" "$STATE"
    chown postgres: "$DATABASE_FOLDER"
  fi
  "${as[@]}" "$programs/initdb" -D "$DATABASE_FOLDER/data" -U postgres --auth trust || return
  "${as[@]}" "$programs/postgres" -D "$DATABASE_FOLDER/data" -c listen_addresses= -k "$DATABASE_FOLDER" &
  for _ in $(seq 100); do
    "$programs/pg_isready" -q -h "$DATABASE_FOLDER" && return
    sleep 0.1
  done
  return 1
}

# run_server NAME: becomes the server. PORT is where to listen, STATE an empty folder of its own.
run_server() {
  cd "$interop/$folder" || exit 1
  case $1 in
    django-oauth-toolkit)
      [ "${DATABASE:-}" != postgresql ] || start_postgresql || exit 1
      PYTHONDONTWRITEBYTECODE=1 PYTHONWARNINGS=ignore exec /usr/bin/python3 -m gunicorn \
        --workers 1 --threads 4 --bind "127.0.0.1:$PORT" --log-level warning app:application ;;
    authlib)
      PYTHONDONTWRITEBYTECODE=1 PYTHONWARNINGS=ignore exec /usr/bin/python3 -m gunicorn \
        --workers 1 --threads 4 --bind "127.0.0.1:$PORT" --log-level warning app:app ;;
    doorkeeper) exec /usr/bin/puma --environment production --threads 4:8 --bind "tcp://127.0.0.1:$PORT" config.ru ;;
    glewlwyd) exec ./start ;;
    oidc-provider-8) PACKAGE=oidc-provider-8 exec node server.mjs ;;
    # These two want a newer Node.js than Debian's; it comes as a package.
    oauth2-mock-server | better-auth) exec node_modules/.bin/node server.mjs ;;
    *) exec node server.mjs ;;
  esac
}

# start_server NAME: on a free port, with the target file changed to match; $work/NAME.jsonc is that file afterwards.
start_server() {
  port=$(free_port)
  mkdir -p "$work/$1.state"
  sed "s/127\.0\.0\.1:$named/127.0.0.1:$port/g" "$project/scenarios/targets/$target.jsonc" >"$work/$1.jsonc"
  STATE=$work/$1.state PORT=$port in_group run_server "$1" >"$work/$1.log" 2>&1 </dev/null
  server=$!
  for _ in $(seq 300); do
    kill -0 "$server" 2>/dev/null || break
    answers "$port" && return 0
    sleep 0.2
  done
  echo "FAIL $1: the server does not start:"
  tail -n 20 "$work/$1.log"
  stop_server
  return 1
}

# check_server NAME FOLDER: runs the rules; FOLDER/NAME.PROFILE.json are the runs.
check_server() {
  local profile run status
  for profile in "${judged[@]}"; do
    run=$2/$1.$profile.json
    # shellcheck disable=SC2046,SC2086  # no profile is no argument
    bounded 900 "$assay" check "$work/$1.jsonc" $scenarios $([ "$profile" = - ] || echo --profile "$profile" --preset full) \
      --json "$run" >"$work/$1.txt" 2>&1 </dev/null
    status=$?
    [ -s "$run" ] && continue
    echo "FAIL $1: no run.json, exit status $status:"
    tail -n 20 "$work/$1.txt"
    return 1
  done
}

# init_server NAME: from the issuer's URL to a verdict, with nothing written by hand: the clients register themselves, and are gone
# in the end. For servers whose recipe knows REGISTRATION.
init_server() {
  local out=$work/$1.init.jsonc issuer=http://127.0.0.1:$port log=$work/$1.init.txt step
  for step in "init $issuer -o $out --user alice --password-env ASSAY_PASSWORD" "check $out $scenarios" "init --remove $out"; do
    # shellcheck disable=SC2086
    ASSAY_PASSWORD=any-password bounded 120 "$assay" $step >"$log" 2>&1 </dev/null && continue
    echo "FAIL $1: assay $step"
    tail -n 30 "$log"
    return 1
  done
  echo "ok   $1: assay init, check, init --remove"
}

# load_server NAME FOLDER: ten seconds of client credentials; FOLDER/NAME.load holds the run. Slow is no failure here.
load_server() {
  # shellcheck disable=SC2086
  bounded 60 "$assay" load "$work/$1.jsonc" $scenarios --journey client-credentials/success --rate 20 --duration 10s \
    --json "$2/$1.load" >"$work/$1.txt" 2>&1 </dev/null
  [ -s "$2/$1.load" ]
}
