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

// What a part computes with. Rows that the matrix multiplies lie in windows; those of a
// depthwise convolution are computed into depth first.
typedef struct {
  int chunk, windows; // rows of output at once; windows that are open at once
  real *window, *depth, *kernels;
  const real **rows; // [virtual] of what the matrix multiplies
  real **to;         // [outs] of what it makes
} unit_room;

// own_weights is how many numbers weights_of writes for a unit.
static int own_weights(const unit_shape *s) { return s->virtual * s->spec->outs + s->taps * s->channels; }

// matrix_of returns the matrix that stands behind kernels.
static real *matrix_of(const unit_shape *s, real *kernels) { return kernels + s->taps * s->channels; }

// rooms returns the numbers that windows, rows and weights of some units take.
static int64_t rooms(const unit_shape *s, int units, int chunk, int windows) {
  const int64_t depth = s->spec->form == depthwise_pointwise ? (int64_t)units * s->channels * chunk * s->row : 0;
  return windows * (int64_t)s->window + depth + units * (int64_t)own_weights(s);
}

// on_border returns the first border of a cache line from a place on.
static void *on_border(void *at) { return (void *)(((uintptr_t)at + 63) / 64 * 64); }

// furnish divides memory among the parts of a room and returns what is left.
static real *furnish(unit_room *room, const unit_shape *s, int units, real *memory) {
  room->window = memory;
  room->depth = memory + room->windows * (int64_t)s->window;
  real *end = memory + rooms(s, units, room->chunk, room->windows);
  room->kernels = end - units * (int64_t)own_weights(s);
  return end;
}

// window_of returns the window of a channel.
static real *window_of(const unit_shape *s, const unit_room *room, int channel) {
  return room->window + (room->windows == 1 ? 0 : channel * (int64_t)s->window);
}

// depth_row returns a row of a depthwise convolution.
static real *depth_row(const unit_shape *s, const unit_room *room, int unit, int channel, int row) {
  return room->depth + (((int64_t)unit * s->channels + channel) * room->chunk + row % room->chunk) * s->row;
}

// convolve_rows computes rows [start, end) of a channel's depthwise convolution.
static void convolve_rows(const unit_shape *s, const unit_room *room, int unit, int channel, int start, int end,
                          const real *kernel) {
  const real *window = window_of(s, room, channel);
  for (int row = start; row < end; row++) {
    correlate(depth_row(s, room, unit, channel, row), window + (int64_t)row * s->spec->stride * s->window_row, s->n,
              s->taps, s->at, kernel);
  }
}

// point_rows finds what the matrix multiplies for a row of output.
static void point_rows(const unit_shape *s, const unit_room *room, int unit, int row) {
  for (int v = 0; v < s->virtual; v++) {
    if (s->spec->form == depthwise_pointwise) {
      room->rows[v] = depth_row(s, room, unit, v, row);
    } else {
      room->rows[v] = window_of(s, room, v % s->channels) + s->at[v / s->channels] +
                      (int64_t)row * s->spec->stride * s->window_row;
    }
  }
}

// last_row is one behind the last row of a window that the output up to end needs.
static int last_row(const unit_shape *s, int end) {
  return (end - 1) * s->spec->stride + s->row_of[s->taps - 1] + 1;
}

// multiply_row computes a row of a unit's output and adds to its moments.
static void multiply_row(const unit_call *c, const unit_room *room, int block, int unit, int row) {
  const unit_shape *s = &c->s;
  const int units = s->spec->units, outs = s->spec->outs;
  const int64_t image = (int64_t)s->out_height * s->n;
  real *y = (real *)c->out[0]->data + ((int64_t)block * units + unit) * outs * image + (int64_t)row * s->n;
  for (int o = 0; o < outs; o++) {
    room->to[o] = y + o * image;
  }
  multiply(room->to, outs, room->rows, s->virtual, matrix_of(s, room->kernels + unit * own_weights(s)), outs, 1, s->n);
  part_moments *sums = c->moments + ((int64_t)block * units + unit) * outs;
  for (int o = 0; o < outs; o++) {
    if (row == 0) {
      sums[o] = (part_moments){.shift = room->to[o][0]};
    }
    moments(sums[o].sums, room->to[o], sums[o].shift, s->n);
  }
}

// unit_part computes one block of images.
static void unit_part(void *context, int block) {
  const unit_call *c = context;
  const unit_shape *s = &c->s;
  const int units = s->spec->units, shared = s->maps == 1, separable = s->spec->form == depthwise_pointwise;
  unit_room room = {.chunk = chunk_of(s, units), .windows = separable ? 1 : s->channels};
  const int64_t size = rooms(s, units, room.chunk, room.windows);
  real *end = furnish(&room, s, units, nasx_scratch(sizeof(real) * size + 64 + sizeof(real *) * (s->virtual + s->spec->outs)));
  room.rows = on_border(end);
  room.to = (real **)(room.rows + s->virtual);
  for (int u = 0; u < units; u++) {
    real *kernels = room.kernels + u * own_weights(s);
    weights_of(c, u, kernels, matrix_of(s, kernels));
  }
  for (int start = 0, end = 0; start < s->out_height; start = end) {
    end = start + room.chunk < s->out_height ? start + room.chunk : s->out_height;
    for (int i = 0; i < s->channels; i++) {
      for (int u = 0; u < (separable ? units : 1); u++) {
        if (u == 0 || !shared) {
          open_channel(c, window_of(s, &room, i), block, shared ? 0 : u, i, start * s->spec->stride, last_row(s, end));
        }
        if (separable) {
          convolve_rows(s, &room, u, i, start, end, room.kernels + u * own_weights(s) + i * s->taps);
        }
      }
    }
    for (int u = 0; u < units; u++) {
      for (int row = start; row < end; row++) {
        point_rows(s, &room, u, row);
        multiply_row(c, &room, block, u, row);
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
  unit_room room;
  gradient_window w;
  vec *of_matrix, *of_kernels; // [virtual, outs], [channels, taps] of sums
  real *gradients;             // [virtual] windows
  real *arriving;              // [outs] rows
  real *line;
  real **from; // [outs] rows of arriving
  int whole;   // a chunk is the whole image, so that windows are opened once
} back_room;

// rows_back computes rows [start, end) of a unit: the gradients of the matrix, and of what
// it multiplied.
static void rows_back(const unit_call *c, back_room *r, int block, int unit, int start, int end) {
  const unit_shape *s = &c->s;
  const unit_spec *spec = s->spec;
  const int outs = spec->outs, shared = s->maps == 1;
  for (int i = 0; i < s->channels; i++) {
    if (r->whole ? unit == 0 || !shared : spec->want_weights) {
      open_channel(c, window_of(s, &r->room, i), block, shared ? 0 : unit, i, start * spec->stride,
                   r->whole ? s->window_rows : last_row(s, end));
    }
    if (spec->want_weights && spec->form == depthwise_pointwise) {
      convolve_rows(s, &r->room, 0, i, start, end, r->room.kernels + i * s->taps);
    }
  }
  for (int row = start; row < end; row++) {
    arriving_rows(c, block, unit, row, r->from);
    if (spec->want_weights) {
      point_rows(s, &r->room, 0, row);
      multiply_back(r->of_matrix, r->room.rows, s->virtual, (const real *const *)r->from, outs, s->n);
    }
    for (int v = 0; v < s->virtual && r->gradients; v++) {
      r->room.to[v] = r->gradients + (int64_t)v * r->w.size + (int64_t)(row + r->w.margin) * r->w.row +
                      r->w.margin * s->lanes;
    }
    if (r->gradients) {
      multiply(r->room.to, s->virtual, (const real *const *)r->from, outs, matrix_of(s, r->room.kernels), 1, outs, s->n);
    }
  }
}

// kernel_back computes the gradient of a channel's depthwise kernel.
static void kernel_back(const unit_shape *s, back_room *r, int channel) {
  const real *window = window_of(s, &r->room, channel);
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
static void weights_back(const unit_shape *s, const back_room *r, double *to) {
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

// move_in makes the room of a part.
static back_room move_in(const unit_shape *s) {
  const unit_spec *spec = s->spec;
  const int separable = spec->form == depthwise_pointwise, chunk = chunk_of(s, 1), outs = spec->outs;
  back_room r = {.w = gradient_window_of(s), .whole = chunk == s->out_height};
  r.room.chunk = chunk, r.room.windows = separable && !r.whole ? 1 : s->channels;
  const int64_t sums = s->virtual * outs + s->channels * s->taps, own = rooms(s, 1, chunk, r.room.windows);
  const int64_t kept = spec->want_input || separable ? (int64_t)s->virtual * r.w.size : 0;
  const int64_t rows = outs * (int64_t)s->row, line = s->row + s->plane + 64;
  vec *memory = nasx_scratch(sizeof(vec) * sums + sizeof(real) * (own + kept + rows + line) + 64 +
                             sizeof(real *) * (2 * s->virtual + outs));
  r.of_matrix = memory, r.of_kernels = memory + s->virtual * outs;
  real *end = furnish(&r.room, s, 1, (real *)(memory + sums));
  r.gradients = kept ? end : NULL;
  r.arriving = end + kept, r.line = r.arriving + rows;
  r.room.rows = on_border(r.line + line);
  r.room.to = (real **)(r.room.rows + s->virtual);
  r.from = r.room.to + s->virtual;
  memset(end, 0, sizeof(real) * kept);
  for (int o = 0; o < outs; o++) {
    r.from[o] = r.arriving + o * (int64_t)s->row;
  }
  return r;
}

// unit_back_part computes one block of images.
static void unit_back_part(void *context, int block) {
  const unit_call *c = context;
  const unit_shape *s = &c->s;
  const unit_spec *spec = s->spec;
  const int shared = s->maps == 1;
  back_room r = move_in(s);
  for (int u = 0; u < spec->units; u++) {
    weights_of(c, u, r.room.kernels, matrix_of(s, r.room.kernels));
    memset(r.of_matrix, 0, sizeof(vec) * (s->virtual * spec->outs + s->channels * s->taps));
    for (int start = 0, end = 0; start < s->out_height; start = end) {
      end = start + r.room.chunk < s->out_height ? start + r.room.chunk : s->out_height;
      rows_back(c, &r, block, u, start, end);
    }
    for (int i = 0; i < s->channels && r.gradients; i++) {
      if (!r.whole) {
        open_channel(c, window_of(s, &r.room, i), block, shared ? 0 : u, i, 0, s->window_rows);
      }
      if (spec->want_weights && spec->form == depthwise_pointwise) {
        kernel_back(s, &r, i);
      }
      if (spec->want_input) {
        input_back(c, &r.w, block, u, i, r.gradients, r.room.kernels + i * s->taps, window_of(s, &r.room, i), r.line,
                   u == 0 || !shared);
      }
    }
    weights_back(s, &r, c->of_weights + ((int64_t)block * spec->units + u) * s->weights);
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
