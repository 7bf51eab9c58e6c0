// What lies in the spool of a host comes to runs in its book, whoever put it there: real files, virtual time.
#include "fettle/agent/act/exec_desk.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "fettle/agent/act/run_frame.h"
#include "fettle/wire/opened_id.h"
#include "tests/unit/agent/run_fixture.h"
#include "tests/unit/agent/temporary_root.h"

namespace fettle::agent {
namespace {

std::string frame(RunFrameKind kind, std::uint64_t first, std::uint64_t second, std::string_view payload) {
  std::string out;
  append_run_frame(out, {.kind = kind, .first = first, .second = second, .payload = payload});
  return out;
}

std::string opened_frame(const std::string& id) {
  return frame(RunFrameKind::opened, 0, 0,
               wire::encode(wire::RunOpened{.run_id = id, .name = "nightly", .started_at_ms = 1000}));
}
std::string ended_frame() {
  return frame(RunFrameKind::ended, 2000, 0, "");
}

/// A file of the spool that somebody holds open, as `fettle exec` does.
class Writer {
 public:
  explicit Writer(const std::string& path)
      : file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640)) {
    EXPECT_EQ(::flock(file_, LOCK_EX | LOCK_NB), 0);
  }
  ~Writer() { end(); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  void write(const std::string& bytes) const {
    EXPECT_EQ(::write(file_, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  }
  void end() {
    if (file_ >= 0) ::close(std::exchange(file_, -1));
  }

 private:
  int file_;
};

struct DeskFixture : RunFixture {
  DeskFixture() {
    start();
    desk = std::make_unique<ExecDesk>(loop, clock, log, book(),
                                      std::make_unique<io::SystemSpool>(loop, root.at("")));
  }
  ~DeskFixture() { loop.run(desk->stop()); }
  DeskFixture(const DeskFixture&) = delete;
  DeskFixture& operator=(const DeskFixture&) = delete;

  RunBook& book() { return agent->desk()->book(); }
  std::string path(int number) const { return root.at(id(number) + ".exec"); }
  bool is_there(int number) const { return std::filesystem::exists(path(number)); }
  void put(int number, const std::string& bytes) const { root.write(id(number) + ".exec", bytes); }
  void begin() { loop.run(desk->start({})); }
  /// A look that nothing in the folder caused.
  void look() {
    root.write("0.exec", "");  // goes by itself, and says that something changed
    EXPECT_TRUE(wait([&] { return !std::filesystem::exists(root.at("0.exec")); }));
  }
  bool wait(const std::function<bool()>& is_so) { return loop.run_until(is_so, std::chrono::minutes(10)); }

  TemporaryRoot root;
  std::unique_ptr<ExecDesk> desk;
};

TEST(ExecDesk, AFileIsARunAndGoesWhenItIsTold) {
  DeskFixture fixture;
  fixture.put(
      1, opened_frame(DeskFixture::id(1)) + frame(RunFrameKind::output, 1500, 0, "hello\n") + ended_frame());
  fixture.begin();
  EXPECT_TRUE(fixture.wait_for_end(1));
  EXPECT_EQ(fixture.known(1).phase(), wire::RunPhase::completed);
  EXPECT_EQ(fixture.known(1).log(), "hello\n");
  EXPECT_TRUE(fixture.wait([&] { return !fixture.is_there(1); }));
  EXPECT_EQ(fixture.desk->figures().taken, 1U);
  EXPECT_EQ(fixture.desk->figures().dropped, 0U);
}

/// The spool is everybody's, and the page shows the ids of runs.
TEST(ExecDesk, NobodyTellsOfARunThatTheServerOrdered) {
  DeskFixture fixture;
  fixture.begin();
  fixture.server.send(RunFixture::order(1));
  ASSERT_TRUE(fixture.wait_for_taken(1));
  ASSERT_TRUE(fixture.wait([&] { return !fixture.known(1).reports.empty(); }));
  fixture.put(1, opened_frame(DeskFixture::id(1)) + ended_frame());
  EXPECT_TRUE(fixture.wait([&] { return !fixture.is_there(1); }));
  EXPECT_EQ(fixture.desk->figures().dropped, 1U);
  EXPECT_FALSE(fixture.known(1).is_over()) << "the command still runs";
  EXPECT_TRUE(fixture.wait_for_end(1));
  EXPECT_EQ(fixture.known(1).log(), "one\ncareful\ntwo\n") << "all of it is the command's own";
}

TEST(ExecDesk, NobodyTakesTheIdOfADueTime) {
  DeskFixture fixture;
  Uuid due = make_uuid7(1'732'452'000'000, {1, 2, 3});
  due[wire::kUuidVersionByte] = wire::kDueTimeVersion | 1;
  const std::string id = HostRunId(due).text();
  fixture.root.write(id + ".exec", opened_frame(id) + ended_frame());
  fixture.begin();
  EXPECT_TRUE(fixture.wait([&] { return !std::filesystem::exists(fixture.root.at(id + ".exec")); }));
  EXPECT_EQ(fixture.desk->figures().dropped, 1U);
  EXPECT_FALSE(fixture.book().holds(id));
}

TEST(ExecDesk, AnOrderForARunThatBeganByItselfIsRefused) {
  DeskFixture fixture;
  Writer writer(fixture.path(1));
  writer.write(opened_frame(DeskFixture::id(1)));
  fixture.begin();
  ASSERT_TRUE(fixture.wait([&] { return fixture.book().has_taken(DeskFixture::id(1)); }));
  fixture.server.send(RunFixture::order(1));
  ASSERT_TRUE(fixture.wait_for_taken(1));
  EXPECT_NE(fixture.known(1).taken.front().refused, "");
}

TEST(ExecDesk, AFileThatSaysNothingLeavesNothingBehind) {
  DeskFixture fixture;
  fixture.begin();
  for (int number = 1; number <= 20; ++number) {
    Writer writer(fixture.path(number));
    fixture.look();
    EXPECT_TRUE(fixture.is_there(number)) << "it may still say something";
    std::filesystem::remove(fixture.path(number));
    fixture.look();
  }
  EXPECT_EQ(fixture.desk->figures().following, 0U);
  Writer late(fixture.path(21));
  fixture.look();
  late.write(opened_frame(DeskFixture::id(21)).substr(0, 10));
  fixture.look();
  late.write(opened_frame(DeskFixture::id(21)).substr(10));
  EXPECT_TRUE(fixture.wait([&] { return fixture.book().holds(DeskFixture::id(21)); }));
}

TEST(ExecDesk, ARunWhoseFileCanBeReadNoMoreHasAnEnd) {
  DeskFixture fixture;
  Writer linked(fixture.path(1)), large(fixture.path(2)), removed(fixture.path(3));
  linked.write(opened_frame(DeskFixture::id(1)));
  large.write(opened_frame(DeskFixture::id(2)));
  removed.write(opened_frame(DeskFixture::id(3)));
  fixture.begin();
  ASSERT_TRUE(fixture.wait([&] { return fixture.desk->figures().following == 3; }));
  std::filesystem::create_hard_link(fixture.path(1), fixture.root.at("elsewhere"));
  std::filesystem::resize_file(fixture.path(2), io::kLargestSpoolFile + 1);
  std::filesystem::remove(fixture.path(3));
  for (int number = 1; number <= 3; ++number) {
    EXPECT_TRUE(fixture.wait_for_end(number, std::chrono::minutes(10))) << number;
    EXPECT_EQ(fixture.known(number).phase(), wire::RunPhase::interrupted);
    EXPECT_TRUE(fixture.wait([&] { return !fixture.is_there(number); })) << number;
  }
  EXPECT_EQ(fixture.desk->figures().following, 0U);
}

/// A thousand files of somebody keep nobody's from being read.
TEST(ExecDesk, FilesAreReadInTurn) {
  DeskFixture fixture;
  constexpr int kSilent = 1'100;
  std::vector<std::unique_ptr<Writer>> silent;
  for (int number = 1; number <= kSilent; ++number)
    silent.push_back(std::make_unique<Writer>(fixture.path(number)));
  fixture.put(5000, opened_frame(DeskFixture::id(5000)) + ended_frame());
  fixture.begin();
  EXPECT_TRUE(fixture.wait_for_end(5000));
  EXPECT_EQ(fixture.desk->figures().dropped, 0U);
}

}  // namespace
}  // namespace fettle::agent
