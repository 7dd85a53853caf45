#include "options.h"

namespace firstborn {

Options::Options(Arguments& arguments, size_t index)
    : arguments_(arguments), object_(arguments.object(index)) {}

Options::Options(Arguments& arguments, Napi::Value value, std::string path)
    : arguments_(arguments), path_(std::move(path)) {
  if (!arguments_.failed()) object_ = value.As<Napi::Object>();
}

auto Options::string(const char* name, size_t least_bytes, size_t most_bytes) -> std::string {
  const Napi::Value value = property(name);
  if (arguments_.failed()) return {};
  if (!value.IsString()) {
    arguments_.fail_type(quoted(name) + " must be a string");
    return {};
  }
  std::string text = value.As<Napi::String>().Utf8Value();
  if (text.find('\0') != std::string::npos) arguments_.fail_range(quoted(name) + " must not hold a NUL");
  if (text.size() < least_bytes || text.size() > most_bytes) {
    arguments_.fail_range(quoted(name) + " must have " + std::to_string(least_bytes) + " to " +
                          std::to_string(most_bytes) + " bytes");
  }
  return text;
}

auto Options::boolean(const char* name) -> bool {
  const Napi::Value value = property(name);
  if (arguments_.failed()) return false;
  if (value.IsBoolean()) return value.As<Napi::Boolean>().Value();
  arguments_.fail_type(quoted(name) + " must be a boolean");
  return false;
}

auto Options::integer(const char* name, int64_t least, int64_t most) -> int64_t {
  const Napi::Value value = property(name);
  return arguments_.failed() ? 0 : arguments_.whole(value, quoted(name), least, most);
}

auto Options::object(const char* name) -> Options {
  const Napi::Value value = property(name);
  if (!arguments_.failed() && !value.IsObject()) arguments_.fail_type(quoted(name) + " must be an object");
  return {arguments_, value, path_ + name + "."};
}

auto Options::property(const char* name) -> Napi::Value {
  if (arguments_.failed()) return {};
  const Napi::Value value = object_.Get(name);
  // Empty: a getter threw. Its exception is the one that counts.
  if (value.IsEmpty()) arguments_.fail_type(quoted(name) + " cannot be read");
  return value;
}

auto Options::quoted(const char* name) const -> std::string { return "\"" + path_ + name + "\""; }

}  // namespace firstborn
