#include "device_mapper.h"

#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cstddef>

#include "unique_fd.h"

namespace firstborn {

namespace {

// The header of every request, then room for one target with its parameters, or for its status.
struct Message {
  dm_ioctl header;
  dm_target_spec target;
  char text[max_target_params_bytes + 1];
};
static_assert(offsetof(Message, target) == sizeof(dm_ioctl));
static_assert(offsetof(Message, text) == sizeof(dm_ioctl) + sizeof(dm_target_spec));

// Zeros where the string ends; the callers have checked that it fits with its NUL.
template <size_t capacity>
void put_string(char (&field)[capacity], const std::string& text) {
  memcpy(field, text.data(), std::min(text.size(), capacity - 1));
}

auto message_to(const std::string& name) -> Message {
  Message message{};
  // The oldest interface of this major version; the kernel answers with its own.
  message.header.version[0] = DM_VERSION_MAJOR;
  message.header.data_size = sizeof message;
  message.header.data_start = offsetof(Message, target);
  put_string(message.header.name, name);
  return message;
}

auto open_control(const std::string& path) -> Result<UniqueFd> {
  const long opened = raw_syscall(SYS_openat, AT_FDCWD, path.c_str(), O_RDWR | O_CLOEXEC, 0);
  if (opened < 0) return std::unexpected(SystemError{"openat", error_of(opened)});
  return UniqueFd(opened);
}

auto send(int control, const char* name, unsigned long command, Message& message) -> Result<void> {
  return checked_void(name, raw_syscall(SYS_ioctl, control, command, &message));
}

auto load_table(int control, const MappedDeviceRequest& request) -> Result<void> {
  Message message = message_to(request.name);
  message.header.target_count = 1;
  message.header.flags = request.readonly ? DM_READONLY_FLAG : 0;
  message.target.length = request.length_sectors;
  message.target.next = sizeof message.target + sizeof message.text;
  put_string(message.target.target_type, request.target_type);
  put_string(message.text, request.target_params);
  return send(control, "DM_TABLE_LOAD", DM_TABLE_LOAD, message);
}

auto resume(int control, const std::string& name) -> Result<void> {
  Message message = message_to(name);  // without DM_SUSPEND_FLAG it means the opposite
  return send(control, "DM_DEV_SUSPEND", DM_DEV_SUSPEND, message);
}

auto remove(int control, const std::string& name) -> Result<void> {
  Message message = message_to(name);
  return send(control, "DM_DEV_REMOVE", DM_DEV_REMOVE, message);
}

}  // namespace

auto create_mapped_device(const MappedDeviceRequest& request) -> Result<DeviceNumber> {
  const auto control = open_control(request.control_path);
  if (!control) return std::unexpected(control.error());
  Message created = message_to(request.name);
  put_string(created.header.uuid, request.uuid);
  if (const auto done = send(control->get(), "DM_DEV_CREATE", DM_DEV_CREATE, created); !done) {
    return std::unexpected(done.error());
  }
  auto usable = load_table(control->get(), request);
  if (usable) usable = resume(control->get(), request.name);
  if (!usable) {
    // Half a device must not keep the name. What went wrong first is what the caller wants to know.
    (void)remove(control->get(), request.name);
    return std::unexpected(usable.error());
  }
  return DeviceNumber{major(created.header.dev), minor(created.header.dev)};
}

auto remove_mapped_device(const std::string& control_path, const std::string& name) -> Result<void> {
  const auto control = open_control(control_path);
  if (!control) return std::unexpected(control.error());
  return remove(control->get(), name);
}

auto mapped_device_status(const std::string& control_path, const std::string& name) -> Result<std::string> {
  const auto control = open_control(control_path);
  if (!control) return std::unexpected(control.error());
  Message message = message_to(name);
  if (const auto done = send(control->get(), "DM_TABLE_STATUS", DM_TABLE_STATUS, message); !done) {
    return std::unexpected(done.error());
  }
  if ((message.header.flags & DM_BUFFER_FULL_FLAG) != 0) {
    return std::unexpected(SystemError{"DM_TABLE_STATUS", EMSGSIZE});
  }
  // Where the header of this version ends, the answer begins.
  if (message.header.data_start != offsetof(Message, target)) {
    return std::unexpected(SystemError{"DM_TABLE_STATUS", EPROTO});
  }
  if (message.header.target_count == 0) return std::string();
  return std::string(message.text, strnlen(message.text, sizeof message.text));
}

}  // namespace firstborn
