// Reading the arguments of a call from JavaScript.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "../plan_validator.h"
#include "napi_settings.h"

namespace firstborn {

// The first argument that is wrong throws TypeError (its type) or RangeError (its value); from then on `failed`
// holds, nothing more is read and the values mean nothing.
class Arguments {
 public:
  // `name` is the export's, for messages. A call with another number of arguments throws TypeError.
  Arguments(const Napi::CallbackInfo& info, const char* name, size_t count);

  [[nodiscard]] auto failed() const -> bool { return failed_; }

  auto integer(size_t index, int64_t least, int64_t most) -> int64_t;
  // A number that can be a descriptor, open or not.
  auto fd(size_t index) -> int;
  auto boolean(size_t index) -> bool;
  // UTF-8 without NUL.
  auto string(size_t index) -> std::string;
  // Bytes that stay JavaScript's: they may change when it runs again.
  auto bytes(size_t index, size_t least_length_bytes) -> std::span<uint8_t>;
  // Numbers that stay JavaScript's, for results.
  auto doubles(size_t index, size_t least_count) -> std::span<double>;
  auto function(size_t index) -> Napi::Function;
  // Any object, for `Options`.
  auto object(size_t index) -> Napi::Object;
  // A finite number, fractions included.
  auto number(size_t index, double least, double most) -> double;
  // A whole number in the options object at `index`. With a `fallback` it may be left out.
  auto option(size_t index, const char* name, int64_t least, int64_t most,
              std::optional<int64_t> fallback = std::nullopt) -> int64_t;
  // Validates a copy of the plan, which `storage` holds: aligned, and out of JavaScript's reach.
  auto plan(size_t index, std::vector<uint64_t>& storage) -> std::optional<ValidPlan>;

  void fail_type(const std::string& reason);
  void fail_range(const std::string& reason);

  // Checks a number that was found elsewhere; `what` names it in the message.
  auto whole(const Napi::Value& value, const std::string& what, int64_t least, int64_t most) -> int64_t;

 private:
  void fail(const Napi::Error& error);
  [[nodiscard]] auto message(const std::string& reason) const -> std::string;

  const Napi::CallbackInfo& info_;
  const char* name_;
  bool failed_ = false;
};

}  // namespace firstborn
