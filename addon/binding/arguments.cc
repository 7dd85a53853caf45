#include "arguments.h"

#include <cmath>
#include <cstring>

namespace firstborn {

namespace {

auto argument_name(size_t index) -> std::string { return "argument " + std::to_string(index + 1); }

}  // namespace

Arguments::Arguments(const Napi::CallbackInfo& info, const char* name, size_t count)
    : info_(info), name_(name) {
  if (info.Length() != count) {
    fail_type("expected " + std::to_string(count) + " arguments, got " + std::to_string(info.Length()));
  }
}

auto Arguments::integer(size_t index, int64_t least, int64_t most) -> int64_t {
  return failed_ ? 0 : whole(info_[index], argument_name(index), least, most);
}

auto Arguments::fd(size_t index) -> int { return static_cast<int>(integer(index, 0, INT32_MAX)); }

auto Arguments::boolean(size_t index) -> bool {
  if (failed_) return false;
  if (info_[index].IsBoolean()) return info_[index].As<Napi::Boolean>().Value();
  fail_type(argument_name(index) + " must be a boolean");
  return false;
}

auto Arguments::string(size_t index) -> std::string {
  if (failed_) return {};
  if (!info_[index].IsString()) {
    fail_type(argument_name(index) + " must be a string");
    return {};
  }
  std::string text = info_[index].As<Napi::String>().Utf8Value();
  if (text.find('\0') != std::string::npos) fail_range(argument_name(index) + " must not hold a NUL");
  return text;
}

auto Arguments::bytes(size_t index, size_t least_length_bytes) -> std::span<uint8_t> {
  if (failed_) return {};
  const Napi::Value value = info_[index];
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
    fail_type(argument_name(index) + " must be a Uint8Array");
    return {};
  }
  auto array = value.As<Napi::Uint8Array>();
  if (array.ElementLength() < least_length_bytes) fail_range(argument_name(index) + " must not be empty");
  return {array.Data(), array.ElementLength()};
}

auto Arguments::doubles(size_t index, size_t least_count) -> std::span<double> {
  if (failed_) return {};
  const Napi::Value value = info_[index];
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_float64_array) {
    fail_type(argument_name(index) + " must be a Float64Array");
    return {};
  }
  auto array = value.As<Napi::Float64Array>();
  if (array.ElementLength() < least_count) {
    fail_range(argument_name(index) + " must have room for " + std::to_string(least_count) + " numbers");
  }
  return {array.Data(), array.ElementLength()};
}

auto Arguments::function(size_t index) -> Napi::Function {
  if (!failed_ && !info_[index].IsFunction()) fail_type(argument_name(index) + " must be a function");
  return failed_ ? Napi::Function() : info_[index].As<Napi::Function>();
}

auto Arguments::object(size_t index) -> Napi::Object {
  if (!failed_ && !info_[index].IsObject()) fail_type(argument_name(index) + " must be an object");
  return failed_ ? Napi::Object() : info_[index].As<Napi::Object>();
}

auto Arguments::number(size_t index, double least, double most) -> double {
  if (failed_) return 0;
  if (!info_[index].IsNumber()) {
    fail_type(argument_name(index) + " must be a number");
    return 0;
  }
  const double value = info_[index].As<Napi::Number>().DoubleValue();
  if (value >= least && value <= most) return value;  // neither is true of NaN
  fail_range(argument_name(index) + " must be a number from " + std::to_string(std::llround(least)) + " to " +
             std::to_string(std::llround(most)));
  return 0;
}

auto Arguments::option(size_t index, const char* name, int64_t least, int64_t most,
                       std::optional<int64_t> fallback) -> int64_t {
  const Napi::Object options = object(index);
  if (failed_) return 0;
  const Napi::Value value = options.Get(name);
  if (fallback && !value.IsEmpty() && value.IsUndefined()) return *fallback;
  return whole(value, std::string("\"") + name + "\"", least, most);
}

auto Arguments::plan(size_t index, std::vector<uint64_t>& storage) -> std::optional<ValidPlan> {
  const std::span<uint8_t> source = bytes(index, 1);
  if (!failed_ && source.size() > max_plan_bytes) fail_range("the plan is too long");
  if (failed_) return std::nullopt;
  storage.resize((source.size() + sizeof(uint64_t) - 1) / sizeof(uint64_t));
  std::memcpy(storage.data(), source.data(), source.size());
  const auto plan = validate_plan({reinterpret_cast<const std::byte*>(storage.data()), source.size()});
  if (plan) return *plan;
  const int64_t operation = plan.error().operation;
  fail_range((operation < 0 ? "the plan " : "operation " + std::to_string(operation) + " of the plan ") +
             plan.error().reason);
  return std::nullopt;
}

auto Arguments::whole(const Napi::Value& value, const std::string& what, int64_t least, int64_t most)
    -> int64_t {
  // Empty: a getter of the options object threw.
  if (value.IsEmpty() || !value.IsNumber()) {
    fail_type(what + " must be a number");
    return 0;
  }
  const double number = value.As<Napi::Number>().DoubleValue();
  if (number >= static_cast<double>(least) && number <= static_cast<double>(most) &&
      number == std::floor(number)) {
    return static_cast<int64_t>(number);
  }
  fail_range(what + " must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return 0;
}

void Arguments::fail_type(const std::string& reason) {
  if (!failed_) fail(Napi::TypeError::New(info_.Env(), message(reason)));
}

void Arguments::fail_range(const std::string& reason) {
  if (!failed_) fail(Napi::RangeError::New(info_.Env(), message(reason)));
}

void Arguments::fail(const Napi::Error& error) {
  failed_ = true;
  if (!info_.Env().IsExceptionPending()) error.ThrowAsJavaScriptException();
}

auto Arguments::message(const std::string& reason) const -> std::string {
  return std::string("Cannot call ") + name_ + ", " + reason;
}

}  // namespace firstborn
