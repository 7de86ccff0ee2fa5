#pragma once
// Files that are replaced in one step and synced.

#include <string>
#include <string_view>

#include "base/result.h"

namespace cardsrv {

// Turns errno into an error that names the path: kDiskFull, kReadOnly, kNoFile or kIo.
[[nodiscard]] Error file_error(int error_number, std::string_view what, std::string_view path);

// All of `data` to where the descriptor stands. False: errno says why, and part of it may be there.
[[nodiscard]] bool write_whole(int fd, std::string_view data);

// Writes `data` to a temporary file beside `path`, syncs it, renames it over `path` and syncs the folder.
[[nodiscard]] Result<void> replace_file(const std::string& path, std::string_view data, unsigned mode);

// As above; the temporary file's path is `temporary`, in the same folder, in which XXXXXX before the last `suffix`
// bytes becomes random. A killed process can leave it behind.
[[nodiscard]] Result<void> replace_file(const std::string& path, std::string temporary, size_t suffix,
                                        std::string_view data, unsigned mode);

// Whether `name` is that of a temporary file that replace_file() or replace_unchanged_file() made, and a killed process
// left behind: for the file `of`, or for any, where that is empty.
[[nodiscard]] bool is_unfinished(std::string_view name, std::string_view of);

// The bytes of a file as they stand, compressed or not.
[[nodiscard]] Result<std::string> read_bytes(const std::string& path);

// Replaces a file that another program may change at the same time: writes `data` beside it with its mode and, where
// that is allowed, its owner, syncs, and changes places with the file in one step. Symbolic links are followed. False:
// the file is not, or no more, `expected`; then it stays as the other program left it. What was replaced becomes
// `backup`, a path in the same file system, in one step too.
[[nodiscard]] Result<bool> replace_unchanged_file(const std::string& path, std::string_view expected,
                                                  std::string_view data, const std::string& backup);

// Whether two paths name one file of the disk, which need not be there; "-" is standard input. Devices and pipes are no
// such files.
[[nodiscard]] bool same_file(const std::string& a, const std::string& b);

// Makes a folder for its owner alone (0700); nothing to do where there is one.
[[nodiscard]] Result<void> make_folder(const std::string& path);

// Makes a rename or a new name in the folder of `path` durable.
[[nodiscard]] Result<void> sync_folder_of(const std::string& path);

// The whole file (at most `limit` bytes, kUsage past it).
[[nodiscard]] Result<std::string> read_file(const std::string& path, size_t limit);

}  // namespace cardsrv
