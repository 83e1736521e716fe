//go:build linux && (amd64 || arm64) && cgo && !noxla

// Each operation in the variant for this processor and the precision of its arrays.
#include "kernels.h"

enum { base, avx2, avx512 };

// nasx_most is the widest set that may be used; tests lower it.
int nasx_most = avx512;

int nasx_chunk = 48 * 1024;

// nasx_set returns the set that is used.
int nasx_set(void) {
#ifdef __x86_64__
  if (nasx_most >= avx512 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("fma")) {
    return avx512;
  }
  if (nasx_most >= avx2 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    return avx2;
  }
#endif
  return base;
}

#ifdef __x86_64__
#define WIDE(name, set) {name##_##set##_f32, name##_##set##_f64}
#else
#define WIDE(name, set) {name##_base_f32, name##_base_f64}
#endif
#define DEFINE(name)                                                                          \
  const char *name(int inputs, array *const *in, int outputs, array *const *out) {            \
    static operation *const of[3][2] = {                                                         \
        {name##_base_f32, name##_base_f64}, WIDE(name, avx2), WIDE(name, avx512)};            \
    return of[nasx_set()][out[0]->type == type_float64](inputs, in, outputs, out);            \
  }
VARIED(DEFINE)
