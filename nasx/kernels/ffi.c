//go:build linux && (amd64 || arm64) && cgo && !noxla

// XLA's side of the kernels: finds the plugin's extension for foreign functions,
// registers ours, and unpacks a call. The structs follow XLA's C interface, version 0
// of both; a test calls every kernel through them.
#define _GNU_SOURCE
#include "ffi.h"

#include <dlfcn.h>
#include <link.h>
#include <string.h>

#include "kernels.h"

typedef struct extension {
  size_t struct_size;
  int type;
  struct extension *next;
} extension;

// Arguments or results of a call.
typedef struct {
  size_t struct_size;
  extension *extensions;
  int64_t size;
  int *types;
  array **arrays;
} array_list;

typedef struct {
  size_t struct_size;
  extension *extensions;
  const char *message;
  int code;
} error_args;

// XLA's own functions, as far as they are called.
typedef struct {
  size_t struct_size;
  extension *extensions;
  struct {
    size_t struct_size;
    extension *extensions;
    int major, minor;
  } version;
  void *internal;
  void *(*create_error)(error_args *);
} ffi_api;

typedef struct {
  size_t struct_size;
  extension *extensions;
  const ffi_api *api;
  void *context;
  int stage;
  array_list in, out;
} call_frame;

enum { stage_execute = 3, resource_exhausted = 8 };

// XLA's question which version a function speaks, put as an extension of a call.
typedef struct {
  extension base;
  struct {
    size_t struct_size;
    struct {
      size_t struct_size;
      extension *extensions;
      int major, minor;
    } version;
    uint32_t traits;
  } *metadata;
} metadata_extension;

enum { extension_metadata = 1 };

// run answers XLA's question, or calls a kernel. It returns an error of XLA's, or NULL.
static void *run(call_frame *frame, operation *k) {
  for (extension *e = frame->extensions; e; e = e->next) {
    if (e->type == extension_metadata) {
      metadata_extension *m = (metadata_extension *)e;
      m->metadata->version.major = 0;
      m->metadata->version.minor = 1;
      m->metadata->traits = 0;
      return NULL;
    }
  }
  if (frame->stage == stage_execute) {
    const char *failed = k((int)frame->in.size, frame->in.arrays, (int)frame->out.size, frame->out.arrays);
    if (failed) {
      return frame->api->create_error(&(error_args){sizeof(error_args), NULL, failed, resource_exhausted});
    }
  }
  return NULL;
}

#define HANDLER(name) \
  static void *handle_##name(call_frame *frame) { return run(frame, name); }
KERNELS(HANDLER)

// The plugin's extension that takes foreign functions.
typedef struct {
  size_t struct_size;
  const char *target;
  size_t target_size;
  void *handler;
  const char *platform;
  size_t platform_size;
  int traits;
} register_args;

typedef struct {
  extension base;
  void *type_register, *user_data_add;
  void *(*register_handler)(register_args *);
} ffi_extension;

enum { extension_ffi = 5 };

// find_plugin remembers the path of XLA's plugin for CPUs among the libraries that are loaded.
static int find_plugin(struct dl_phdr_info *info, size_t size, void *path) {
  const char *slash = strrchr(info->dlpi_name, '/'), *name = slash ? slash + 1 : info->dlpi_name;
  if (strstr(name, "pjrt") && strstr(name, "cpu")) {
    *(const char **)path = info->dlpi_name;
    return 1;
  }
  return 0;
}

// nasx_register makes all kernels known to the CPU plugin that is loaded. It returns NULL, or
// what is missing.
const char *nasx_register(void) {
  const char *path = NULL;
  dl_iterate_phdr(find_plugin, &path);
  void *library = path ? dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD) : NULL;
  if (library == NULL) {
    return "no plugin for CPUs is loaded";
  }
  struct {
    size_t struct_size;
    extension *extensions;
  } *(*get_api)(void) = dlsym(library, "GetPjrtApi");
  if (get_api == NULL) {
    return "the plugin has no GetPjrtApi";
  }
  extension *e = get_api()->extensions;
  while (e && e->type != extension_ffi) {
    e = e->next;
  }
  if (e == NULL || e->struct_size < sizeof(ffi_extension)) {
    return "the plugin takes no foreign functions";
  }
#define REGISTER(name)                                                                              \
  {                                                                                                 \
    register_args args = {sizeof args, "nasx_" #name, strlen("nasx_" #name), handle_##name, "Host", \
                          4,           0};                                                          \
    if (((ffi_extension *)e)->register_handler(&args) != NULL) {                                    \
      return "the plugin does not take the function " #name;                                        \
    }                                                                                               \
  }
  KERNELS(REGISTER)
  return NULL;
}
