// The descriptors of the one process that the fake kernel has, and whose they are. It notices when the
// interpreter closes, replaces or leaves behind what it must not.
#pragma once

#include <cstdint>

namespace firstborn::fuzz {

enum class Owner : uint8_t {
  nobody,
  // Was there before the plan.
  parent,
  // The child's end of the handshake.
  handshake,
  // Opened while the plan ran; the interpreter has to close it.
  interpreter,
  // The plan wished for it under this number: it stays.
  plan,
};

class DescriptorTable {
 public:
  // Everything below this is the parent's at first.
  static constexpr int inherited_count = 32;

  // `handshake` is one of the inherited, or -1.
  void reset(int handshake);

  // A number at or above `least`, CLOEXEC. -EMFILE when there is none.
  auto open(Owner owner, int least = 0) -> long;
  auto close(long fd) -> long;
  auto close_range(unsigned long first, unsigned long last) -> long;
  // dup3(2) without O_CLOEXEC.
  auto duplicate(long from, long to) -> long;
  // F_DUPFD_CLOEXEC: what the interpreter does with descriptors that are in the way.
  auto move(long from, long least) -> long;
  auto clear_cloexec(long fd) -> long;

  [[nodiscard]] auto owner(long fd) const -> Owner;
  // What execve and the end of a plan ask for.
  void require_cloexec() const;
  void require_no_leak() const;

 private:
  struct Descriptor {
    Owner owner;
    bool cloexec;
    // The plan asked for it to be seen by the program although it is something else, too.
    bool shown;
  };
  static constexpr int size = 256;

  Descriptor descriptors_[size];
};

}  // namespace firstborn::fuzz
