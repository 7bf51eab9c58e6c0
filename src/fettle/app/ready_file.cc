#include "fettle/app/ready_file.h"

#include <boost/describe.hpp>

#include "fettle/base/json_codec.h"

namespace fettle::app {
namespace {

struct ReadyJson {
  std::string url;
  std::optional<std::string> setup_url;
};
BOOST_DESCRIBE_STRUCT(ReadyJson, (), (url, setup_url))

}  // namespace

Result<> write_ready_file(io::Files& files, const std::string& path, const ReadyLine& line) {
  return files.write_atomically(path, to_json(ReadyJson{line.url, line.setup_url}) + "\n");
}

}  // namespace fettle::app
