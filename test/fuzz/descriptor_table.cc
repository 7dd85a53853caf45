#include "descriptor_table.h"

#include <cerrno>

#include "finding.h"

namespace firstborn::fuzz {

void DescriptorTable::reset(int handshake) {
  for (Descriptor& descriptor : descriptors_) descriptor = {Owner::nobody, false, false};
  for (int fd = 0; fd < inherited_count; fd++) descriptors_[fd] = {Owner::parent, true, false};
  if (handshake >= 0) descriptors_[handshake].owner = Owner::handshake;
}

auto DescriptorTable::owner(long fd) const -> Owner {
  return fd < 0 || fd >= size ? Owner::nobody : descriptors_[fd].owner;
}

auto DescriptorTable::open(Owner owner, int least) -> long {
  for (int fd = least; fd < size; fd++) {
    if (descriptors_[fd].owner != Owner::nobody) continue;
    descriptors_[fd] = {owner, true, false};
    return fd;
  }
  return -EMFILE;
}

auto DescriptorTable::close(long fd) -> long {
  FUZZ_REQUIRE(owner(fd) == Owner::interpreter || owner(fd) == Owner::handshake,
               "closes a descriptor that is not its own");
  descriptors_[fd] = {Owner::nobody, false, false};
  return 0;
}

auto DescriptorTable::close_range(unsigned long first, unsigned long last) -> long {
  if (first > last) return -EINVAL;
  for (unsigned long fd = first; fd <= last && fd < size; fd++) {
    const Owner its_owner = descriptors_[fd].owner;
    FUZZ_REQUIRE(its_owner != Owner::interpreter && its_owner != Owner::handshake,
                 "closes a descriptor that is in use with a range");
    descriptors_[fd] = {Owner::nobody, false, false};
  }
  return 0;
}

auto DescriptorTable::duplicate(long from, long to) -> long {
  if (from == to) return -EINVAL;
  if (owner(from) == Owner::nobody || to < 0 || to >= size) return -EBADF;
  FUZZ_REQUIRE(owner(to) != Owner::interpreter && owner(to) != Owner::handshake,
               "puts a descriptor over one that is in use");
  descriptors_[to] = {Owner::plan, false, false};
  return to;
}

auto DescriptorTable::move(long from, long least) -> long {
  const Owner its_owner = owner(from);
  if (its_owner == Owner::nobody) return -EBADF;
  FUZZ_REQUIRE(its_owner == Owner::interpreter || its_owner == Owner::handshake,
               "moves a descriptor that is not its own");
  if (least < 0 || least >= size) return -EINVAL;
  return open(its_owner, static_cast<int>(least));
}

auto DescriptorTable::clear_cloexec(long fd) -> long {
  if (owner(fd) == Owner::nobody) return -EBADF;
  descriptors_[fd].cloexec = false;
  descriptors_[fd].shown = true;
  return 0;
}

void DescriptorTable::require_cloexec() const {
  for (const Descriptor& descriptor : descriptors_) {
    if (descriptor.owner != Owner::interpreter && descriptor.owner != Owner::handshake) continue;
    FUZZ_REQUIRE(descriptor.cloexec || descriptor.shown, "leaves a descriptor open in the program");
  }
}

void DescriptorTable::require_no_leak() const {
  for (const Descriptor& descriptor : descriptors_) {
    FUZZ_REQUIRE(descriptor.owner != Owner::interpreter, "leaves a descriptor open at the end");
  }
}

}  // namespace firstborn::fuzz
