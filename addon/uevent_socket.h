#pragma once

#include "system_error.h"
#include "unique_fd.h"

namespace firstborn {

// A netlink(7) socket that hears the kernel's uevents, non-blocking. One read gives one message and drops what
// does not fit; 8 KiB hold the longest. Whoever has CAP_NET_ADMIN can send to it as well, so a message is a
// hint to look into sysfs and no more.
auto open_uevent_socket() -> Result<UniqueFd>;

}  // namespace firstborn
