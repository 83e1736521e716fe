//go:build linux && cgo && !asan && !msan

#include <features.h>

#ifdef __GLIBC__
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

// What these names would mean without this file.
extern void *__libc_memalign(size_t alignment, size_t size);
extern void *__libc_realloc(void *at, size_t size);
extern void __libc_free(void *at);

enum { page = 2 << 20, most_blocks = 512 };

// A block is memory of its own mapping, on a border of pages. It is in use, or kept.
static struct block {
  char *at; // NULL: this entry is free
  size_t size;
  int in_use;
  unsigned long freed; // when, counted in frees
} blocks[most_blocks];

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned long frees;
static size_t in_use, kept, most_in_use; // bytes

// map returns new memory of whole pages on a border of pages, or NULL.
static char *map(size_t size) {
  char *raw = mmap(NULL, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (raw == MAP_FAILED) {
    return NULL;
  }
  char *at = (char *)(((uintptr_t)raw + page - 1) / page * page);
  if (at > raw) {
    munmap(raw, at - raw);
  }
  munmap(at + size, raw + page - at);
  madvise(at, size, MADV_HUGEPAGE);
  return at;
}

// take returns a kept block that is at most half as large again as is asked for, the
// smallest such, or else a new one; NULL where there is no memory or no entry.
static void *take(size_t size) {
  size = (size + page - 1) / page * page;
  struct block *best = NULL, *empty = NULL;
  pthread_mutex_lock(&lock);
  for (struct block *b = blocks; b < blocks + most_blocks; b++) {
    if (b->at == NULL) {
      empty = empty ? empty : b;
    } else if (!b->in_use && b->size >= size && b->size <= size + size / 2 && (!best || b->size < best->size)) {
      best = b;
    }
  }
  if (best) {
    kept -= best->size;
  } else if (empty && (empty->at = map(size))) {
    empty->size = size;
    best = empty;
  }
  if (best) {
    best->in_use = 1;
    in_use += best->size;
    most_in_use = in_use > most_in_use ? in_use : most_in_use;
  }
  pthread_mutex_unlock(&lock);
  return best ? best->at : NULL;
}

// trim gives the blocks that were freed first back to the system, until no more is kept
// than was ever in use at once.
static void trim(void) {
  while (kept > most_in_use) {
    struct block *first = NULL;
    for (struct block *b = blocks; b < blocks + most_blocks; b++) {
      if (b->at && !b->in_use && (!first || b->freed < first->freed)) {
        first = b;
      }
    }
    munmap(first->at, first->size);
    kept -= first->size;
    first->at = NULL;
  }
}

// find returns the block in use at an address, or NULL. The lock is held.
static struct block *find(void *at) {
  for (struct block *b = blocks; b < blocks + most_blocks; b++) {
    if (b->at == at && b->in_use) {
      return b;
    }
  }
  return NULL;
}

// ours says whether an address may be a block's. Nearly none is: what stands on no border
// of pages costs no more than this look.
static int ours(void *at) { return at != NULL && (uintptr_t)at % page == 0; }

// release keeps the block at an address and returns 1, or 0 if there is none.
static int release(void *at) {
  pthread_mutex_lock(&lock);
  struct block *b = find(at);
  if (b) {
    b->in_use = 0;
    b->freed = ++frees;
    in_use -= b->size;
    kept += b->size;
    trim();
  }
  pthread_mutex_unlock(&lock);
  return b != NULL;
}

// size_of returns the size of the block at an address, or 0 if there is none.
static size_t size_of(void *at) {
  pthread_mutex_lock(&lock);
  struct block *b = find(at);
  size_t size = b ? b->size : 0;
  pthread_mutex_unlock(&lock);
  return size;
}

int posix_memalign(void **at, size_t alignment, size_t size) {
  if (alignment % sizeof(void *) != 0 || (alignment & (alignment - 1)) != 0 || alignment == 0) {
    return EINVAL;
  }
  void *got = size >= page && alignment <= page ? take(size) : NULL;
  if (got == NULL) {
    got = __libc_memalign(alignment, size);
  }
  if (got == NULL) {
    return ENOMEM;
  }
  *at = got;
  return 0;
}

void free(void *at) {
  if (!ours(at) || !release(at)) {
    __libc_free(at);
  }
}

void *realloc(void *at, size_t size) {
  size_t had = ours(at) ? size_of(at) : 0;
  if (had == 0) {
    return __libc_realloc(at, size);
  }
  void *next = __libc_memalign(sizeof(max_align_t), size);
  if (next != NULL) {
    memcpy(next, at, had < size ? had : size);
    free(at);
  }
  return next;
}

// What is smaller than a block stays with the C library's arenas, too: they give memory
// back only above 1 GB, and map blocks of their own only from the largest size on that
// they can be told.
__attribute__((constructor)) static void keep_arenas(void) {
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
}
#endif
