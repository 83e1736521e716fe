// unit_back: the gradient of unit (graph.go says what it computes).

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

// reaching lists the taps through which pixels of a row of the window, in one plane, reach
// the output: their places among the gradients, and their weights.
static int reaching(const unit_shape *s, const gradient_window *w, int channel, int row, int plane, const real *kernel,
                    int at[most_taps], real weight[most_taps]) {
  const int separable = s->spec->form == depthwise_pointwise, stride = s->spec->stride;
  int count = 0;
  for (int t = 0; t < s->taps; t++) {
    const int below = row - s->row_of[t];
    if (s->plane_of[t] != plane || below < 0 || below % stride != 0) {
      continue;
    }
    const int out_row = below / stride + w->margin;
    if (out_row < s->out_height + 2 * w->margin) {
      const int64_t rows = separable ? channel : t * s->channels + channel;
      at[count] = rows * w->size + out_row * w->row + (w->margin - s->shift_of[t]) * s->lanes;
      weight[count++] = separable ? kernel[t] : 1;
    }
  }
  return count;
}

// input_back computes a unit's gradient for one channel of the input, and adds it to those
// of the units before, unless it is fresh.
static void input_back(const unit_call *c, const gradient_window *w, int block, int unit, int channel,
                       const real *gradients, const real *kernel, const real *window, real *line, int fresh) {
  const unit_shape *s = &c->s;
  const unit_spec *spec = s->spec;
  const int map = s->maps == 1 ? 0 : unit, stride = spec->stride, padding = spec->padding;
  real *to = channel_of(s, c->out + 2, block, map, channel);
  double *sums = c->of_input + 2 * (((int64_t)block * s->maps + map) * s->channels + channel);
  for (int i = 0; i < s->height; i++) {
    for (int plane = 0; plane < stride; plane++) {
      int at[most_taps];
      real weight[most_taps];
      const int row = i + padding, taps = reaching(s, w, channel, row, plane, kernel, at, weight);
      // Pixels of this plane that are part of the image, and the first of their columns.
      const int from = (padding - plane + stride - 1) / stride, past = (s->width + padding - plane + stride - 1) / stride;
      const int column = from * stride + plane - padding, n = (past - from) * s->lanes;
      if (n <= 0) {
        continue;
      }
      correlate(line, gradients + from * s->lanes, n, taps, at, weight);
      const real *x = window + (int64_t)row * s->window_row + plane * s->plane + from * s->lanes;
      for (int q = 0; q < n; q++) {
        line[q] = !spec->relu || x[q] > 0 ? line[q] : 0;
      }
      for (int j = 0; j < past - from; j++) {
        real *pixel = to + ((int64_t)i * s->width + column + j * stride) * s->lanes;
        for (int q = 0; q < s->lanes; q++) {
          pixel[q] = (fresh ? 0 : pixel[q]) + line[j * s->lanes + q];
        }
      }
      if (spec->want_back) {
        sums[0] += product(line, NULL, n);
        sums[1] += product(line, x, n); // where x is 0 by ReLU, so is line
      }
    }
  }
}

// What the gradient of a part is computed with, besides.
typedef struct {
  unit_scratch scratch;
  gradient_window w;
  vec *of_matrix, *of_kernels; // [virtual, outs], [channels, taps] of sums
  real *gradients;             // [virtual] windows
  real *arriving;              // [outs] rows
  real *line;
  real **from; // [outs] rows of arriving
  int whole;   // a chunk is the whole image, so that windows are opened once
} back_scratch;

// rows_back computes rows [start, end) of a unit: the gradients of the matrix, and of what
// it multiplied.
static void rows_back(const unit_call *c, back_scratch *r, int block, int unit, int start, int end) {
  const unit_shape *s = &c->s;
  const unit_spec *spec = s->spec;
  const int outs = spec->outs, shared = s->maps == 1;
  for (int i = 0; i < s->channels; i++) {
    if (r->whole ? unit == 0 || !shared : spec->want_weights) {
      open_channel(c, window_of(s, &r->scratch, i), block, shared ? 0 : unit, i, start * spec->stride,
                   r->whole ? s->window_rows : last_row(s, end));
    }
    if (spec->want_weights && spec->form == depthwise_pointwise) {
      convolve_rows(s, &r->scratch, 0, i, start, end, r->scratch.kernels + i * s->taps);
    }
  }
  for (int row = start; row < end; row++) {
    arriving_rows(c, block, unit, row, r->from);
    if (spec->want_weights) {
      point_rows(s, &r->scratch, 0, row);
      multiply_back(r->of_matrix, r->scratch.rows, s->virtual, (const real *const *)r->from, outs, s->n);
    }
    for (int v = 0; v < s->virtual && r->gradients; v++) {
      r->scratch.to[v] = r->gradients + (int64_t)v * r->w.size + (int64_t)(row + r->w.margin) * r->w.row +
                      r->w.margin * s->lanes;
    }
    if (r->gradients) {
      multiply(r->scratch.to, s->virtual, (const real *const *)r->from, outs, matrix_of(s, r->scratch.kernels), 1, outs, s->n);
    }
  }
}

// kernel_back computes the gradient of a channel's depthwise kernel.
static void kernel_back(const unit_shape *s, back_scratch *r, int channel) {
  const real *window = window_of(s, &r->scratch, channel);
  for (int row = 0; row < s->out_height; row++) {
    const real *with = r->gradients + (int64_t)channel * r->w.size + (int64_t)(row + r->w.margin) * r->w.row +
                       r->w.margin * s->lanes;
    if (s->n % LANES != 0) {
      memcpy(r->line, with, sizeof(real) * s->n);
      memset(r->line + s->n, 0, sizeof(real) * (s->row - s->n));
      with = r->line;
    }
    correlate_back(r->of_kernels + channel * s->taps, window + (int64_t)row * s->spec->stride * s->window_row, s->taps,
                   s->at, with, s->n);
  }
}

// weights_back writes the gradient of a unit's weights in their order.
static void weights_back(const unit_shape *s, const back_scratch *r, double *to) {
  const int outs = s->spec->outs, half = outs / 2;
  if (s->spec->form == depthwise_pointwise) {
    for (int i = 0; i < s->channels; i++) {
      for (int t = 0; t < s->taps; t++) {
        to[t * s->channels + i] = total(r->of_kernels[i * s->taps + t]);
      }
    }
    to += s->taps * s->channels;
  }
  for (int v = 0; v < s->virtual; v++) {
    for (int o = 0; o < outs; o++) {
      const double sum = total(r->of_matrix[v * outs + o]);
      if (s->spec->form != pair) {
        to[v * outs + o] = sum;
      } else if (v / s->channels == o / half) {
        to[v * half + o % half] = sum;
      }
    }
  }
}

// back_scratch_of makes the scratch of a part; without of_matrix there is no memory.
static back_scratch back_scratch_of(const unit_shape *s) {
  const unit_spec *spec = s->spec;
  const int separable = spec->form == depthwise_pointwise, chunk = chunk_of(s, 1), outs = spec->outs;
  back_scratch r = {.w = gradient_window_of(s), .whole = chunk == s->out_height};
  r.scratch.chunk = chunk, r.scratch.windows = separable && !r.whole ? 1 : s->channels;
  const int64_t sums = s->virtual * outs + s->channels * s->taps, own = scratch_size(s, 1, chunk, r.scratch.windows);
  const int64_t kept = spec->want_input || separable ? (int64_t)s->virtual * r.w.size : 0;
  const int64_t rows = outs * (int64_t)s->row, line = s->row + s->plane + 64;
  vec *memory = r.of_matrix = nasx_scratch(sizeof(vec) * sums + sizeof(real) * (own + kept + rows + line) + 64 +
                                           sizeof(real *) * (2 * s->virtual + outs));
  if (memory == NULL) {
    return r;
  }
  r.of_kernels = memory + s->virtual * outs;
  real *end = divide(&r.scratch, s, 1, (real *)(memory + sums));
  r.gradients = kept ? end : NULL;
  r.arriving = end + kept, r.line = r.arriving + rows;
  r.scratch.rows = on_border(r.line + line);
  r.scratch.to = (real **)(r.scratch.rows + s->virtual);
  r.from = r.scratch.to + s->virtual;
  memset(end, 0, sizeof(real) * kept);
  for (int o = 0; o < outs; o++) {
    r.from[o] = r.arriving + o * (int64_t)s->row;
  }
  return r;
}

// unit_back_part computes one block of images.
static void unit_back_part(void *context, int block) {
  unit_call *c = context;
  const unit_shape *s = &c->s;
  const unit_spec *spec = s->spec;
  const int shared = s->maps == 1;
  back_scratch r = back_scratch_of(s);
  if (r.of_matrix == NULL) {
    c->failed = 1;
    return;
  }
  for (int u = 0; u < spec->units; u++) {
    weights_of(c, u, r.scratch.kernels, matrix_of(s, r.scratch.kernels));
    memset(r.of_matrix, 0, sizeof(vec) * (s->virtual * spec->outs + s->channels * s->taps));
    for (int start = 0, end = 0; start < s->out_height; start = end) {
      end = start + r.scratch.chunk < s->out_height ? start + r.scratch.chunk : s->out_height;
      rows_back(c, &r, block, u, start, end);
    }
    for (int i = 0; i < s->channels && r.gradients; i++) {
      if (!r.whole) {
        open_channel(c, window_of(s, &r.scratch, i), block, shared ? 0 : u, i, 0, s->window_rows);
      }
      if (spec->want_weights && spec->form == depthwise_pointwise) {
        kernel_back(s, &r, i);
      }
      if (spec->want_input) {
        input_back(c, &r.w, block, u, i, r.gradients, r.scratch.kernels + i * s->taps, window_of(s, &r.scratch, i), r.line,
                   u == 0 || !shared);
      }
    }
    weights_back(s, &r, c->of_weights + ((int64_t)block * spec->units + u) * s->weights);
  }
}

const char *KERNEL(unit_back)(int inputs, array *const *in, int outputs, array *const *out) {
  unit_call c = {.s = shape_of(in), .in = in, .out = out};
  const unit_shape *s = &c.s;
  array *const *after = in + 3 + s->spec->sources;
  c.values = after[0], c.coefficients = after[1], c.arriving = after + 2;
  c.arrivals = inputs - (5 + s->spec->sources);
  const int weights = s->spec->units * s->weights, inner = s->maps * s->channels;
  c.of_weights = calloc((size_t)s->blocks * (weights + 2 * inner), sizeof(double));
  if (c.of_weights == NULL) {
    return no_memory;
  }
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
  return c.failed ? no_memory : NULL;
}
