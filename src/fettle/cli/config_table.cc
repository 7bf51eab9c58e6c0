#include "fettle/cli/config_table.h"

#include <fmt/format.h>

#include "fettle/base/text.h"

namespace fettle::cli {
namespace {

constexpr std::string_view kLevels = "trace|debug|info|warn|error";
// As the plan of the server names them; a test holds both together.
constexpr std::string_view kUpkeepTasks =
    "seal_chunks|verify_rollups|raw_retention|rollup_retention|orphan_series|event_retention|"
    "condition_retention|silence_retention|host_states|server_lives|expired_sessions|"
    "expired_enrolment_tokens|expired_invitations|audit_retention|verify_audit|idempotency_keys|absent_hosts|"
    "run_history|run_logs|parentless_rows|stale_settings|expired_pending_runs|ledger_retention|quick_check|"
    "statistics|vacuum|wal_checkpoint|self_"
    "copy";

constexpr ConfigKey kKeys[] = {
    {.name = "server.data",
     .type = ConfigType::path,
     .fallback = "/var/lib/fettle/server",
     .help = "Folder of the database, the journal and the keys.",
     .flag = "--data"},
    {.name = "server.listen",
     .type = ConfigType::listen,
     .fallback = "127.0.0.1:8420",
     .help = "Address and port to serve on; port 0 takes a free one.",
     .flag = "--listen"},
    {.name = "server.public_url",
     .type = ConfigType::url,
     .fallback = "",
     .help = "How browsers and agents reach the server, when that is not the address it listens on; "
             "with a path when it does not have the whole name to itself.",
     .flag = "--public-url"},
    {.name = "server.log_level",
     .type = ConfigType::choice,
     .fallback = "info",
     .help = "The least severity that is logged.",
     .flag = "--log-level",
     .choices = kLevels},
    {.name = "server.log_format",
     .type = ConfigType::choice,
     .fallback = "text",
     .help = "How a log line looks.",
     .flag = "--log-format",
     .choices = "text|json"},
    {.name = "server.heartbeat_interval_ms",
     .type = ConfigType::integer,
     .fallback = "5000",
     .help = "How often each agent sends what it sampled.",
     .least = 1000,
     .most = 60'000},
    {.name = "server.session_idle_hours",
     .type = ConfigType::integer,
     .fallback = "24",
     .help = "A browser session ends after so many hours without a request.",
     .least = 1,
     .most = 24 * 30},
    {.name = "server.session_absolute_hours",
     .type = ConfigType::integer,
     .fallback = "336",
     .help = "A browser session ends after so many hours in any case.",
     .least = 1,
     .most = 24 * 90},
    {.name = "server.history_raw_hours",
     .type = ConfigType::integer,
     .fallback = "24",
     .help = "How many hours samples are kept as they came; 0 keeps them for ever.",
     .least = 0,
     .most = 24 * 366},
    {.name = "server.history_minute_days",
     .type = ConfigType::integer,
     .fallback = "30",
     .help = "How many days a row for each minute is kept; 0 keeps them for ever.",
     .least = 0,
     .most = 3660},
    {.name = "server.history_hour_days",
     .type = ConfigType::integer,
     .fallback = "396",
     .help = "How many days a row for each hour is kept (396 are 13 months); 0 keeps them for ever.",
     .least = 0,
     .most = 36'600},
    {.name = "server.tls",
     .type = ConfigType::choice,
     .fallback = "auto",
     .help = "Whether the server speaks TLS; auto: beyond loopback, or with a certificate that is given.",
     .choices = "auto|on|off"},
    {.name = "server.tls_certificate",
     .type = ConfigType::file,
     .fallback = "",
     .help =
         "Certificate with its chain, PEM; without one the server makes its own. New files are taken while "
         "it runs."},
    {.name = "server.tls_key",
     .type = ConfigType::file,
     .fallback = "",
     .help = "Private key of server.tls_certificate, PEM."},
    {.name = "server.event_days",
     .type = ConfigType::integer,
     .fallback = "30",
     .help =
         "How many days events are kept, and conditions and silences that are over; 0 keeps them for ever.",
     .least = 0,
     .most = 3'650},
    {.name = "server.event_level",
     .type = ConfigType::choice,
     .fallback = "info",
     .help = "The least severity of events that are kept; warnings and errors always are.",
     .choices = "debug|info|warning"},
    {.name = "server.trusted_proxies",
     .type = ConfigType::networks,
     .fallback = "",
     .help = "Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed; wanted with a public_url of "
             "https."},
    {.name = "server.metrics_open_on_loopback",
     .type = ConfigType::boolean,
     .fallback = "false",
     .help = "Whether /metrics answers on loopback without a token."},
    {.name = "upkeep.enabled",
     .type = ConfigType::boolean,
     .fallback = "true",
     .help = "Whether the server's own upkeep runs by itself; it can be started by hand all the same."},
    {.name = "upkeep.interval_hours",
     .type = ConfigType::integer,
     .fallback = "6",
     .help = "How often the upkeep runs; the first time five minutes after a start.",
     .least = 1,
     .most = 24 * 7},
    {.name = "upkeep.off",
     .type = ConfigType::choices,
     .fallback = "",
     .help = "Tasks of the upkeep that are skipped.",
     .choices = kUpkeepTasks},
    {.name = "upkeep.session_days",
     .type = ConfigType::integer,
     .fallback = "1",
     .help = "How many days a session that is over is kept; 0 keeps it for ever.",
     .least = 0,
     .most = 36600},
    {.name = "upkeep.enrolment_token_days",
     .type = ConfigType::integer,
     .fallback = "30",
     .help = "How many days an enrolment token that ran out is kept; 0 keeps it for ever.",
     .least = 0,
     .most = 36600},
    {.name = "upkeep.invitation_days",
     .type = ConfigType::integer,
     .fallback = "30",
     .help = "How many days an invitation that ran out is kept; 0 keeps it for ever.",
     .least = 0,
     .most = 36600},
    {.name = "upkeep.host_state_days",
     .type = ConfigType::integer,
     .fallback = "400",
     .help = "How many days the states of hosts, and of the server itself, are kept; 0 keeps them for ever.",
     .least = 0,
     .most = 36600},
    {.name = "upkeep.runs_per_target",
     .type = ConfigType::integer,
     .fallback = "200",
     .help = "How many runs of each target are kept; 0 keeps all.",
     .least = 0,
     .most = 100'000},
    {.name = "upkeep.commands_per_host",
     .type = ConfigType::integer,
     .fallback = "500",
     .help =
         "How many names of commands (fettle exec) are kept of each host, with their runs: those that ran "
         "last; 0 keeps all.",
     .least = 0,
     .most = 100'000},
    {.name = "upkeep.command_days",
     .type = ConfigType::integer,
     .fallback = "400",
     .help = "How many days runs of commands (fettle exec) are kept; 0 keeps them for ever.",
     .least = 0,
     .most = 36600},
    {.name = "upkeep.run_log_days",
     .type = ConfigType::integer,
     .fallback = "30",
     .help = "How many days the logs of runs are kept; 0 keeps them for ever.",
     .least = 0,
     .most = 36600},
    {.name = "upkeep.ledger_days",
     .type = ConfigType::integer,
     .fallback = "90",
     .help = "How many days it is kept what became of each due time of a schedule; 0 keeps it for ever.",
     .least = 0,
     .most = 36600},
    {.name = "upkeep.audit_days",
     .type = ConfigType::integer,
     .fallback = "0",
     .help = "How many days entries of the audit log are kept; 0 keeps them for ever.",
     .least = 0,
     .most = 36600},
    {.name = "upkeep.absent_days",
     .type = ConfigType::integer,
     .fallback = "90",
     .help = "After how many days without a sign of it a host is flagged, and never removed; 0 flags none.",
     .least = 0,
     .most = 36600},
    {.name = "upkeep.copies",
     .type = ConfigType::integer,
     .fallback = "7",
     .help = "How many copies of the server's own data are kept; 0 keeps all.",
     .least = 0,
     .most = 1000},
    {.name = "upkeep.copy_hours",
     .type = ConfigType::integer,
     .fallback = "24",
     .help = "How old the newest copy is when another one is made.",
     .least = 1,
     .most = 24 * 31},
    {.name = "upkeep.copy_folder",
     .type = ConfigType::file,
     .fallback = "",
     .help = "Folder of the copies, better on another disk; without one, copies/ in the folder of the data."},
    {.name = "agent.data",
     .type = ConfigType::path,
     .fallback = "/var/lib/fettle/agent",
     .help = "Folder of the agent's identity and of what waits to be sent.",
     .flag = "--data"},
    {.name = "agent.server_url",
     .type = ConfigType::url,
     .fallback = "",
     .help = "The server, when it has moved since this host was enrolled.",
     .flag = "--server"},
    {.name = "agent.certificate_pin",
     .type = ConfigType::pin,
     .fallback = "",
     .help = "Key of the server's certificate, when it is another than at the enrolment; none: the system's "
             "authorities decide."},
    {.name = "agent.log_level",
     .type = ConfigType::choice,
     .fallback = "info",
     .help = "The least severity that is logged.",
     .flag = "--log-level",
     .choices = kLevels},
    {.name = "agent.log_format",
     .type = ConfigType::choice,
     .fallback = "text",
     .help = "How a log line looks.",
     .flag = "--log-format",
     .choices = "text|json"},
    {.name = "agent.outbox_mib",
     .type = ConfigType::integer,
     .fallback = "64",
     .help = "How much is kept on disk while the server cannot be reached.",
     .least = 1,
     .most = 4096},
    {.name = "agent.labels",
     .type = ConfigType::labels,
     .fallback = "",
     .help = "Labels that this host has in the fleet; one that is given there by hand wins."},
};

std::string quoted_choices(std::string_view choices) {
  std::string text;
  for (std::string_view choice : split(choices, '|')) {
    if (!text.empty()) text += ", ";
    text += fmt::format("\"{}\"", choice);
  }
  return text;
}

/// Edit distance (insert, delete, replace), given up beyond `limit`.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit) {
  if (std::max(a.size(), b.size()) - std::min(a.size(), b.size()) > limit) return limit + 1;
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::span<const ConfigKey> config_keys() {
  return kKeys;
}

const ConfigKey* find_config_key(std::string_view name) {
  for (const ConfigKey& key : kKeys)
    if (key.name == name) return &key;
  return nullptr;
}

std::string environment_name(const ConfigKey& key) {
  std::string name = "FETTLE_";
  for (char c : key.name)
    name += c == '.' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return name;
}

std::string allowed_text(const ConfigKey& key) {
  switch (key.type) {
    case ConfigType::text:
      return "text";
    case ConfigType::path:
      return "the path of a folder";
    case ConfigType::file:
      return "the path of a file";
    case ConfigType::pin:
      return "\"sha256:...\" as 'fettle certificate show' prints it, or \"none\"";
    case ConfigType::integer:
      return fmt::format("an integer from {} to {}", key.least, key.most);
    case ConfigType::boolean:
      return "true or false";
    case ConfigType::choice:
      return "one of " + quoted_choices(key.choices);
    case ConfigType::listen:
      return "ADDRESS:PORT, such as \"127.0.0.1:8420\" or \"[::1]:8420\"";
    case ConfigType::url:
      return "a URL that begins with http:// or https://, such as \"https://fettle.example.org\" or "
             "\"https://example.org/fettle\"";
    case ConfigType::networks:
      return "a list of addresses or networks, such as [\"10.0.0.0/8\", \"::1\"]";
    case ConfigType::labels:
      return "a list of at most 32 labels, such as [\"role=db\", \"site=ams\"]";
    case ConfigType::choices:
      return "a list of any of " + quoted_choices(key.choices);
  }
  return {};
}

std::optional<std::string_view> nearest_name(std::string_view name, std::span<const std::string_view> names) {
  const std::size_t limit = std::max<std::size_t>(2, name.size() / 3);
  std::optional<std::string_view> nearest;
  std::size_t best = limit + 1;
  for (std::string_view candidate : names) {
    std::size_t distance = edit_distance(name, candidate, limit);
    if (distance < best) best = distance, nearest = candidate;
  }
  return nearest;
}

}  // namespace fettle::cli
