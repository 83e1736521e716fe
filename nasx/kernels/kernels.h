// The operations of ffi.h by name, in single and double precision.
// What their arrays are, the graph functions of the same names say (graph.go).
#pragma once
#include "ffi.h"

#define VARIED(of) of(unit) of(unit_back) of(pool) of(pool_back) of(mix) of(mix_back)
#define KERNELS(of) VARIED(of) of(collect)

#define DECLARE(name) operation name;
KERNELS(DECLARE)
#undef DECLARE

// The varied ones are compiled for each instruction set and precision.
#define DECLARE_VARIANTS(name) \
  operation name##_base_f32, name##_base_f64, name##_avx2_f32, name##_avx2_f64, name##_avx512_f32, name##_avx512_f64;
VARIED(DECLARE_VARIANTS)
#undef DECLARE_VARIANTS

// nasx_chunk is how many numbers an operation computes with at once, as far as it chooses:
// those that stay in a core's own cache. Tests lower it.
extern int nasx_chunk;
