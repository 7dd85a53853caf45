// A device mapper that is not there: it answers the ioctls of linux/dm-ioctl.h as the kernel does for one device.
#pragma once

// Whether an ioctl is one for the device mapper.
bool is_device_mapper_request(unsigned long request);

// Prints the request, a line each, and gives 0 or an errno value negated.
long fake_device_mapper(unsigned long request, void* message);
