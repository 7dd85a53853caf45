#pragma once

#include "system_error.h"

namespace firstborn {

enum class PowerAction { poweroff, restart, halt };

// reboot(2). Does not sync. Returns only an error.
auto reboot_machine(PowerAction action) -> Result<void>;

// LINUX_REBOOT_CMD_CAD_OFF: Ctrl-Alt-Del signals process 1 instead of restarting the machine.
auto disable_control_alt_delete() -> Result<void>;

// From now on a fatal signal in this process writes a line to `console_fd`, which is duplicated, and powers the
// machine off. For PID 1: its death by signal would be a kernel panic without a word.
auto install_last_resort(int console_fd) -> Result<void>;

}  // namespace firstborn
