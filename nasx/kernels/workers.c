//go:build linux && (amd64 || arm64) && cgo && !noxla

#include "workers.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

// One operation at a time has the workers; XLA may run several at once, and the others
// then run on the thread that called them, as they would on a busy machine.
static pthread_mutex_t owner = PTHREAD_MUTEX_INITIALIZER;

// What the workers look at. They wait for round to change and join in while it is open;
// busy counts those that have. Who comes too late is not waited for.
static struct {
  pthread_mutex_t lock;
  pthread_cond_t start, done;
  int workers;
  atomic_int busy, open;
  atomic_ulong round;
  void (*part)(void *context, int i);
  void *context;
  int n;
  unsigned mode; // of floating point, which decides what becomes of subnormal numbers
  atomic_int next;
} crew = {.lock = PTHREAD_MUTEX_INITIALIZER, .start = PTHREAD_COND_INITIALIZER, .done = PTHREAD_COND_INITIALIZER};

// patience is how often a waiting thread looks before it goes to sleep, some 50 µs: the
// operations of a step follow each other closely, and to be woken costs as much.
enum { patience = 1500 };

static inline void pause_briefly(void) {
#ifdef __x86_64__
  __builtin_ia32_pause();
#endif
}

// floating_mode returns the calling thread's mode of floating point; set_floating_mode sets
// it. XLA's threads have one of their own.
static unsigned floating_mode(void) {
#ifdef __x86_64__
  return __builtin_ia32_stmxcsr();
#else
  return 0;
#endif
}

static void set_floating_mode(unsigned mode) {
#ifdef __x86_64__
  __builtin_ia32_ldmxcsr(mode);
#endif
}

// await_round waits for a round after the one seen and returns it.
static unsigned long await_round(unsigned long seen) {
  for (int i = 0; i < patience && atomic_load(&crew.round) == seen; i++) {
    pause_briefly();
  }
  if (atomic_load(&crew.round) == seen) {
    pthread_mutex_lock(&crew.lock);
    while (atomic_load(&crew.round) == seen) {
      pthread_cond_wait(&crew.start, &crew.lock);
    }
    pthread_mutex_unlock(&crew.lock);
  }
  return atomic_load(&crew.round);
}

// close_round waits until no worker is busy any more.
static void close_round(void) {
  atomic_store(&crew.open, 0);
  for (int i = 0; i < patience && atomic_load(&crew.busy) > 0; i++) {
    pause_briefly();
  }
  if (atomic_load(&crew.busy) > 0) {
    pthread_mutex_lock(&crew.lock);
    while (atomic_load(&crew.busy) > 0) {
      pthread_cond_wait(&crew.done, &crew.lock);
    }
    pthread_mutex_unlock(&crew.lock);
  }
}

// take_parts runs parts until none is left.
static void take_parts(void) {
  for (int i; (i = atomic_fetch_add(&crew.next, 1)) < crew.n;) {
    crew.part(crew.context, i);
  }
}

static void *work(void *unused) {
  for (unsigned long seen = 0;;) {
    seen = await_round(seen);
    atomic_fetch_add(&crew.busy, 1);
    if (atomic_load(&crew.open)) { // and nothing changes while this thread is busy
      set_floating_mode(crew.mode);
      take_parts();
    }
    if (atomic_fetch_sub(&crew.busy, 1) == 1) {
      pthread_mutex_lock(&crew.lock); // whoever is about to sleep, sleeps first
      pthread_cond_signal(&crew.done);
      pthread_mutex_unlock(&crew.lock);
    }
  }
  return unused;
}

void nasx_hire(int threads) {
  for (pthread_t id; crew.workers < threads - 1; crew.workers++) {
    if (pthread_create(&id, NULL, work, NULL) != 0) {
      return;
    }
    pthread_detach(id);
  }
}

void nasx_parallel(int n, void (*part)(void *context, int i), void *context) {
  if (n < 2 || crew.workers == 0 || pthread_mutex_trylock(&owner) != 0) {
    for (int i = 0; i < n; i++) {
      part(context, i);
    }
    return;
  }
  crew.part = part;
  crew.context = context;
  crew.n = n;
  crew.mode = floating_mode();
  atomic_store(&crew.next, 0);
  atomic_store(&crew.open, 1);
  pthread_mutex_lock(&crew.lock);
  atomic_fetch_add(&crew.round, 1);
  pthread_cond_broadcast(&crew.start);
  pthread_mutex_unlock(&crew.lock);
  take_parts();
  close_round();
  pthread_mutex_unlock(&owner);
}

void *nasx_scratch(size_t bytes) {
  static __thread void *memory;
  static __thread size_t size;
  if (bytes > size) {
    free(memory);
    size = bytes + bytes / 4;
    if (posix_memalign(&memory, 64, size) != 0) {
      memory = NULL;
      size = 0;
    }
  }
  return memory;
}
