// Threads that share the parts of one operation.
#pragma once
#include <stddef.h>

// nasx_hire makes threads share operations: those that call, and workers, so that as many
// run at once. It is called before the first operation.
void nasx_hire(int threads);

// nasx_parallel calls part(context, i) once for each i in [0, n), in any order, on some
// threads, and returns when all have returned.
void nasx_parallel(int n, void (*part)(void *context, int i), void *context);

// nasx_scratch returns this thread's memory of at least that many bytes, on a border of a
// cache line, or NULL if there is no more. It holds anything. What an earlier call returned
// is void.
void *nasx_scratch(size_t bytes);
