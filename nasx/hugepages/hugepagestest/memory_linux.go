//go:build linux && cgo && !asan && !msan

// Package hugepagestest calls the C library's memory functions as XLA does.
package hugepagestest

// #include <stdlib.h>
import "C"

import (
	"fmt"
	"unsafe"
)

// Take returns memory on a border of 64 bytes from posix_memalign.
func Take(size int) (unsafe.Pointer, error) {
	var at unsafe.Pointer
	if code := C.posix_memalign(&at, 64, C.size_t(size)); code != 0 {
		return nil, fmt.Errorf("posix_memalign of %d bytes returned %d", size, code)
	}
	return at, nil
}

// Grow is realloc.
func Grow(at unsafe.Pointer, size int) unsafe.Pointer { return C.realloc(at, C.size_t(size)) }

// Free is free.
func Free(at unsafe.Pointer) { C.free(at) }

// Bytes shows memory as a slice.
func Bytes(at unsafe.Pointer, size int) []byte { return unsafe.Slice((*byte)(at), size) }
