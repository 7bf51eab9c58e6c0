#include "fettle/store/sqlite/sim_vfs.h"

#include <sqlite3.h>

#include <cstring>
#include <map>
#include <new>
#include <vector>

#include "fettle/base/check.h"

namespace fettle::store {
namespace {

using io::DiskCall;
using io::SimDisk;

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, std::max<std::size_t>(slash, 1));
}

/// The shared index of a write-ahead log: memory and eight locks, as long as a connection has it.
struct SharedIndex {
  std::vector<std::unique_ptr<std::vector<std::uint8_t>>> regions;
  std::array<int, SQLITE_SHM_NLOCK> shared{};
  std::array<bool, SQLITE_SHM_NLOCK> exclusive{};
  int users = 0;
};

/// Who holds which lock on a database file. Source: sqlite.org/lockingv3.html
struct FileLocks {
  int shared = 0;
  const void* writer = nullptr;  // holds RESERVED or more
  bool is_pending = false;
  bool is_exclusive = false;
};

struct World {
  SimDisk& disk;
  const std::uint64_t life;
  std::map<io::SimInode*, SharedIndex> indexes;
  std::map<io::SimInode*, FileLocks> locks;
  io::SimRandom random{1};

  [[nodiscard]] bool is_alive() const { return disk.life() == life; }
};

struct OpenFile {
  sqlite3_file base;
  World* world;
  SimDisk::Node node;
  std::string path;  // empty: temporary
  bool sync_name_too = false;
  int lock = SQLITE_LOCK_NONE;
  bool has_index = false;
  std::array<bool, SQLITE_SHM_NLOCK> index_shared{};
  std::array<bool, SQLITE_SHM_NLOCK> index_exclusive{};
};

OpenFile& self(sqlite3_file* file) {
  return *reinterpret_cast<OpenFile*>(file);
}

int code_of(const Result<>& result, int io_code) {
  if (result) return SQLITE_OK;
  return result.error().reason == "disk_full" ? SQLITE_FULL : io_code;
}

int read_at(sqlite3_file* handle, void* out, int size, sqlite3_int64 offset) {
  OpenFile& file = self(handle);
  if (!file.world->is_alive()) return SQLITE_IOERR_READ;
  const std::span<std::uint8_t> target(static_cast<std::uint8_t*>(out), static_cast<std::size_t>(size));
  const auto count = file.world->disk.read(file.node, static_cast<std::uint64_t>(offset), target);
  if (!count) return SQLITE_IOERR_READ;
  if (*count == target.size()) return SQLITE_OK;
  std::fill(target.begin() + static_cast<std::ptrdiff_t>(*count), target.end(), std::uint8_t{0});
  return SQLITE_IOERR_SHORT_READ;
}

int write_at(sqlite3_file* handle, const void* bytes, int size, sqlite3_int64 offset) {
  OpenFile& file = self(handle);
  if (!file.world->is_alive()) return SQLITE_IOERR_WRITE;
  const std::span<const std::uint8_t> what(static_cast<const std::uint8_t*>(bytes),
                                           static_cast<std::size_t>(size));
  return code_of(file.world->disk.write(file.node, static_cast<std::uint64_t>(offset), what),
                 SQLITE_IOERR_WRITE);
}

int truncate_to(sqlite3_file* handle, sqlite3_int64 size) {
  OpenFile& file = self(handle);
  if (!file.world->is_alive()) return SQLITE_IOERR_TRUNCATE;
  return code_of(file.world->disk.truncate(file.node, static_cast<std::uint64_t>(size)),
                 SQLITE_IOERR_TRUNCATE);
}

int sync_file(sqlite3_file* handle, int /*flags*/) {
  OpenFile& file = self(handle);
  if (!file.world->is_alive()) return SQLITE_IOERR_FSYNC;
  if (auto synced = file.world->disk.sync(file.node); !synced) return SQLITE_IOERR_FSYNC;
  if (!file.sync_name_too) return SQLITE_OK;
  // As the system's VFS does it: the first sync of a new log makes its name durable as well.
  if (auto synced = file.world->disk.sync_folder(folder_of(file.path)); !synced)
    return SQLITE_IOERR_DIR_FSYNC;
  file.sync_name_too = false;
  return SQLITE_OK;
}

int file_size(sqlite3_file* handle, sqlite3_int64* size) {
  OpenFile& file = self(handle);
  if (!file.world->is_alive()) return SQLITE_IOERR_FSTAT;
  *size = static_cast<sqlite3_int64>(file.node->bytes.size());
  return SQLITE_OK;
}

int lock_file(sqlite3_file* handle, int wanted) {
  OpenFile& file = self(handle);
  if (file.lock >= wanted) return SQLITE_OK;
  FileLocks& locks = file.world->locks[file.node.get()];
  const bool is_other_writer = locks.writer != nullptr && locks.writer != &file;
  if (wanted == SQLITE_LOCK_SHARED) {
    if (is_other_writer && (locks.is_pending || locks.is_exclusive)) return SQLITE_BUSY;
    ++locks.shared;
  } else {
    if (is_other_writer) return SQLITE_BUSY;
    locks.writer = &file;
    if (wanted == SQLITE_LOCK_EXCLUSIVE) {
      locks.is_pending = true;
      if (locks.shared > 1) {
        file.lock = SQLITE_LOCK_PENDING;
        return SQLITE_BUSY;
      }
      locks.is_exclusive = true;
    }
  }
  file.lock = wanted;
  return SQLITE_OK;
}

int unlock_file(sqlite3_file* handle, int wanted) {
  OpenFile& file = self(handle);
  if (file.lock <= wanted) return SQLITE_OK;
  FileLocks& locks = file.world->locks[file.node.get()];
  if (locks.writer == &file) {
    locks.writer = nullptr;
    locks.is_pending = false;
    locks.is_exclusive = false;
  }
  if (wanted == SQLITE_LOCK_NONE) --locks.shared;
  file.lock = wanted;
  return SQLITE_OK;
}

int is_reserved(sqlite3_file* handle, int* answer) {
  OpenFile& file = self(handle);
  *answer = file.world->locks[file.node.get()].writer != nullptr ? 1 : 0;
  return SQLITE_OK;
}

int index_map(sqlite3_file* handle, int region, int size, int extend, void volatile** out) {
  OpenFile& file = self(handle);
  if (!file.world->is_alive()) return SQLITE_IOERR_SHMMAP;
  SharedIndex& index = file.world->indexes[file.node.get()];
  if (!file.has_index) {
    file.has_index = true;
    ++index.users;
  }
  const auto wanted = static_cast<std::size_t>(region);
  *out = nullptr;
  if (index.regions.size() <= wanted && extend == 0) return SQLITE_OK;
  while (index.regions.size() <= wanted) {
    index.regions.push_back(std::make_unique<std::vector<std::uint8_t>>(static_cast<std::size_t>(size), 0));
  }
  *out = index.regions[wanted]->data();
  return SQLITE_OK;
}

int index_lock(sqlite3_file* handle, int offset, int count, int flags) {
  OpenFile& file = self(handle);
  if (!file.world->is_alive()) return SQLITE_IOERR_SHMLOCK;
  SharedIndex& index = file.world->indexes[file.node.get()];
  const auto first = static_cast<std::size_t>(offset);
  const auto end = first + static_cast<std::size_t>(count);
  const bool is_shared = (flags & SQLITE_SHM_SHARED) != 0;
  if ((flags & SQLITE_SHM_UNLOCK) != 0) {
    for (std::size_t i = first; i < end; ++i) {
      if (is_shared && std::exchange(file.index_shared[i], false)) --index.shared[i];
      if (!is_shared && std::exchange(file.index_exclusive[i], false)) index.exclusive[i] = false;
    }
    return SQLITE_OK;
  }
  for (std::size_t i = first; i < end; ++i) {
    const int own_shared = file.index_shared[i] ? 1 : 0;
    if (index.exclusive[i] && !file.index_exclusive[i]) return SQLITE_BUSY;
    if (!is_shared && index.shared[i] > own_shared) return SQLITE_BUSY;
  }
  for (std::size_t i = first; i < end; ++i) {
    if (is_shared && !std::exchange(file.index_shared[i], true)) ++index.shared[i];
    if (!is_shared) file.index_exclusive[i] = index.exclusive[i] = true;
  }
  return SQLITE_OK;
}

void index_barrier(sqlite3_file* /*handle*/) {}

int index_unmap(sqlite3_file* handle, int /*delete_it*/) {
  OpenFile& file = self(handle);
  if (!file.has_index) return SQLITE_OK;
  file.has_index = false;
  const auto found = file.world->indexes.find(file.node.get());
  for (std::size_t i = 0; i < SQLITE_SHM_NLOCK; ++i) {
    if (std::exchange(file.index_shared[i], false)) --found->second.shared[i];
    if (std::exchange(file.index_exclusive[i], false)) found->second.exclusive[i] = false;
  }
  if (--found->second.users == 0) file.world->indexes.erase(found);
  return SQLITE_OK;
}

int close_file(sqlite3_file* handle) {
  OpenFile& file = self(handle);
  index_unmap(handle, 0);
  unlock_file(handle, SQLITE_LOCK_NONE);
  file.~OpenFile();
  return SQLITE_OK;
}

int file_control(sqlite3_file* /*handle*/, int operation, void* argument) {
  if (operation != SQLITE_FCNTL_MMAP_SIZE) return SQLITE_NOTFOUND;
  *static_cast<sqlite3_int64*>(argument) = 0;  // there is no mapping here, whatever is asked for
  return SQLITE_OK;
}
int sector_size(sqlite3_file* /*handle*/) {
  return 4096;
}
int characteristics(sqlite3_file* /*handle*/) {
  return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

constexpr sqlite3_io_methods kMethods{
    2,          close_file,    read_at,     write_at,     truncate_to, sync_file,       file_size,
    lock_file,  unlock_file,   is_reserved, file_control, sector_size, characteristics, index_map,
    index_lock, index_barrier, index_unmap, nullptr,      nullptr};

World& world_of(sqlite3_vfs* vfs) {
  return *static_cast<World*>(vfs->pAppData);
}

int open_file(sqlite3_vfs* vfs, const char* name, sqlite3_file* handle, int flags, int* out_flags) {
  handle->pMethods = nullptr;
  World& world = world_of(vfs);
  if (!world.is_alive()) return SQLITE_CANTOPEN;
  auto* file = new (handle) OpenFile{.base = {.pMethods = nullptr}, .world = &world};
  if (name == nullptr) {
    file->node = std::make_shared<io::SimInode>();
  } else {
    file->path = name;
    const bool is_new = !world.disk.exists(file->path);
    auto node = world.disk.open(file->path, (flags & SQLITE_OPEN_CREATE) != 0);
    if (!node) {
      const bool is_absent = node.error().code == ErrorCode::not_found;
      file->~OpenFile();
      handle->pMethods = nullptr;
      return is_absent ? SQLITE_CANTOPEN : SQLITE_IOERR;
    }
    file->node = std::move(*node);
    file->sync_name_too = is_new && (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0;
  }
  file->base.pMethods = &kMethods;
  if (out_flags != nullptr) *out_flags = flags;
  return SQLITE_OK;
}

int delete_file(sqlite3_vfs* vfs, const char* name, int sync_name) {
  World& world = world_of(vfs);
  if (!world.is_alive()) return SQLITE_IOERR_DELETE;
  if (!world.disk.exists(name)) return SQLITE_IOERR_DELETE_NOENT;
  if (auto removed = world.disk.remove(name); !removed) return SQLITE_IOERR_DELETE;
  if (sync_name == 0) return SQLITE_OK;
  return world.disk.sync_folder(folder_of(name)) ? SQLITE_OK : SQLITE_IOERR_DIR_FSYNC;
}

int access_file(sqlite3_vfs* vfs, const char* name, int /*flags*/, int* answer) {
  World& world = world_of(vfs);
  if (!world.is_alive()) return SQLITE_IOERR_ACCESS;
  *answer = world.disk.exists(name) ? 1 : 0;
  return SQLITE_OK;
}

int full_name(sqlite3_vfs* /*vfs*/, const char* name, int size, char* out) {
  sqlite3_snprintf(size, out, "%s", name);
  return SQLITE_OK;
}

int randomness(sqlite3_vfs* vfs, int size, char* out) {
  world_of(vfs).random.fill({reinterpret_cast<std::uint8_t*>(out), static_cast<std::size_t>(size)});
  return size;
}

int sleep_for(sqlite3_vfs* /*vfs*/, int micros) {
  return micros;
}

int current_time(sqlite3_vfs* /*vfs*/, sqlite3_int64* out) {
  *out = 212'504'256'000'000;  // some day in 2021 as a Julian day in ms; the product's SQL never asks
  return SQLITE_OK;
}

int current_time_real(sqlite3_vfs* vfs, double* out) {
  sqlite3_int64 ms = 0;
  current_time(vfs, &ms);
  *out = static_cast<double>(ms) / 86'400'000.0;
  return SQLITE_OK;
}

int last_error(sqlite3_vfs* /*vfs*/, int /*size*/, char* /*out*/) {
  return 0;
}

}  // namespace

struct SimVfs::Impl {
  World world;
  std::string name;
  sqlite3_vfs vfs{};
};

SimVfs::SimVfs(io::SimDisk& disk) : impl_(new Impl{.world = {disk, disk.life(), {}, {}}, .name = {}}) {
  // The address makes the name unique among the machines of a simulation; nothing else depends on it.
  std::array<char, 40> name{};
  sqlite3_snprintf(static_cast<int>(name.size()), name.data(), "fettle-sim-%p",
                   static_cast<void*>(impl_.get()));
  impl_->name = name.data();
  sqlite3_vfs& vfs = impl_->vfs;
  vfs.iVersion = 2;
  vfs.szOsFile = static_cast<int>(sizeof(OpenFile));
  vfs.mxPathname = 1024;
  vfs.zName = impl_->name.c_str();
  vfs.pAppData = &impl_->world;
  vfs.xOpen = open_file;
  vfs.xDelete = delete_file;
  vfs.xAccess = access_file;
  vfs.xFullPathname = full_name;
  vfs.xRandomness = randomness;
  vfs.xSleep = sleep_for;
  vfs.xCurrentTime = current_time_real;
  vfs.xGetLastError = last_error;
  vfs.xCurrentTimeInt64 = current_time;
  FETTLE_CHECK(sqlite3_vfs_register(&vfs, 0) == SQLITE_OK);
  // SQLite's own generator (salts of the log) begins from the same point in every run of a simulation.
  sqlite3_test_control(SQLITE_TESTCTRL_PRNG_SEED, static_cast<int>(disk.life()),
                       static_cast<sqlite3*>(nullptr));
}

SimVfs::~SimVfs() {
  sqlite3_vfs_unregister(&impl_->vfs);
  FETTLE_CHECK(impl_->world.indexes.empty(), "a connection outlives its machine");
}

const std::string& SimVfs::name() const {
  return impl_->name;
}

}  // namespace fettle::store
