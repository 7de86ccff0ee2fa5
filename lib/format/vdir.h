#pragma once
// Folders of vCard files, one card a file (vdir, as vdirsyncer, khard and Radicale keep them): names and safe writing.
// Reading is that of each file (reader.h).

#include <string>
#include <string_view>

#include "base/result.h"

namespace cardsrv::format {

// The name of an entry's file. The key itself and ".vcf" where it is fit for every file system; else a digest of it.
// Different keys have different names, also where case does not count.
[[nodiscard]] std::string vdir_file_name(std::string_view key);

// Writes a file of a folder in one step, synced. False: it has these bytes already and stays untouched, its etag (time
// and size) too. What a killed run was writing has a hidden name, which readers of vdirs pass over.
[[nodiscard]] Result<bool> put_vdir_file(const std::string& folder, const std::string& name, std::string_view text,
                                         unsigned mode);
// False: it was not there.
[[nodiscard]] Result<bool> remove_vdir_file(const std::string& folder, const std::string& name);

}  // namespace cardsrv::format
