// Threads that share the parts of one operation.
#pragma once
#include <stddef.h>

// parallel calls part(context, i) once for each i in [0, n), in any order, on some
// threads, and returns when all have returned.
void nasx_parallel(int n, void (*part)(void *context, int i), void *context);

// scratch returns this thread's memory of at least that many bytes, on a border of a
// cache line. It holds anything. What an earlier call returned is void.
void *nasx_scratch(size_t bytes);
