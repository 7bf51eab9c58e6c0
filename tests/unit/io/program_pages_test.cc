#include "fettle/io/program_pages.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

// Of the linker: where the program's file begins in memory, and where its code ends.
extern "C" const volatile char __executable_start[];
extern "C" const volatile char etext[];

namespace fettle::io {
namespace {

/// KiB of this program's file that are in memory as the file has them (proc_pid_smaps(5)).
long unwritten_kib_of_program() {
  std::ifstream maps("/proc/self/smaps");
  const std::string own = std::filesystem::read_symlink("/proc/self/exe").string();
  bool is_own = false;
  long kib = 0;
  for (std::string line; std::getline(maps, line);) {
    if (line.find('-') < line.find(' ')) is_own = line.ends_with(own);
    const bool is_in_memory = line.starts_with("Rss:");
    if (!is_own || (!is_in_memory && !line.starts_with("Anonymous:"))) continue;
    std::istringstream words(line.substr(line.find(':') + 1));
    long value = 0;
    words >> value;
    kib += is_in_memory ? value : -value;
  }
  return kib;
}

/// Reads between the objects as well, which is what the address sanitizer is for.
__attribute__((no_sanitize("address"))) long touch_all_code() {
  long sum = 0;
  for (const volatile char* at = __executable_start; at < etext; at += 4096) sum += *at;
  return sum;
}

int written_by_us = 1;  // NOLINT: the test writes it

TEST(ProgramPages, WhatIsReleasedIsOutOfMemoryAndComesBack) {
  const long sum = touch_all_code();
  written_by_us = 7;
  const long before = unwritten_kib_of_program();
  release_program_pages();
  const long after = unwritten_kib_of_program();
  EXPECT_LT(after, before / 2);
  EXPECT_EQ(touch_all_code(), sum);
  EXPECT_EQ(written_by_us, 7);
}

}  // namespace
}  // namespace fettle::io
