//go:build linux && (amd64 || arm64) && cgo && !noxla

// XLA's side of the kernels: finds the plugin's extension for foreign functions,
// registers ours, and unpacks a call. The structs follow XLA's C interface, version 0
// of both; a test calls every kernel through them.
#define _GNU_SOURCE
#include "ffi.h"

#include <dlfcn.h>
#include <stdio.h>
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
  const void *api;
  void *context;
  int stage;
  array_list in, out;
} call_frame;

enum { stage_execute = 3 };

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

// run answers XLA's question, or calls a kernel. It returns no error: what could fail
// was checked when the graph was built.
static void *run(call_frame *frame, kernel *k) {
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
    k((int)frame->in.size, frame->in.arrays, (int)frame->out.size, frame->out.arrays);
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

// nasx_register makes all kernels known to the plugin at a path, which is loaded already.
// It returns NULL, or what is missing.
const char *nasx_register(const char *path) {
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD);
  if (library == NULL) {
    return "the plugin is not loaded";
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
