// Reading an object of options.
#pragma once

#include <string>

#include "arguments.h"

namespace firstborn {

// The properties of an object by name, under the same rules as `Arguments`: the first that is wrong throws and
// fails the whole call. Properties that nobody asks for are ignored.
class Options {
 public:
  // The object that is argument `index`.
  Options(Arguments& arguments, size_t index);

  // UTF-8 without NUL, whose length in bytes is within bounds.
  auto string(const char* name, size_t least_bytes, size_t most_bytes) -> std::string;
  auto boolean(const char* name) -> bool;
  auto integer(const char* name, int64_t least, int64_t most) -> int64_t;
  // An object inside this one.
  auto object(const char* name) -> Options;

 private:
  Options(Arguments& arguments, Napi::Value value, std::string path);

  // Empty after a failure, and then `failed` holds.
  auto property(const char* name) -> Napi::Value;
  [[nodiscard]] auto quoted(const char* name) const -> std::string;

  Arguments& arguments_;
  Napi::Object object_;
  // How messages name this object: "" or `target.`.
  std::string path_;
};

}  // namespace firstborn
