//go:build linux && (amd64 || arm64) && cgo && !noxla

#define VECTOR_BYTES 16
#define real double
#define whole int64_t
#define KERNEL(name) name##_base_f64
#include "variant.h"
