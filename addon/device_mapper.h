// Mapped block devices through the device mapper's own ioctls, linux/dm-ioctl.h. `control_path` is its control node,
// usually /dev/mapper/control.
#pragma once

#include <linux/dm-ioctl.h>

#include <cstdint>
#include <string>

#include "system_error.h"

namespace firstborn {

// Lengths without the NUL.
constexpr size_t max_device_name_bytes = DM_NAME_LEN - 1;
constexpr size_t max_device_uuid_bytes = DM_UUID_LEN - 1;
constexpr size_t max_target_type_bytes = DM_MAX_TYPE_NAME - 1;
constexpr size_t max_target_params_bytes = 4095;

// A device of one target that begins at its first sector.
struct MappedDeviceRequest {
  std::string control_path;
  std::string name;
  // Empty for none.
  std::string uuid;
  bool readonly;
  std::string target_type;
  uint64_t length_sectors;
  std::string target_params;
};

struct DeviceNumber {
  uint32_t major;
  uint32_t minor;
};

// Creates the device, loads its table and resumes it: from then on it can be read. When one of these fails the
// device is removed again. The error's call is the ioctl's name. Blocks while the target opens its devices.
auto create_mapped_device(const MappedDeviceRequest& request) -> Result<DeviceNumber>;

// EBUSY while it is open or mounted, ENXIO when there is none of that name.
auto remove_mapped_device(const std::string& control_path, const std::string& name) -> Result<void>;

// What the target says of itself; empty for a device without a table.
auto mapped_device_status(const std::string& control_path, const std::string& name) -> Result<std::string>;

}  // namespace firstborn
