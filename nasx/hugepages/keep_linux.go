//go:build linux && cgo && !asan && !msan

package hugepages

// The program's posix_memalign, free and realloc (keep_linux.c) stand before those of
// the C library for every shared library that it loads later, among them XLA's plugin.

// #cgo LDFLAGS: -rdynamic
import "C"
