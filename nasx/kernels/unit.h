// unit: ReLU, convolution, statistics (graph.go says what it computes).

// A call, whose parts are blocks of images.
typedef struct {
  unit_shape s;
  array *const *in, *const *out;
  atomic_int failed;     // a part had no memory
  part_moments *moments; // [blocks, units, outs]
  // For the gradient:
  const array *values, *coefficients;
  array *const *arriving;
  int arrivals;
  double *of_weights; // [blocks, units, weights]
  double *of_input;   // [blocks, maps, channels, 2]: sum of the gradient, product with the input
} unit_call;

// open_channel opens a window on a channel of a map.
static void open_channel(const unit_call *c, real *window, int block, int map, int channel, int first, int last) {
  const unit_shape *s = &c->s;
  const real *norm = (const real *)c->in[2]->data + 2 * (map * s->channels + channel);
  const int normalised = s->spec->normalised;
  open_window(s, window, channel_of(s, c->in + 3, block, map, channel), first, last, s->spec->relu,
                    normalised ? norm[0] : 1, normalised ? norm[1] : 0, 0);
}

// weights_of brings the weights of a unit into their places: kernels [channels, taps] and a
// matrix [virtual, outs].
static void weights_of(const unit_call *c, int unit, real *kernels, real *matrix) {
  const unit_shape *s = &c->s;
  const int outs = s->spec->outs;
  const real *w = (const real *)c->in[1]->data + s->spec->places[unit];
  if (s->spec->form == pair) {
    const int half = outs / 2;
    memset(matrix, 0, sizeof(real) * s->virtual * outs);
    for (int i = 0; i < s->channels; i++) {
      for (int o = 0; o < half; o++) {
        matrix[i * outs + o] = w[i * half + o];
        matrix[(s->channels + i) * outs + half + o] = w[(s->channels + i) * half + o];
      }
    }
    return;
  }
  if (s->spec->form == depthwise_pointwise) {
    for (int i = 0; i < s->channels; i++) {
      for (int t = 0; t < s->taps; t++) {
        kernels[i * s->taps + t] = w[t * s->channels + i];
      }
    }
    w += s->taps * s->channels;
  }
  memcpy(matrix, w, sizeof(real) * s->virtual * outs);
}

// chunk_of returns how many rows of output are computed at once: few enough for the rows
// of all channels to stay in a core's own cache.
static int chunk_of(const unit_shape *s, int units) {
  const int rows = nasx_chunk / ((int64_t)s->virtual * units * s->row) + 1;
  return rows < s->out_height ? rows : s->out_height;
}

// What a part computes with. Rows that the matrix multiplies lie in windows; those of a
// depthwise convolution are computed into depth first.
typedef struct {
  int chunk, windows; // rows of output at once; windows that are open at once
  real *window, *depth, *kernels;
  const real **rows; // [virtual] of what the matrix multiplies
  real **to;         // [outs] of what it makes
} unit_scratch;

// own_weights is how many numbers weights_of writes for a unit.
static int own_weights(const unit_shape *s) { return s->virtual * s->spec->outs + s->taps * s->channels; }

// matrix_of returns the matrix that stands behind kernels.
static real *matrix_of(const unit_shape *s, real *kernels) { return kernels + s->taps * s->channels; }

// scratch_size returns the numbers that windows, rows and weights of some units take.
static int64_t scratch_size(const unit_shape *s, int units, int chunk, int windows) {
  const int64_t depth = s->spec->form == depthwise_pointwise ? (int64_t)units * s->channels * chunk * s->row : 0;
  return windows * (int64_t)s->window + depth + units * (int64_t)own_weights(s);
}

// on_border returns the first border of a cache line from a place on.
static void *on_border(void *at) { return (void *)(((uintptr_t)at + 63) / 64 * 64); }

// divide gives the parts of a scratch their memory and returns what is behind them.
static real *divide(unit_scratch *scratch, const unit_shape *s, int units, real *memory) {
  scratch->window = memory;
  scratch->depth = memory + scratch->windows * (int64_t)s->window;
  real *end = memory + scratch_size(s, units, scratch->chunk, scratch->windows);
  scratch->kernels = end - units * (int64_t)own_weights(s);
  return end;
}

// window_of returns the window of a channel.
static real *window_of(const unit_shape *s, const unit_scratch *scratch, int channel) {
  return scratch->window + (scratch->windows == 1 ? 0 : channel * (int64_t)s->window);
}

// depth_row returns a row of a depthwise convolution.
static real *depth_row(const unit_shape *s, const unit_scratch *scratch, int unit, int channel, int row) {
  return scratch->depth + (((int64_t)unit * s->channels + channel) * scratch->chunk + row % scratch->chunk) * s->row;
}

// convolve_rows computes rows [start, end) of a channel's depthwise convolution.
static void convolve_rows(const unit_shape *s, const unit_scratch *scratch, int unit, int channel, int start, int end,
                          const real *kernel) {
  const real *window = window_of(s, scratch, channel);
  for (int row = start; row < end; row++) {
    correlate(depth_row(s, scratch, unit, channel, row), window + (int64_t)row * s->spec->stride * s->window_row, s->n,
              s->taps, s->at, kernel);
  }
}

// point_rows finds what the matrix multiplies for a row of output.
static void point_rows(const unit_shape *s, const unit_scratch *scratch, int unit, int row) {
  for (int v = 0; v < s->virtual; v++) {
    if (s->spec->form == depthwise_pointwise) {
      scratch->rows[v] = depth_row(s, scratch, unit, v, row);
    } else {
      scratch->rows[v] = window_of(s, scratch, v % s->channels) + s->at[v / s->channels] +
                      (int64_t)row * s->spec->stride * s->window_row;
    }
  }
}

// last_row is one behind the last row of a window that the output up to end needs.
static int last_row(const unit_shape *s, int end) {
  return (end - 1) * s->spec->stride + s->row_of[s->taps - 1] + 1;
}

// multiply_row computes a row of a unit's output and adds to its moments.
static void multiply_row(const unit_call *c, const unit_scratch *scratch, int block, int unit, int row) {
  const unit_shape *s = &c->s;
  const int units = s->spec->units, outs = s->spec->outs;
  const int64_t image = (int64_t)s->out_height * s->n;
  real *y = (real *)c->out[0]->data + ((int64_t)block * units + unit) * outs * image + (int64_t)row * s->n;
  for (int o = 0; o < outs; o++) {
    scratch->to[o] = y + o * image;
  }
  multiply(scratch->to, outs, scratch->rows, s->virtual, matrix_of(s, scratch->kernels + unit * own_weights(s)), outs, 1, s->n);
  part_moments *sums = c->moments + ((int64_t)block * units + unit) * outs;
  for (int o = 0; o < outs; o++) {
    if (row == 0) {
      sums[o] = (part_moments){.shift = scratch->to[o][0]};
    }
    moments(sums[o].sums, scratch->to[o], sums[o].shift, s->n);
  }
}

// unit_part computes one block of images.
static void unit_part(void *context, int block) {
  unit_call *c = context;
  const unit_shape *s = &c->s;
  const int units = s->spec->units, shared = s->maps == 1, separable = s->spec->form == depthwise_pointwise;
  unit_scratch scratch = {.chunk = chunk_of(s, units), .windows = separable ? 1 : s->channels};
  const int64_t size = scratch_size(s, units, scratch.chunk, scratch.windows);
  real *memory = nasx_scratch(sizeof(real) * size + 64 + sizeof(real *) * (s->virtual + s->spec->outs));
  if (memory == NULL) {
    c->failed = 1;
    return;
  }
  scratch.rows = on_border(divide(&scratch, s, units, memory));
  scratch.to = (real **)(scratch.rows + s->virtual);
  for (int u = 0; u < units; u++) {
    real *kernels = scratch.kernels + u * own_weights(s);
    weights_of(c, u, kernels, matrix_of(s, kernels));
  }
  for (int start = 0, end = 0; start < s->out_height; start = end) {
    end = start + scratch.chunk < s->out_height ? start + scratch.chunk : s->out_height;
    for (int i = 0; i < s->channels; i++) {
      for (int u = 0; u < (separable ? units : 1); u++) {
        if (u == 0 || !shared) {
          open_channel(c, window_of(s, &scratch, i), block, shared ? 0 : u, i, start * s->spec->stride, last_row(s, end));
        }
        if (separable) {
          convolve_rows(s, &scratch, u, i, start, end, scratch.kernels + u * own_weights(s) + i * s->taps);
        }
      }
    }
    for (int u = 0; u < units; u++) {
      for (int row = start; row < end; row++) {
        point_rows(s, &scratch, u, row);
        multiply_row(c, &scratch, block, u, row);
      }
    }
  }
}

const char *KERNEL(unit)(int inputs, array *const *in, int outputs, array *const *out) {
  unit_call c = {.s = shape_of(in), .in = in, .out = out};
  const int count = c.s.spec->units * c.s.spec->outs;
  c.moments = malloc(sizeof(part_moments) * c.s.blocks * count);
  if (c.moments == NULL) {
    return no_memory;
  }
  nasx_parallel(c.s.blocks, unit_part, &c);
  real *norm = out[1]->data;
  for (int i = 0; i < count; i++) {
    double factor, offset;
    normalisation(c.moments + i, c.s.blocks, count, (double)c.s.out_height * c.s.n, &factor, &offset);
    norm[2 * i] = factor;
    norm[2 * i + 1] = offset;
  }
  free(c.moments);
  return c.failed ? no_memory : NULL;
}
