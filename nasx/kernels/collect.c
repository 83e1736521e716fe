//go:build linux && (amd64 || arm64) && cgo && !noxla

// collect: pieces of a vector, added up (graph.go says what it computes).
#include <string.h>

#include "kernels.h"

const char *collect(int inputs, array *const *in, int outputs, array *const *out) {
  const int32_t *place = in[0]->data;
  const int doubles = out[0]->type == type_float64;
  memset(out[0]->data, 0, out[0]->dims[0] * (doubles ? sizeof(double) : sizeof(float)));
  for (int p = 1; p < inputs; p++) {
    const int64_t rows = *place++;
    int64_t size = 1;
    for (int axis = 0; axis < in[p]->rank; axis++) {
      size *= in[p]->dims[axis];
    }
    const int64_t length = size / rows;
    for (int64_t i = 0; i < size; i += length, place++) {
      for (int64_t q = 0; *place >= 0 && q < length; q++) {
        if (doubles) {
          ((double *)out[0]->data)[*place + q] += ((const double *)in[p]->data)[i + q];
        } else {
          ((float *)out[0]->data)[*place + q] += ((const float *)in[p]->data)[i + q];
        }
      }
    }
  }
  return NULL;
}
