#include "fake_device_mapper.h"

#include <errno.h>
#include <linux/dm-ioctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

namespace {

enum class State { none, created, loaded, active };

State state = State::none;
char device_name[DM_NAME_LEN];

// As the kernel encodes 253:300: twelve bits for the minor number's upper part above those for the major one.
constexpr unsigned long device_number = (253 << 8) | (300 & 0xff) | ((300UL & ~0xffUL) << 12);

// What the kernel checks before it looks at the command.
bool is_sound(const dm_ioctl& header) {
  return header.version[0] == DM_VERSION_MAJOR && header.version[1] <= DM_VERSION_MINOR &&
         header.data_size >= sizeof header && strnlen(header.name, DM_NAME_LEN) < DM_NAME_LEN &&
         strnlen(header.uuid, DM_UUID_LEN) < DM_UUID_LEN;
}

bool is_the_device(const dm_ioctl& header) {
  return state != State::none && strcmp(header.name, device_name) == 0;
}

long create(dm_ioctl& header) {
  printf("create %s uuid=%s\n", header.name, header.uuid);
  if (state != State::none) return -EBUSY;
  strcpy(device_name, header.name);
  state = State::created;
  header.dev = device_number;
  return 0;
}

long load(const dm_ioctl& header) {
  const auto* bytes = reinterpret_cast<const char*>(&header);
  dm_target_spec target;
  memcpy(&target, bytes + header.data_start, sizeof target);
  const char* params = bytes + header.data_start + sizeof target;
  const size_t room = header.data_size - header.data_start - sizeof target;
  if (header.target_count != 1 || strnlen(params, room) == room) return -EINVAL;
  printf("load %s %s %llu+%llu %s \"%s\"\n", header.name, (header.flags & DM_READONLY_FLAG) != 0 ? "ro" : "rw",
         target.sector_start, target.length, target.target_type, params);
  state = State::loaded;
  return 0;
}

long resume(const dm_ioctl& header) {
  printf("%s %s\n", (header.flags & DM_SUSPEND_FLAG) != 0 ? "suspend" : "resume", header.name);
  state = State::active;
  return 0;
}

long status(dm_ioctl& header) {
  printf("status %s\n", header.name);
  header.data_start = sizeof header;
  header.target_count = state == State::active ? 1 : 0;
  const char* text = getenv("FAKE_DEVICE_STATUS");  // what the target says of itself
  if (text == nullptr) text = "V";
  char* to = reinterpret_cast<char*>(&header) + header.data_start + sizeof(dm_target_spec);
  const size_t room = header.data_size - header.data_start - sizeof(dm_target_spec);
  if (strlen(text) >= room) {
    header.flags |= DM_BUFFER_FULL_FLAG;
  } else {
    strcpy(to, text);
  }
  return 0;
}

long remove_device(const dm_ioctl& header) {
  printf("remove %s\n", header.name);
  state = State::none;
  return 0;
}

long answer(unsigned long request, dm_ioctl& header) {
  if (!is_sound(header)) return -EINVAL;
  if (request == DM_DEV_CREATE) return create(header);
  if (!is_the_device(header)) return -ENXIO;
  switch (request) {
    case DM_TABLE_LOAD: return load(header);
    case DM_DEV_SUSPEND: return resume(header);
    case DM_TABLE_STATUS: return status(header);
    case DM_DEV_REMOVE: return remove_device(header);
    default: return -ENOTTY;
  }
}

}  // namespace

bool is_device_mapper_request(unsigned long request) { return _IOC_TYPE(request) == DM_IOCTL; }

long fake_device_mapper(unsigned long request, void* message) {
  const long result = answer(request, *static_cast<dm_ioctl*>(message));
  fflush(stdout);
  return result;
}
