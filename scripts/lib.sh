# What the scripts share: where the project is, one line per phase, logs, and what to show when a phase fails.
# Sourced, never run. Knows nothing about what the phases do.

set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
logs=$root/build/logs
cd "$root" || exit 70

# Is standard output a terminal that may redraw a line?
live() { [ -t 1 ] && [ "${TERM:-dumb}" != dumb ] && [ -z "${CI:-}" ]; }

# phase STEP NAME TEXT: one line, "[2/5] build     release".
phase() { printf '%-7s %-12s %s\n' "[$1]" "$2" "$3"; }

# Shows a failed phase: the end of its log and where the rest is.
show_log() {
  local lines=${2:-25}
  printf -- '--- last %s lines of %s ---\n' "$lines" "${1#"$root"/}"
  tail -n "$lines" "$1" 2>/dev/null
  printf -- '--- the whole log: %s ---\n' "$1"
}

# Prints the comment at the head of the script that is running.
usage() { sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$root/scripts/$(basename "$0")"; }

die() {
  printf '%s\n' "$*" >&2
  exit 1
}
