//go:build linux && (amd64 || arm64) && cgo && !noxla

#define VECTOR_BYTES 16
#define real float
#define whole int32_t
#define KERNEL(name) name##_base_f32
#include "variant.h"
