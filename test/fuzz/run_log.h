// What is told about a run, by the handshake or by an observer, held against the plan.
#pragma once

#include <cstdint>
#include <vector>

#include "../../addon/handshake.h"
#include "../../addon/plan_validator.h"

namespace firstborn::fuzz {

class RunLog {
 public:
  void reset(const ValidPlan& plan);

  // Stops the fuzzer when the record can't be true or can't come now.
  void add(const HandshakeRecord& record);

  // Whether the parent has been told all: that execve comes next, or how the plan ended.
  [[nodiscard]] auto says_executing() const -> bool { return last_ == HandshakeKind::executing; }
  [[nodiscard]] auto says_end() const -> bool {
    return last_ == HandshakeKind::failure || last_ == HandshakeKind::ended;
  }

 private:
  std::vector<RecordHeader> headers_;
  uint32_t operation_ = 0;
  HandshakeKind last_{};
};

}  // namespace firstborn::fuzz
