#pragma once
// A vdir: a folder with a vCard file for each contact, as vdirsyncer, khard and Radicale keep them. Other programs may
// read and write it at the same time: a file is replaced in one step, and one that would not change is not touched,
// since its time and size are what they notice a change by. Not for: reading one (service/card_files.h), what goes into
// a file.

#include <string>
#include <string_view>

#include "base/result.h"

namespace cardsrv::format {

// The file's name for the key of an entry: the key and ".vcf" where it is made of a-z 0-9 _ . @ + = - alone, has at
// most 100 bytes, does not begin with a dot, and is no device of Windows ("con"); else one made of its digest. Keys
// with capitals are among the latter: some file systems take them for others. Always the same name for a key, and never
// one name for two, on any file system; it needs no escaping in a URL.
[[nodiscard]] std::string vdir_file_name(std::string_view key);

// Makes `folder`/`name` hold `text`. False: it does already, and was not touched. Else it is written beside as
// ".<name>.<random>.tmp", which readers of vdirs skip, synced, and renamed. A symbolic link of that name is replaced,
// not followed. kUsage: a name with a slash, or a hidden one; else what replace_file() fails with. May be run again.
[[nodiscard]] Result<bool> put_vdir_file(const std::string& folder, const std::string& name, std::string_view text,
                                         unsigned mode);

// Whether `folder`/`name` is a regular file that holds `text`, so that put_vdir_file() would not touch it.
[[nodiscard]] bool vdir_file_holds(const std::string& folder, const std::string& name, std::string_view text);

// False: it was not there. May be run again.
[[nodiscard]] Result<bool> remove_vdir_file(const std::string& folder, const std::string& name);

// Removes temporary files that killed runs left in `folder`: those of put_vdir_file()'s names that are older than an
// hour, so that none is taken from a writer that is at work. To be called once by whoever writes a folder; returns how
// many there were. kNoFile: the folder cannot be read.
[[nodiscard]] Result<size_t> sweep_vdir(const std::string& folder);

}  // namespace cardsrv::format
