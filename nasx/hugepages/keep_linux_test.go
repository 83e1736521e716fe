//go:build linux && cgo && !asan && !msan

package hugepages_test

import (
	"sync"
	"syscall"
	"testing"
	"unsafe"

	_ "naslab.dev/nasx/hugepages"
	"naslab.dev/nasx/hugepages/hugepagestest"
)

const megabyte = 1 << 20

func take(t *testing.T, size int) unsafe.Pointer {
	t.Helper()
	at, err := hugepagestest.Take(size)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// faults counts the pages that the system has handed out to this process.
func faults(t *testing.T) int64 {
	t.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return usage.Minflt
}

// Writing to a block a second time asks the system for no page.
func TestBlocksAreKept(t *testing.T) {
	const size = 64 * megabyte
	write := func() unsafe.Pointer {
		at := take(t, size)
		for i, b := 0, hugepagestest.Bytes(at, size); i < size; i += 4096 {
			b[i] = 1
		}
		hugepagestest.Free(at)
		return at
	}
	first, before := write(), faults(t)
	for range 10 {
		if again := write(); again != first {
			t.Fatalf("the block is at %p, want the kept one at %p", again, first)
		}
	}
	if got := faults(t) - before; got > 300 { // 16384 pages of 4 kB, or 32 of 2 MB, each time if nothing is kept
		t.Errorf("ten more times cost %d faults, want next to none", got)
	}
	if other := take(t, size/2); other == first {
		t.Error("a block twice as large as was asked for was handed out")
	} else {
		hugepagestest.Free(other)
	}
}

// What many threads take and free never overlaps, and holds what was written.
func TestBlocksAreNobodyElses(t *testing.T) {
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := range 60 {
				size := (1+(worker+i)%4)*megabyte + 17*i // below and above the size of a block
				at, err := hugepagestest.Take(size)
				if err != nil {
					t.Error(err)
					return
				}
				mark, b := byte(worker*31+i), hugepagestest.Bytes(at, size)
				for k := 0; k < size; k += 4096 {
					b[k] = mark
				}
				b[size-1] = mark
				if i%5 == 0 {
					size += megabyte
					at = hugepagestest.Grow(at, size)
					b = hugepagestest.Bytes(at, size)[:size-megabyte]
				}
				for k := 0; k < len(b); k += 4096 {
					if b[k] != mark {
						t.Errorf("byte %d of %d is %d, want %d", k, size, b[k], mark)
						break
					}
				}
				hugepagestest.Free(at)
			}
		})
	}
	wg.Wait()
}

// No more is kept than was in use at once: what was freed first goes back.
func TestMemoryGoesBack(t *testing.T) {
	mapped := func(at unsafe.Pointer) bool {
		var seen byte
		_, _, errno := syscall.Syscall(syscall.SYS_MINCORE, uintptr(at), 4096, uintptr(unsafe.Pointer(&seen)))
		return errno == 0
	}
	small := take(t, 300*megabyte)
	hugepagestest.Free(small)
	if !mapped(small) {
		t.Error("the only block went back, want it kept")
	}
	large := take(t, 500*megabyte)
	hugepagestest.Free(large)
	if mapped(small) || !mapped(large) {
		t.Errorf("300 MB, freed first, are mapped: %v; 500 MB, freed last: %v; want only the last", mapped(small), mapped(large))
	}
}
