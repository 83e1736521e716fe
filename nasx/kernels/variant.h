// All operations for one instruction set and precision. Whoever includes this has said
// which: VECTOR_BYTES, real, whole (an integer as wide) and KERNEL, which names them.
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "kernels.h"
#include "workers.h"

#include "vector.h"
#include "window.h"
#include "unit.h"
#include "unit_back.h"
#include "pool.h"
#include "mix.h"
