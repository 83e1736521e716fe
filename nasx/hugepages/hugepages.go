// Package hugepages lets XLA keep its buffers from one step to the next, in pages of
// 2 MB. A program that imports it needs to do nothing more.
//
// XLA's CPU client takes fresh memory from the C library for every execution, some
// 100 MB for a step on digits, and gives it back afterwards. Memory of that size glibc
// returns to the system at once, whatever its settings, unless a single arena serves
// all threads, which then wait for each other. So the kernel cleared the same pages
// again in every step: a quarter of the processor time. Here blocks of 2 MB and more,
// as posix_memalign hands them out, are kept when they are freed and handed out again;
// on two cores a step took 0.8 of the time. Only on Linux with glibc and cgo; elsewhere
// the package does nothing.
package hugepages
