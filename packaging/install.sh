#!/bin/sh
# Makes this machine a host of a Fettle server: fetches the program from that server, checks it, enrols, and
# installs the agent as a systemd service. Run again it upgrades in place. There is no secret in this file: the
# enrolment token comes on standard input (or in FETTLE_ENROLMENT_TOKEN), so that `ps` does not show it.
#
#   echo TOKEN | sh fettle-install.sh           install, enrol, start (as root, or through sudo)
#   sh fettle-install.sh                        upgrade a host that is enrolled already
#   sh fettle-install.sh --uninstall            stop and remove the program; identity and outbox stay
#   sh fettle-install.sh --uninstall --purge    remove those too
#
# Everything is in functions and the last line calls them, so that half of this file does nothing.
set -eu

server_url='@SERVER_URL@'
server_version='@VERSION@'
program_architecture='@ARCHITECTURE@'
program_sha256='@SHA256@'
# SHA-256 of the public key of the server's own certificate, standard base64; empty where the system's
# certificate store decides.
certificate_pin='@PIN@'

bin_dir=/usr/local/bin
unit_dir=/etc/systemd/system
config_dir=/etc/fettle
state_dir=/var/lib/fettle/agent
spool_dir=/var/spool/fettle
user=fettle-agent
unit=fettle-agent.service
work_dir=

say() { printf 'fettle: %s\n' "$*"; }
die() {
  printf 'fettle: %s\n' "$*" >&2
  exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }

unit_text() {
  cat <<'UNIT'
@AGENT_UNIT@
UNIT
}

policy_text() {
  cat <<'POLICY'
@AGENT_POLICY@
POLICY
}

usage() {
  sed -n '2,10s/^# \{0,1\}//p' "$0" 2>/dev/null || true
}

# --- what this machine is -------------------------------------------------------------------------------

require_linux() {
  system=$(uname -s)
  [ "$system" = Linux ] || die "this system is $system; the agent runs on Linux only"
  case $(uname -m) in
    x86_64 | amd64) architecture=amd64 ;;
    aarch64 | arm64) architecture=arm64 ;;
    *) die "this machine is $(uname -m); there are programs for x86_64 and aarch64 only" ;;
  esac
}

require_architecture() {
  [ "$architecture" = "$program_architecture" ] ||
    die "this machine is $architecture and the server has the program for $program_architecture only; install the package of this version ($server_version) for $architecture instead"
}

# The rest runs as root. A file can be run again through sudo; what came through a pipe cannot.
become_root() {
  [ "$(id -u)" != 0 ] || return 0
  if [ -f "$0" ] && have sudo; then
    say "installing needs root; asking sudo"
    exec sudo -- sh "$0" "$@"
  fi
  die "installing needs root: run this as root, or save it as a file and run it with sudo"
}

has_systemd() { [ -d /run/systemd/system ]; }

# A package (.deb) manages program, user and unit itself: then only enrolling is left to do.
packaged_program() {
  for path in /usr/lib/systemd/system/$unit /lib/systemd/system/$unit; do
    [ ! -e "$path" ] || [ ! -x /usr/bin/fettle ] || return 0
  done
  return 1
}

# --- fetching -------------------------------------------------------------------------------------------

# Each way to fail has its own sentence. Source: curl(1), EXIT CODES.
explain_curl() {
  case $1 in
    5 | 6) die "$server_url: the name cannot be resolved; check DNS, or the server's public_url" ;;
    7) die "$server_url: the connection is refused; is the server running, and does a firewall let this host through?" ;;
    22) die "$server_url: the server answers, but not with the program of version $server_version ($(last_words)); copy the command from the page again" ;;
    28) die "$server_url: no answer in time; does a firewall drop the packets?" ;;
    35 | 53 | 54 | 58 | 59 | 66 | 77 | 83) die "$server_url: TLS cannot be agreed on ($(last_words))" ;;
    60)
      explain_clock
      die "$server_url: the certificate is not trusted ($(last_words)); the command on the page carries the pin of a server's own certificate: copy it again"
      ;;
    90) die "$server_url: the server's key is not the one that was pinned. Its certificate was replaced, or someone stands in between. Copy the command from the page again" ;;
    18 | 55 | 56) die "$server_url: the connection broke off ($(last_words)); try again" ;;
    23) die "$work_dir: the program cannot be written ($(last_words)); is the disk full?" ;;
    *) die "$server_url: curl ended with $1 ($(last_words))" ;;
  esac
}

# The sentence of curl or wget, without its prefix.
last_words() { sed -n '$s/^curl: ([0-9]*) //p' "$work_dir/said" 2>/dev/null | head -c 300; }

# A certificate that is "not yet valid" or "expired" usually means that a clock is wrong.
explain_clock() {
  case $(last_words) in
    *expired* | *"not yet valid"*)
      die "$server_url: the certificate is out of its time ($(last_words)); this host's clock says $(date -u '+%Y-%m-%d %H:%M UTC'): is that right?"
      ;;
  esac
}

fetch_with_curl() {
  set -- --fail --silent --show-error --connect-timeout 15 --max-time 600 --speed-limit 1000 --speed-time 30 --output "$2" "$1"
  case $server_url in https:*) set -- --proto =https "$@" ;; esac
  # With -k the certificate's names and issuers do not count; the pinned key does.
  [ -z "$certificate_pin" ] || set -- --insecure --pinnedpubkey "sha256//$certificate_pin" "$@"
  code=0
  curl "$@" 2>"$work_dir/said" || code=$?
  [ "$code" = 0 ] || explain_curl "$code"
}

# Source: wget(1), EXIT STATUS. wget cannot pin a key; what it fetches is checked against the checksum all the
# same, and the enrolment that follows checks the pin itself.
fetch_with_wget() {
  set -- --quiet --tries=2 --timeout=30 --output-document="$2" "$1"
  [ -z "$certificate_pin" ] || {
    say "wget cannot pin the server's key; the program is checked by its SHA-256 alone"
    set -- --no-check-certificate "$@"
  }
  code=0
  wget "$@" 2>"$work_dir/said" || code=$?
  case $code in
    0) ;;
    3) die "$work_dir: the program cannot be written; is the disk full?" ;;
    4) die "$server_url: not reachable: the name cannot be resolved, the connection is refused, or a firewall drops it (curl would tell which)" ;;
    5) die "$server_url: the certificate is not trusted; is this host's clock right ($(date -u '+%Y-%m-%d %H:%M UTC'))?" ;;
    8) die "$server_url: the server answers, but not with the program of version $server_version; copy the command from the page again" ;;
    *) die "$server_url: wget ended with $code" ;;
  esac
}

fetch_program() {
  url=$server_url/download/fettle-linux-$architecture
  say "fetching fettle $server_version for $architecture from $server_url"
  if have curl; then
    fetch_with_curl "$url" "$work_dir/fettle"
  elif have wget; then
    fetch_with_wget "$url" "$work_dir/fettle"
  else
    die "neither curl nor wget is here; install one of them"
  fi
}

check_program() {
  have sha256sum || die "sha256sum (coreutils) is missing; without it nothing that was fetched is run"
  set -- "$(sha256sum "$work_dir/fettle")"
  [ "${1%% *}" = "$program_sha256" ] ||
    die "what was fetched is not the program that this script was made for (SHA-256 ${1%% *} instead of $program_sha256). The server was upgraded meanwhile, or someone stands in between: copy the command from the page again"
  chmod 0755 "$work_dir/fettle"
  "$work_dir/fettle" version >/dev/null 2>"$work_dir/said" ||
    die "the program does not run on this system: $(head -c 300 "$work_dir/said") (it needs glibc 2.36, as in Debian 12 or newer)"
}

# --- installing -----------------------------------------------------------------------------------------

# To its place by a rename: killed anywhere, the old program or the new one is there.
place_file() {
  cp "$1" "$2.new" && chmod "$3" "$2.new" && mv -f "$2.new" "$2"
}

make_user() {
  ! id "$user" >/dev/null 2>&1 || return 0
  say "making the user $user"
  have useradd || die "useradd is missing; make a system user named $user and run this again"
  useradd --system --user-group --home-dir "$state_dir" --no-create-home --shell /usr/sbin/nologin "$user"
}

make_folders() {
  install -d -m 0755 "$config_dir" /var/lib/fettle "$bin_dir"
  install -d -m 0700 -o "$user" -g "$user" "$state_dir"
  # Everybody may put there what fettle exec says; nobody but the agent may look.
  install -d -m 3733 -o "$user" -g "$user" "$spool_dir"
  if [ ! -e "$config_dir/agent-policy.toml" ]; then
    policy_text >"$work_dir/policy"
    place_file "$work_dir/policy" "$config_dir/agent-policy.toml" 0644
  fi
}

install_program() {
  place_file "$work_dir/fettle" "$bin_dir/fettle" 0755
  program=$bin_dir/fettle
  say "$program is version $("$program" version | sed 's/^fettle //')"
}

install_unit() {
  has_systemd || return 0
  unit_text | sed "s|^\(ExecStart=\)/usr/bin/fettle |\1$bin_dir/fettle |" >"$work_dir/unit"
  place_file "$work_dir/unit" "$unit_dir/$unit" 0644
  systemctl daemon-reload
}

# --- enrolling ------------------------------------------------------------------------------------------

is_enrolled() { [ -s "$state_dir/identity.json" ]; }

read_token() {
  token=${FETTLE_ENROLMENT_TOKEN:-}
  if [ -z "$token" ] && [ ! -t 0 ]; then
    read -r token || true
  fi
  unset FETTLE_ENROLMENT_TOKEN
}

as_agent() {
  if have runuser; then
    runuser -u "$user" -- "$@"
  elif have setpriv; then
    setpriv --reuid "$user" --regid "$user" --clear-groups "$@"
  else
    die "neither runuser nor setpriv (util-linux) is here; run as $user: $*"
  fi
}

enrol() {
  if is_enrolled; then
    say "this host is enrolled already; its identity stays"
    return 0
  fi
  [ -n "$token" ] || die "no enrolment token: Add a host on the page shows the whole command (echo TOKEN | sh $0)"
  say "enrolling at $server_url"
  # The program names what is wrong itself: resolution, refused, TLS, clock, token used, expired or unknown.
  code=0
  printf '%s\n' "$token" | (cd / && as_agent "$program" enroll "$server_url" --token-file - --data "$state_dir") >/dev/null || code=$?
  [ "$code" = 0 ] || die "this host is not enrolled (exit code $code); the program is installed, so run the command again once that is mended"
}

start_agent() {
  if ! has_systemd; then
    say "there is no systemd here, so nothing starts the agent by itself. Run it as $user, and at each boot:"
    say "  $program agent --data $state_dir"
    return 0
  fi
  systemctl enable "$unit"
  systemctl restart "$unit" ||
    die "the agent does not start: journalctl -u $unit says why, and so does: $program doctor agent"
  say "done: the agent runs; the host appears on the page within seconds"
}

install_host() {
  if [ "$server_url" = '' ]; then die "the server has no address that other machines reach: set server.public_url"; fi
  read_token
  if packaged_program; then
    say "the package fettle is installed; only enrolling is left (the package is upgraded by apt)"
    program=/usr/bin/fettle
  else
    require_architecture
    fetch_program
    check_program
    make_user
    make_folders
    install_program
    install_unit
  fi
  enrol
  start_agent
}

uninstall_host() {
  ! packaged_program || die "the package fettle is installed: apt remove fettle"
  if has_systemd; then
    systemctl disable --now "$unit" 2>/dev/null || true
    rm -f "$unit_dir/$unit"
    systemctl daemon-reload
  fi
  rm -f "$bin_dir/fettle"
  if [ "$1" = purge ]; then
    rm -rf "$state_dir" "$spool_dir"
    rm -f "$config_dir/agent-policy.toml"
    rmdir "$config_dir" /var/lib/fettle 2>/dev/null || true
    ! id "$user" >/dev/null 2>&1 || userdel "$user" || true
    say "removed, with identity and outbox; remove the host on the page too"
  else
    say "removed; $state_dir and $config_dir stay (--uninstall --purge removes them)"
  fi
}

main() {
  action=install
  keep=keep
  for word in "$@"; do
    case $word in
      --uninstall) action=uninstall ;;
      --purge) keep=purge ;;
      -h | --help)
        usage
        exit 0
        ;;
      http://* | https://*) server_url=${word%/} ;;
      *) die "there is no '$word' (see --help)" ;;
    esac
  done
  require_linux
  become_root "$@"
  umask 022
  work_dir=$(mktemp -d) || die "no temporary folder can be made"
  trap 'rm -rf "$work_dir"' EXIT
  trap 'exit 130' INT TERM
  if [ "$action" = uninstall ]; then uninstall_host "$keep"; else install_host; fi
}

main "$@"
