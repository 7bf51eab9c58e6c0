#include "fettle/store/sqlite/log_holders.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>

#include "fettle/base/text.h"

namespace fettle::store {
namespace {

// Source: sqlite.org/walformat.html, section 2.2.2: the bytes of the index that readers lock.
constexpr std::uint64_t kFirstReaderByte = 123;
constexpr std::uint64_t kLastReaderByte = 127;

template <class Number>
bool parse_whole(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() && !text.empty();
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (const std::string_view word : split(line, ' ')) {
    if (!word.empty()) words.push_back(word);
  }
  return words;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

std::vector<std::int64_t> parse_log_holders(std::string_view table, std::uint64_t index_inode) {
  std::vector<std::int64_t> found;
  for (const std::string_view line : split(table, '\n')) {
    // Source: proc(5): "1: POSIX  ADVISORY  READ 1234 fd:01:5678 124 124"; "->" after the number: waits for
    // it.
    const auto words = words_of(line);
    constexpr std::size_t kWords = 8;
    if (words.size() != kWords || words[1] != "POSIX") continue;
    const std::string_view inode_text = words[5].substr(std::min(words[5].rfind(':') + 1, words[5].size()));
    std::int64_t process = 0;
    std::uint64_t inode = 0;
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    if (!parse_whole(words[4], process) || !parse_whole(inode_text, inode) || !parse_whole(words[6], first) ||
        !parse_whole(words[7], last)) {
      continue;
    }
    const bool is_reader = inode == index_inode && first <= kLastReaderByte && last >= kFirstReaderByte;
    if (is_reader && process > 0 && std::ranges::find(found, process) == found.end())
      found.push_back(process);
  }
  return found;
}

std::string find_log_holders(const std::string& database_path) {
  struct stat index{};
  if (::stat((database_path + "-shm").c_str(), &index) != 0) return "unknown";
  std::string text;
  for (const std::int64_t process : parse_log_holders(read_file("/proc/locks"), index.st_ino)) {
    if (process == ::getpid()) continue;
    const std::string name = read_file("/proc/" + std::to_string(process) + "/comm");
    if (!text.empty()) text += ", ";
    text += std::string(trim(name)) + " (" + std::to_string(process) + ")";
  }
  return text.empty() ? "unknown" : text;
}

}  // namespace fettle::store
