// Joining a server: makes the key, sends its public half with the token, keeps the answer. Run once by the
// command line; the HTTP client is handed in.
#pragma once
#include "fettle/agent/identity.h"
#include "fettle/io/task.h"

namespace fettle::agent {

struct EnrolAnswer {
  int status = 0;
  std::string body;
};

/// One POST of a JSON body. Errors are those of the network; any answer of the server is a value.
class EnrolClient {
 public:
  virtual ~EnrolClient() = default;
  /// `pins` as of net::ClientRequest.
  virtual Task<Result<EnrolAnswer>> post(std::string url, std::string json_body,
                                         std::vector<CertificatePin> pins) = 0;
};

struct EnrolOrder {
  std::string data_folder;
  std::string server_url;
  std::string token;  // with the pin of the server's certificate behind a dot, where it has one of its own
  std::string name;   // empty: the machine's own
  wire::Inventory machine;
  bool replaces = false;  // the identity that is there, once the server has given another
};

/// `invalid_input` ("token_unreadable") when the token is mangled. `conflict` ("already_enrolled") when the
/// folder holds an identity that is not to be replaced, before anything is sent. The server's refusals come
/// with its own codes. The key is on disk before the token is used, so that an attempt whose answer was lost
/// goes on with the same key.
Task<Result<Identity>> enroll(EnrolClient& client, io::Files& files, io::Random& random, EnrolOrder order);

}  // namespace fettle::agent
