// What nearly every file needs and nobody changes: the standard library and the coroutine type. Kept small on
// purpose; a header of Beast here would cost more than it saves (docs/decisions/0009).
#pragma once
#include <algorithm>
#include <array>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>
