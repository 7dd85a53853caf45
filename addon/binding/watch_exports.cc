// watchFd and the object that it returns.

#include "../fd_watch.h"
#include "arguments.h"
#include "exports.h"
#include "results.h"

namespace firstborn {

namespace {

class FdWatchObject : public Napi::ObjectWrap<FdWatchObject> {
 public:
  // Called by watchFd alone, through the class's constructor function: (fd, events, callback).
  explicit FdWatchObject(const Napi::CallbackInfo& info)
      : Napi::ObjectWrap<FdWatchObject>(info), async_context_(info.Env(), "FirstbornFdWatch") {
    Arguments arguments(info, "watchFd", 3);
    const int fd = arguments.fd(0);
    const auto events = static_cast<int>(arguments.integer(1, 0, event_all));
    const Napi::Function callback = arguments.function(2);
    if (arguments.failed()) return;
    uv_loop_t* loop = nullptr;
    napi_get_uv_event_loop(info.Env(), &loop);
    const auto opened = FdWatch::open(loop, fd, on_ready, this);
    if (!opened) {
      throw_system_error(info.Env(), opened.error());
      return;
    }
    watch_ = *opened;
    callback_ = Napi::Persistent(callback);
    if (const auto started = watch_->update(events); !started) {
      watch_->close();
      watch_ = nullptr;
      throw_system_error(info.Env(), started.error());
      return;
    }
    Ref();  // an open watch lives even when nobody holds the object
  }

  ~FdWatchObject() override {
    if (watch_ != nullptr) watch_->close();
  }

  auto update(const Napi::CallbackInfo& info) -> Napi::Value {
    Arguments arguments(info, "update", 1);
    const auto events = static_cast<int>(arguments.integer(0, 0, event_all));
    if (arguments.failed()) return {};
    if (watch_ == nullptr) return throw_system_error(info.Env(), {"epoll_ctl", EBADF});
    return finish(info.Env(), watch_->update(events));
  }

  auto close(const Napi::CallbackInfo& info) -> Napi::Value {
    if (Arguments(info, "close", 0).failed()) return {};
    if (watch_ != nullptr) {
      watch_->close();
      watch_ = nullptr;
      callback_.Reset();
      Unref();
    }
    return info.Env().Undefined();
  }

 private:
  static void on_ready(void* context, int events) {
    auto* self = static_cast<FdWatchObject*>(context);
    const Napi::Env env = self->Env();
    const Napi::HandleScope scope(env);
    const napi_value argument = Napi::Number::New(env, events);
    const Napi::Function callback = self->callback_.Value();
    const napi_status status = napi_make_callback(env, self->async_context_, self->Value(), callback, 1,
                                                  &argument, nullptr);
    // No JavaScript is below this frame that could catch it: it is the process's uncaught exception.
    if (status == napi_pending_exception) {
      napi_value exception = nullptr;
      napi_get_and_clear_last_exception(env, &exception);
      napi_fatal_exception(env, exception);
    }
  }

  FdWatch* watch_ = nullptr;
  Napi::FunctionReference callback_;
  Napi::AsyncContext async_context_;
};

}  // namespace

void add_watch_exports(Napi::Env env, Napi::Object exports) {
  // The constructor is watchFd itself: called with or without `new`, only its object gets out.
  const Napi::Function constructor = FdWatchObject::DefineClass(
      env, "FdWatch",
      {FdWatchObject::InstanceMethod<&FdWatchObject::update>("update"),
       FdWatchObject::InstanceMethod<&FdWatchObject::close>("close")});
  auto* kept = new Napi::FunctionReference(Napi::Persistent(constructor));
  kept->SuppressDestruct();  // lives as long as the process
  const auto watch_fd = [kept](const Napi::CallbackInfo& info) -> Napi::Value {
    std::vector<napi_value> arguments;
    for (size_t i = 0; i < info.Length(); i++) arguments.push_back(info[i]);
    return kept->New(arguments);
  };
  exports.Set("watchFd", Napi::Function::New(env, watch_fd, "watchFd"));
}

}  // namespace firstborn
