// What XLA hands to a function of ours: its arrays, dense and row-major.
#pragma once
#include <stddef.h>
#include <stdint.h>

// One array. Also the layout of XLA_FFI_Buffer, version 0 of XLA's foreign function
// interface.
typedef struct {
  size_t struct_size;
  void *extension;
  int type; // see the constants below
  void *data;
  int64_t rank;
  const int64_t *dims;
} array;

enum { type_int32 = 4, type_float32 = 11, type_float64 = 12 };

// A function of ours: it reads in[0..inputs) and fills out[0..outputs). It returns NULL, or
// a sentence about what went wrong.
typedef const char *operation(int inputs, array *const *in, int outputs, array *const *out);

static const char no_memory[] = "no memory is left for what an operation of a search network computes with";
