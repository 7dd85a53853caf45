// The one way into napi.h. Only files below binding/ include it: everything else is plain C++.
#pragma once

#define NAPI_VERSION 9
#define NAPI_DISABLE_CPP_EXCEPTIONS
#define NODE_ADDON_API_DISABLE_DEPRECATED
#include <napi.h>
