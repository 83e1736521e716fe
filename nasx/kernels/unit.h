// unit and unit_back: ReLU, convolution, statistics (graph.go says what they compute).

enum { most_taps = 49, most_sources = 64 };

// How weights make the convolution.
enum { depthwise_pointwise, dense, pair };

// The integers of in[0]; graph.go writes them.
typedef struct {
  int32_t side, dilation, stride, padding, form, relu, normalised, units, outs, sources, want_weights, want_input, want_back, places[];
} unit_spec;

// Geometry of a call, in numbers.
typedef struct {
  const unit_spec *spec;
  int blocks, maps, part, channels; // of the input: blocks of images, maps, channels per source and in all
  int height, width, lanes;         // of the input
  int out_height, out_width;
  int taps, virtual; // of a channel; rows that the matrix multiplies
  int weights;       // of one unit
  // A window is one channel of the input with its margin, columns sorted by their
  // place modulo the stride. Taps are places in it.
  int window_rows, plane, window_row, window;
  int at[most_taps], row_of[most_taps], plane_of[most_taps], shift_of[most_taps];
  int n, row; // of a row of the output: numbers, and in whole vectors of any variant
} unit_shape;

static unit_shape shape_of(array *const *in) {
  unit_shape s = {.spec = in[0]->data};
  const unit_spec *spec = s.spec;
  const int64_t *dims = in[3]->dims;
  s.blocks = dims[0], s.maps = dims[1], s.part = dims[2], s.height = dims[3], s.width = dims[4], s.lanes = dims[5];
  s.channels = s.part * spec->sources;
  s.out_height = s.height / spec->stride, s.out_width = s.width / spec->stride;
  s.taps = spec->form == pair ? 2 : spec->side * spec->side;
  s.virtual = spec->form == depthwise_pointwise ? s.channels : s.taps * s.channels;
  s.weights = spec->form == pair ? s.channels * spec->outs : s.virtual * spec->outs;
  s.weights += spec->form == depthwise_pointwise ? s.taps * s.channels : 0;
  const int columns = (s.width + 2 * spec->padding + spec->stride - 1) / spec->stride;
  s.window_rows = s.height + 2 * spec->padding;
  s.plane = columns * s.lanes;
  s.window_row = spec->stride * s.plane;
  s.window = s.window_rows * s.window_row + 64;
  for (int t = 0; t < s.taps; t++) {
    const int a = spec->form == pair ? t : t / spec->side * spec->dilation;
    const int b = spec->form == pair ? t : t % spec->side * spec->dilation;
    s.row_of[t] = a, s.plane_of[t] = b % spec->stride, s.shift_of[t] = b / spec->stride;
    s.at[t] = a * s.window_row + s.plane_of[t] * s.plane + s.shift_of[t] * s.lanes;
  }
  s.n = s.out_width * s.lanes;
  s.row = (s.n + 15) / 16 * 16;
  return s;
}


// A part of the work: one block of images.
typedef struct {
  unit_shape s;
  array *const *in, *const *out;
  part_moments *moments; // [blocks, units, outs]
  // For the gradient:
  const array *values, *coefficients;
  array *const *arriving;
  int arrivals;
  double *of_weights; // [blocks, units, weights]
  double *of_input;   // [blocks, maps, channels, 2]: sum of the gradient, product with the input
} unit_call;

// channel_of returns one channel of the input.
static real *channel_of(const unit_shape *s, array *const *sources, int block, int map, int channel) {
  const int64_t size = (int64_t)s->height * s->width * s->lanes;
  real *data = sources[channel / s->part]->data;
  return data + (((int64_t)block * s->maps + map) * s->part + channel % s->part) * size;
}

// fill_row copies columns [0, width) of a row, with what comes before the convolution.
inlined void prepare(real *to, const real *from, int n, int relu, real factor, real offset) {
  for (int q = 0; q < n; q++) {
    const real x = from[q] * factor + offset;
    to[q] = relu && x <= 0 ? 0 : x;
  }
}

// open_window writes rows [first, last) of a window.
static void open_window(const unit_shape *s, real *window, const real *channel, int first, int last, int relu,
                              real factor, real offset, real beyond) {
  const int stride = s->spec->stride, padding = s->spec->padding, columns = s->plane / s->lanes;
  for (int row = first; row < last; row++) {
    real *to = window + (int64_t)row * s->window_row;
    const int i = row - padding;
    if (i < 0 || i >= s->height) {
      for (int q = 0; q < s->window_row; q++) {
        to[q] = beyond;
      }
      continue;
    }
    const real *from = channel + (int64_t)i * s->width * s->lanes;
    if (stride == 1) {
      for (int q = 0; q < padding * s->lanes; q++) {
        to[q] = to[s->window_row - 1 - q] = beyond;
      }
      prepare(to + padding * s->lanes, from, s->width * s->lanes, relu, factor, offset);
      continue;
    }
    for (int j = 0; j < columns * stride; j++) {
      real *pixel = to + j % stride * s->plane + j / stride * s->lanes;
      if (j < padding || j >= padding + s->width) {
        for (int q = 0; q < s->lanes; q++) {
          pixel[q] = beyond;
        }
      } else {
        prepare(pixel, from + (j - padding) * s->lanes, s->lanes, relu, factor, offset);
      }
    }
  }
  for (int q = 0; q < 64; q++) { // slack behind the last row
    window[(int64_t)last * s->window_row + q] = 0;
  }
}

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
  const int rows = 48 * 1024 / (s->virtual * units * s->row) + 1;
  return rows < s->out_height ? rows : s->out_height;
}

// Rows before the matrix: of each virtual channel a pointer to as many rows as a chunk has.
// In the depthwise form they are computed into depth, else they lie in windows.

// unit_part computes one block of images.
static void unit_part(void *context, int block) {
  unit_call *c = context;
  const unit_shape *s = &c->s;
  const unit_spec *spec = s->spec;
  const int units = spec->units, outs = spec->outs, shared = s->maps == 1;
  const int separable = spec->form == depthwise_pointwise;
  const int chunk = chunk_of(s, units);
  const int windows = separable ? 1 : s->channels, weights = s->virtual * outs + s->taps * s->channels;
  const int64_t depth_size = separable ? (int64_t)units * s->channels * chunk * s->row : 0;
  real *window = nasx_scratch(sizeof(real) * (windows * (int64_t)s->window + depth_size + (int64_t)units * weights) + 64 +
                              sizeof(real *) * (s->virtual + outs));
  real *depth = window + windows * (int64_t)s->window;
  real *kernels = depth + depth_size;
  const real **rows = (const real **)(((uintptr_t)(kernels + (int64_t)units * weights) + 63) / 64 * 64);
  real **to = (real **)(rows + s->virtual);
  for (int u = 0; u < units; u++) {
    weights_of(c, u, kernels + u * weights, kernels + u * weights + s->taps * s->channels);
  }
  const int64_t image = (int64_t)s->out_height * s->n;
  real *y = (real *)c->out[0]->data + block * (int64_t)units * outs * image;
  part_moments *sums = c->moments + (int64_t)block * units * outs;
  for (int start = 0; start < s->out_height; start += chunk) {
    const int end = start + chunk < s->out_height ? start + chunk : s->out_height;
    const int first = start * spec->stride;
    const int last = (end - 1) * spec->stride + s->row_of[s->taps - 1] + 1;
    for (int i = 0; i < s->channels; i++) {
      for (int u = 0; u < (separable ? units : 1); u++) {
        real *own = window + (separable ? 0 : i * (int64_t)s->window);
        if (u == 0 || !shared) {
          open_channel(c, own, block, shared ? 0 : u, i, first, last);
        }
        for (int row = start; separable && row < end; row++) {
          correlate(depth + (((int64_t)u * s->channels + i) * chunk + row - start) * s->row,
                    own + (int64_t)row * spec->stride * s->window_row, s->n, s->taps, s->at,
                    kernels + u * weights + i * s->taps);
        }
      }
    }
    for (int u = 0; u < units; u++) {
      const real *matrix = kernels + u * weights + s->taps * s->channels;
      for (int row = start; row < end; row++) {
        for (int v = 0; v < s->virtual; v++) {
          rows[v] = separable ? depth + (((int64_t)u * s->channels + v) * chunk + row - start) * s->row
                              : window + v % s->channels * (int64_t)s->window + s->at[v / s->channels] +
                                    (int64_t)row * spec->stride * s->window_row;
        }
        for (int o = 0; o < outs; o++) {
          to[o] = y + (u * outs + o) * image + (int64_t)row * s->n;
        }
        multiply(to, outs, rows, s->virtual, matrix, outs, 1, s->n);
        for (int o = 0; o < outs; o++) {
          part_moments *m = &sums[u * outs + o];
          if (row == 0) {
            *m = (part_moments){.shift = to[o][0]};
          }
          moments(m->sums, to[o], m->shift, s->n);
        }
      }
    }
  }
}

void KERNEL(unit)(int inputs, array *const *in, int outputs, array *const *out) {
  unit_call c = {.s = shape_of(in), .in = in, .out = out};
  const int count = c.s.spec->units * c.s.spec->outs;
  c.moments = malloc(sizeof(part_moments) * c.s.blocks * count);
  nasx_parallel(c.s.blocks, unit_part, &c);
  real *norm = out[1]->data;
  for (int i = 0; i < count; i++) {
    double factor, offset;
    normalisation(c.moments + i, c.s.blocks, count, (double)c.s.out_height * c.s.n, &factor, &offset);
    norm[2 * i] = factor;
    norm[2 * i + 1] = offset;
  }
  free(c.moments);
}

// The gradient of the matrix's rows is kept in windows, too: images of the output's size
// with a margin of zeros, so that the gradient of the input is a correlation again.
typedef struct {
  int margin, columns, row, size; // of a window, pixels and numbers
} gradient_window;

static gradient_window gradient_window_of(const unit_shape *s) {
  gradient_window w;
  w.margin = s->row_of[s->taps - 1] / s->spec->stride;
  w.columns = s->out_width + 2 * w.margin;
  w.row = w.columns * s->lanes;
  w.size = (s->out_height + 2 * w.margin) * w.row + 64;
  return w;
}

// arriving_rows computes the gradient of a unit's outputs in one row, before the
// normalisation: zero beyond n up to a whole row.
static void arriving_rows(const unit_call *c, int block, int unit, int row, real *const *to) {
  const unit_shape *s = &c->s;
  const int units = s->spec->units, outs = s->spec->outs;
  const int64_t image = (int64_t)s->out_height * s->n;
  const int together = c->arrivals == 1;
  for (int o = 0; o < outs; o++) {
    const real *v = (const real *)c->arriving[together ? 0 : unit]->data +
                    (((int64_t)block * (together ? units : 1) + (together ? unit : 0)) * outs + o) * image +
                    (int64_t)row * s->n;
    const real *y = (const real *)c->values->data + (((int64_t)block * units + unit) * outs + o) * image +
                    (int64_t)row * s->n;
    const real *coef = (const real *)c->coefficients->data + 3 * (unit * outs + o);
    const real a = coef[0], b = coef[1], d = coef[2];
    for (int q = 0; q < s->n; q++) {
      to[o][q] = a * v[q] + b * y[q] + d;
    }
    for (int q = s->n; q < s->row; q++) {
      to[o][q] = 0;
    }
  }
}

// input_back adds a unit's gradient for one channel of the input: where of lists, for
// every row and column modulo the stride, the taps that reach it.
static void input_back(const unit_call *c, const gradient_window *w, int block, int unit, int channel,
                             const real *gradients, const real *kernel, const real *window, real *line, int fresh) {
  const unit_shape *s = &c->s;
  const unit_spec *spec = s->spec;
  const int separable = spec->form == depthwise_pointwise, shared = s->maps == 1;
  const int map = shared ? 0 : unit, stride = spec->stride, columns = s->plane / s->lanes;
  real *to = channel_of(s, c->out + 2, block, map, channel);
  double *sums = c->of_input + 2 * (((int64_t)block * s->maps + map) * s->channels + channel);
  for (int i = 0; i < s->height; i++) {
    const int row = i + spec->padding;
    for (int plane = 0; plane < stride; plane++) {
      int taps = 0, at[most_taps];
      real weight[most_taps];
      for (int t = 0; t < s->taps; t++) {
        if (s->plane_of[t] != plane || (row - s->row_of[t]) % stride != 0) {
          continue;
        }
        const int out_row = (row - s->row_of[t]) / stride + w->margin;
        if (row < s->row_of[t] || out_row >= s->out_height + 2 * w->margin) {
          continue; // beyond the output
        }
        at[taps] = out_row * w->row + (w->margin - s->shift_of[t]) * s->lanes;
        at[taps] += separable ? channel * w->size : (t * s->channels + channel) * w->size;
        weight[taps++] = separable ? kernel[t] : 1;
      }
      // Columns of this plane that are part of the image.
      const int from = plane >= spec->padding % stride ? spec->padding / stride : spec->padding / stride + 1;
      const int past = (s->width + spec->padding - plane + stride - 1) / stride;
      const int count = (past < columns ? past : columns) - from;
      if (count <= 0) {
        continue;
      }
      correlate(line, gradients + from * s->lanes, count * s->lanes, taps, at, weight);
      const real *x = window + (int64_t)row * s->window_row + plane * s->plane + from * s->lanes;
      real *place = to + ((int64_t)i * s->width + from * stride + plane - spec->padding) * s->lanes;
      if (spec->relu) {
        for (int q = 0; q < count * s->lanes; q++) {
          line[q] = x[q] > 0 ? line[q] : 0;
        }
      }
      for (int j = 0; j < count; j++) {
        real *pixel = place + (int64_t)j * stride * s->lanes;
        for (int q = 0; q < s->lanes; q++) {
          pixel[q] = (fresh ? 0 : pixel[q]) + line[j * s->lanes + q];
        }
      }
      if (spec->want_back) {
        sums[0] += product(line, NULL, count * s->lanes);
        sums[1] += product(line, x, count * s->lanes); // where x is 0 by ReLU, so is line
      }
    }
  }
}

// unit_back_part computes one block of images.
static void unit_back_part(void *context, int block) {
  unit_call *c = context;
  const unit_shape *s = &c->s;
  const unit_spec *spec = s->spec;
  const int units = spec->units, outs = spec->outs, shared = s->maps == 1;
  const int separable = spec->form == depthwise_pointwise;
  const int chunk = chunk_of(s, 1);
  const gradient_window w = gradient_window_of(s);
  const int whole_image = chunk == s->out_height; // then windows are opened once
  const int windows = separable && !whole_image ? 1 : s->channels;
  const int weights = s->virtual * outs + s->taps * s->channels;
  const int64_t window_size = windows * (int64_t)s->window, depth_size = separable ? (int64_t)s->channels * chunk * s->row : 0;
  const int64_t kept = spec->want_input || separable ? (int64_t)s->virtual * w.size : 0;
  const int64_t line = s->row + s->plane + 64, sums = (int64_t)LANES * (s->virtual * outs + s->channels * s->taps);
  const int64_t numbers = window_size + depth_size + kept + outs * (int64_t)s->row + line + sums + weights;
  char *memory = nasx_scratch(sizeof(real) * numbers + 128 + sizeof(real *) * (2 * s->virtual + outs));
  vec *of_matrix = (vec *)memory, *of_kernels = of_matrix + s->virtual * outs;
  real *window = (real *)(of_kernels + s->channels * s->taps), *depth = window + window_size;
  real *gradients = depth + depth_size, *arriving = gradients + kept, *one_line = arriving + outs * (int64_t)s->row;
  real *kernels = one_line + line, *matrix = kernels + s->taps * s->channels;
  const real **rows = (const real **)(((uintptr_t)(kernels + weights) + 63) / 64 * 64);
  real **to = (real **)(rows + s->virtual), **from = to + s->virtual;
  memset(gradients, 0, sizeof(real) * kept);
  for (int o = 0; o < outs; o++) {
    from[o] = arriving + o * (int64_t)s->row;
  }
  for (int u = 0; u < units; u++) {
    const int map = shared ? 0 : u;
    weights_of(c, u, kernels, matrix);
    memset(of_matrix, 0, sizeof(vec) * (s->virtual * outs + s->channels * s->taps));
    for (int start = 0; start < s->out_height; start += chunk) {
      const int end = start + chunk < s->out_height ? start + chunk : s->out_height;
      const int first = start * spec->stride;
      const int last = (end - 1) * spec->stride + s->row_of[s->taps - 1] + 1;
      for (int i = 0; i < s->channels; i++) {
        real *own = window + (windows == 1 ? 0 : i * (int64_t)s->window);
        if (whole_image ? u == 0 || !shared : spec->want_weights) {
          open_channel(c, own, block, map, i, first, whole_image ? s->window_rows : last);
        }
        for (int row = start; separable && spec->want_weights && row < end; row++) {
          correlate(depth + ((int64_t)i * chunk + row - start) * s->row,
                    own + (int64_t)row * spec->stride * s->window_row, s->n, s->taps, s->at, kernels + i * s->taps);
        }
      }
      for (int row = start; row < end; row++) {
        arriving_rows(c, block, u, row, from);
        for (int v = 0; v < s->virtual; v++) {
          rows[v] = separable ? depth + ((int64_t)v * chunk + row - start) * s->row
                              : window + v % s->channels * (int64_t)s->window + s->at[v / s->channels] +
                                    (int64_t)row * spec->stride * s->window_row;
          to[v] = gradients + (int64_t)v * w.size + (int64_t)(row + w.margin) * w.row + w.margin * s->lanes;
        }
        if (spec->want_weights) {
          multiply_back(of_matrix, rows, s->virtual, (const real *const *)from, outs, s->n);
        }
        if (kept > 0) {
          multiply(to, s->virtual, (const real *const *)from, outs, matrix, 1, outs, s->n);
        }
      }
    }
    for (int i = 0; i < s->channels && kept > 0; i++) {
      real *own = window + (windows == 1 ? 0 : i * (int64_t)s->window);
      if (!whole_image) {
        open_channel(c, own, block, map, i, 0, s->window_rows);
      }
      for (int row = 0; separable && spec->want_weights && row < s->out_height; row++) {
        const real *with = gradients + (int64_t)i * w.size + (int64_t)(row + w.margin) * w.row + w.margin * s->lanes;
        if (s->n % LANES != 0) {
          memcpy(one_line, with, sizeof(real) * s->n);
          memset(one_line + s->n, 0, sizeof(real) * (s->row - s->n));
          with = one_line;
        }
        correlate_back(of_kernels + i * s->taps, own + (int64_t)row * spec->stride * s->window_row, s->taps, s->at, with,
                       s->n);
      }
      if (spec->want_input) {
        input_back(c, &w, block, u, i, gradients, kernels + i * s->taps, own, one_line, u == 0 || !shared);
      }
    }
    double *result = c->of_weights + ((int64_t)block * units + u) * s->weights;
    for (int i = 0; separable && i < s->channels; i++) {
      for (int t = 0; t < s->taps; t++) {
        result[t * s->channels + i] = total(of_kernels[i * s->taps + t]);
      }
    }
    result += separable ? s->taps * s->channels : 0;
    for (int v = 0; v < s->virtual; v++) {
      for (int o = 0; o < outs; o++) {
        const int half = outs / 2;
        if (spec->form != pair) {
          result[v * outs + o] = total(of_matrix[v * outs + o]);
        } else if (v / s->channels == o / half) {
          result[v * half + o % half] = total(of_matrix[v * outs + o]);
        }
      }
    }
  }
}

void KERNEL(unit_back)(int inputs, array *const *in, int outputs, array *const *out) {
  unit_call c = {.s = shape_of(in), .in = in, .out = out};
  const unit_shape *s = &c.s;
  array *const *after = in + 3 + s->spec->sources;
  c.values = after[0], c.coefficients = after[1], c.arriving = after + 2;
  c.arrivals = inputs - (5 + s->spec->sources);
  const int weights = s->spec->units * s->weights, inner = s->maps * s->channels;
  c.of_weights = calloc((size_t)s->blocks * (weights + 2 * inner), sizeof(double));
  c.of_input = c.of_weights + (int64_t)s->blocks * weights;
  nasx_parallel(s->blocks, unit_back_part, &c);
  for (int i = 0; i < weights; i++) {
    double sum = 0;
    for (int b = 0; b < s->blocks; b++) {
      sum += c.of_weights[(int64_t)b * weights + i];
    }
    ((real *)out[0]->data)[i] = sum;
  }
  for (int i = 0; i < inner; i++) {
    double p = 0, q = 0, coef[3];
    for (int b = 0; b < s->blocks; b++) {
      p += c.of_input[2 * ((int64_t)b * inner + i)];
      q += c.of_input[2 * ((int64_t)b * inner + i) + 1];
    }
    const real *norm = (const real *)in[2]->data + 2 * i;
    const int normalised = s->spec->normalised;
    normal_back(p, q, (double)s->blocks * s->height * s->width * s->lanes, normalised ? norm[0] : 1,
                normalised ? norm[1] : 0, coef);
    for (int k = 0; k < 3; k++) {
      ((real *)out[1]->data)[3 * i + k] = coef[k];
    }
  }
  free(c.of_weights);
}
