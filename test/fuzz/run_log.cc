#include "run_log.h"

#include <algorithm>
#include <cstring>

#include "finding.h"

namespace firstborn::fuzz {

void RunLog::reset(const ValidPlan& plan) {
  headers_.resize(plan.operation_count());
  const std::byte* record = plan.first_record();
  for (RecordHeader& header : headers_) {
    std::memcpy(&header, record, sizeof header);
    record += header.length_bytes;
  }
  operation_ = 0;
  last_ = {};
}

void RunLog::add(const HandshakeRecord& record) {
  FUZZ_REQUIRE(!says_end(), "goes on after the end of the plan");
  last_ = record.kind;
  if (record.kind == HandshakeKind::ended) return;
  FUZZ_REQUIRE(record.operation < headers_.size(), "reports an operation that the plan does not have");
  FUZZ_REQUIRE(record.operation >= operation_, "reports an operation after a later one");
  operation_ = record.operation;
  const RecordHeader& header = headers_[record.operation];
  const uint32_t error = record.error_or_stage;
  switch (record.kind) {
    case HandshakeKind::warning:
    case HandshakeKind::failure:
      FUZZ_REQUIRE(error > 0 && error <= max_errno, "reports an errno value that can't be");
      FUZZ_REQUIRE(std::ranges::find(header.accepted, error) == std::end(header.accepted),
                   "reports an errno value that is accepted");
      FUZZ_REQUIRE(((header.flags & warn_flag) != 0) == (record.kind == HandshakeKind::warning),
                   "takes a failure for a warning or the other way round");
      return;
    case HandshakeKind::executing:
    case HandshakeKind::waiting: return;
    default: FUZZ_REQUIRE(false, "sends a record of an unknown kind");
  }
}

}  // namespace firstborn::fuzz
