#include "event_channel.h"

#include <fcntl.h>
#include <linux/types.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

// The kernel's headers leave these types to Xen's.
using domid_t = __u16;
using grant_ref_t = __u32;
#include <xen/evtchn.h>
#include <xen/gntdev.h>

#include "failure.h"
#include "pause.h"

namespace firstborn {

namespace {

constexpr char event_device[] = "/dev/xen/evtchn";
constexpr char grant_device[] = "/dev/xen/gntdev";
constexpr size_t page_bytes = 4096;
constexpr int bind_attempts = 40;
constexpr long bind_pause_ms = 50;

auto open_device(const char* path) -> UniqueFd {
  const long opened = raw_syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
  if (opened < 0) fail("open", path, error_of(opened));
  return UniqueFd(opened);
}

}  // namespace

EventChannel::EventChannel(uint32_t domain, uint32_t remote_port) : device_(open_device(event_device)) {
  ioctl_evtchn_bind_interdomain bind{domain, remote_port};
  for (int attempt = 1;; attempt++) {
    const long port = raw_syscall(SYS_ioctl, device_.get(), IOCTL_EVTCHN_BIND_INTERDOMAIN, &bind);
    if (port >= 0) {
      port_ = static_cast<uint32_t>(port);
      return;
    }
    if (attempt == bind_attempts) fail("bind the console's event channel by", event_device, error_of(port));
    pause_ms(bind_pause_ms);
  }
}

void EventChannel::notify() {
  ioctl_evtchn_notify notify{port_};
  // A guest that has just gone is found out by xenstore.
  raw_syscall(SYS_ioctl, device_.get(), IOCTL_EVTCHN_NOTIFY, &notify);
}

void EventChannel::take() {
  uint32_t port = 0;
  const long got = raw_syscall(SYS_read, device_.get(), &port, sizeof port);
  if (got != sizeof port) fail("read from", event_device, got < 0 ? error_of(got) : EIO);
  // Written back, the port is open for the next event.
  const long written = raw_syscall(SYS_write, device_.get(), &port, sizeof port);
  if (written < 0) fail("write to", event_device, error_of(written));
}

auto map_granted_page(uint32_t domain, uint32_t grant) -> ConsolePage* {
  UniqueFd device = open_device(grant_device);
  ioctl_gntdev_map_grant_ref request{1, 0, 0, {{domain, grant}}};
  const long asked = raw_syscall(SYS_ioctl, device.get(), IOCTL_GNTDEV_MAP_GRANT_REF, &request);
  if (asked < 0) fail("ask for the console's page at", grant_device, error_of(asked));
  const long mapped = raw_syscall(SYS_mmap, nullptr, page_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, device.get(),
                                  static_cast<long>(request.index));
  if (mapped < 0 && mapped > -4096) fail("map the console's page by", grant_device, error_of(mapped));
  // The mapping lives as long as the device is open: as long as this program.
  static_cast<void>(device.release());
  return reinterpret_cast<ConsolePage*>(mapped);
}

}  // namespace firstborn
