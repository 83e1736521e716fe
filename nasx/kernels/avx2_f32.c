//go:build linux && amd64 && cgo && !noxla

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC target("avx2,fma")
#endif
#define VECTOR_BYTES 32
#define real float
#define whole int32_t
#define KERNEL(name) name##_avx2_f32
#include "variant.h"
#if defined(__clang__)
#pragma clang attribute pop
#endif
