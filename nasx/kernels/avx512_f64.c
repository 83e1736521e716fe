//go:build linux && amd64 && cgo && !noxla

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,fma"))), apply_to = function)
#else
#pragma GCC target("avx512f,avx512dq,avx512vl,avx512bw,fma,prefer-vector-width=512")
#endif
#define VECTOR_BYTES 64
#define real double
#define whole int64_t
#define KERNEL(name) name##_avx512_f64
#include "variant.h"
#if defined(__clang__)
#pragma clang attribute pop
#endif
