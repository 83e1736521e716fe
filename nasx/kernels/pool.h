// pool and pool_back: poolings of one map (graph.go says what they compute).

enum { max_pooling, average_pooling };

// The integers of in[0]; graph.go writes them.
typedef struct {
  int32_t stride, normalised, skip, kinds, kind[];
} pool_spec;

// A window of three by three is that of a unit.
typedef struct {
  unit_spec unit;
  unit_shape s;
} pool_shape;

static void shape_of_pool(const pool_spec *spec, array *const *in, pool_shape *p) {
  p->unit = (unit_spec){.side = 3, .dilation = 1, .stride = spec->stride, .padding = 1, .form = dense,
                        .normalised = spec->normalised, .sources = 1};
  array *const as_unit[] = {&(array){.data = &p->unit}, NULL, NULL, in[1]};
  p->s = shape_of(as_unit);
}

typedef struct {
  const pool_spec *spec;
  const unit_shape *s;
  array *const *in, *const *out;
  part_moments *moments;         // [blocks, kinds, channels]
  array *const *arriving, *pooled; // for the gradient
  const real *coefficients, *of_skip;
  int targets;
  atomic_int failed; // a part had no memory
} pool_call;

// covered_of is how many of three neighbours exist around a place.
static int covered_of(int at, int size) { return (at > 0) + 1 + (at + 1 < size); }

// average_weights writes one over the number of pixels that a window covers, for a row.
static void average_weights(const unit_shape *s, int row, real *to) {
  const int stride = s->spec->stride, down = covered_of(row * stride, s->height);
  for (int j = 0; j < s->out_width; j++) {
    for (int q = 0; q < s->lanes; q++) {
      to[j * s->lanes + q] = (real)1 / (down * covered_of(j * stride, s->width));
    }
  }
}

// open_pool opens the window of a channel.
static void open_pool(const pool_call *c, real *window, int block, int channel, real beyond) {
  const real *norm = (const real *)c->in[2]->data + 2 * channel;
  const int normalised = c->spec->normalised;
  open_window(c->s, window, channel_of(c->s, c->in + 1, block, 0, channel), 0, c->s->window_rows, 0,
              normalised ? norm[0] : 1, normalised ? norm[1] : 0, beyond);
}

// pool_part computes one channel of one block of images.
static void pool_part(void *context, int part) {
  pool_call *c = context;
  const unit_shape *s = c->s;
  const int block = part / s->channels, channel = part % s->channels, kinds = c->spec->kinds;
  real *window = nasx_scratch(sizeof(real) * (s->window + 2 * s->row)), *weights = window + s->window;
  if (window == NULL) {
    c->failed = 1;
    return;
  }
  for (int k = 0; k < kinds; k++) {
    const int average = c->spec->kind[k] == average_pooling;
    open_pool(c, window, block, channel, average ? 0 : -INFINITY);
    const int64_t image = (int64_t)s->out_height * s->n;
    real *y = (real *)c->out[0]->data + (((int64_t)block * kinds + k) * s->channels + channel) * image;
    part_moments *m = c->moments + ((int64_t)block * kinds + k) * s->channels + channel;
    for (int row = 0; row < s->out_height; row++, y += s->n) {
      const real *base = window + (int64_t)row * s->spec->stride * s->window_row;
      if (average) {
        average_weights(s, row, weights);
      }
      for (int q = 0; q < s->n; q += LANES) {
        vec value = load(base + s->at[0] + q);
        for (int t = 1; t < 9; t++) {
          const vec x = load(base + s->at[t] + q);
          if (average) {
            value += x;
          } else {
            value = larger(x, value);
          }
        }
        if (average) {
          value *= load(weights + q);
        }
        store(y + q, value, s->n - q);
      }
      if (row == 0) {
        *m = (part_moments){.shift = y[0]};
      }
      moments(m->sums, y, m->shift, s->n);
    }
  }
}

const char *KERNEL(pool)(int inputs, array *const *in, int outputs, array *const *out) {
  pool_shape p;
  shape_of_pool(in[0]->data, in, &p);
  pool_call c = {.spec = in[0]->data, .s = &p.s, .in = in, .out = out};
  const int count = c.spec->kinds * p.s.channels;
  c.moments = malloc(sizeof(part_moments) * p.s.blocks * count);
  if (c.moments == NULL) {
    return no_memory;
  }
  nasx_parallel(p.s.blocks * p.s.channels, pool_part, &c);
  for (int i = 0; i < count; i++) {
    double factor, offset;
    normalisation(c.moments + i, p.s.blocks, count, (double)p.s.out_height * p.s.n, &factor, &offset);
    ((real *)out[1]->data)[2 * i] = factor;
    ((real *)out[1]->data)[2 * i + 1] = offset;
  }
  free(c.moments);
  return c.failed ? no_memory : NULL;
}

// pooled_row computes the gradient of a row of a pooling, before its normalisation.
static void pooled_row(const pool_call *c, int block, int channel, int kind, int row, real *to) {
  const unit_shape *s = c->s;
  const int targets = c->targets;
  const int64_t image = (int64_t)s->out_height * s->n;
  const real *y = (const real *)c->pooled->data +
                  (((int64_t)block * c->spec->kinds + kind) * s->channels + channel) * image + (int64_t)row * s->n;
  const real *coef = c->coefficients + (kind * s->channels + channel) * (targets + 2);
  for (int q = 0; q < s->n; q++) {
    to[q] = coef[targets] * y[q] + coef[targets + 1];
  }
  for (int t = 0; t < targets; t++) {
    const real *v = (const real *)c->arriving[t]->data + ((int64_t)block * s->channels + channel) * image +
                    (int64_t)row * s->n;
    for (int q = 0; q < s->n; q++) {
      to[q] += coef[t] * v[q];
    }
  }
}

// average_back adds a row's gradient to all pixels of its windows.
static void average_back(const unit_shape *s, real *gradient, const real *arriving, const real *weights) {
  for (int t = 0; t < 9; t++) {
    real *to = gradient + s->at[t];
    for (int q = 0; q < s->n; q++) {
      to[q] += arriving[q] * weights[q];
    }
  }
}

// max_back adds a row's gradient to the first of the largest pixels of each window.
static void max_back(const unit_shape *s, real *gradient, const real *arriving, const real *window) {
  for (int q = 0; q < s->n; q += LANES) {
    vec largest = load(window + s->at[0] + q), left = load(arriving + q);
    for (int t = 1; t < 9; t++) {
      largest = larger(load(window + s->at[t] + q), largest);
    }
    for (int t = 0; t < 9; t++) {
      real *to = gradient + s->at[t] + q;
      const vec x = load(window + s->at[t] + q);
      store(to, load(to) + where(x == largest, left), s->n - q);
      left = where(x != largest, left);
    }
  }
}

// close_window writes what a window holds of the image, and adds what passes by a skip.
static void close_window(const pool_call *c, int block, int channel, const real *window) {
  const unit_shape *s = c->s;
  real *to = channel_of(s, c->out, block, 0, channel);
  const int stride = s->spec->stride, padding = s->spec->padding;
  for (int i = 0; i < s->height; i++) {
    for (int j = 0; j < s->width; j++) {
      const int column = j + padding;
      memcpy(to + ((int64_t)i * s->width + j) * s->lanes,
             window + (int64_t)(i + padding) * s->window_row + column % stride * s->plane + column / stride * s->lanes,
             sizeof(real) * s->lanes);
    }
  }
  const int64_t image = (int64_t)s->out_height * s->n;
  for (int t = 0; c->spec->skip && t < c->targets; t++) {
    const real *v = (const real *)c->arriving[t]->data + ((int64_t)block * s->channels + channel) * image;
    const real factor = c->of_skip[channel * (c->targets + 2) + t];
    for (int64_t q = 0; q < image; q++) {
      to[q] += factor * v[q];
    }
  }
}

// pool_back_part computes the gradient of one channel of one block.
static void pool_back_part(void *context, int part) {
  pool_call *c = context;
  const unit_shape *s = c->s;
  const int block = part / s->channels, channel = part % s->channels;
  real *window = nasx_scratch(sizeof(real) * (2 * (int64_t)s->window + 2 * s->row));
  if (window == NULL) {
    c->failed = 1;
    return;
  }
  real *gradient = window + s->window, *weights = gradient + s->window, *arriving = weights + s->row;
  memset(gradient, 0, sizeof(real) * s->window);
  memset(arriving, 0, sizeof(real) * s->row);
  for (int k = 0; k < c->spec->kinds; k++) {
    const int average = c->spec->kind[k] == average_pooling;
    if (!average) {
      open_pool(c, window, block, channel, -INFINITY);
    }
    for (int row = 0; row < s->out_height; row++) {
      const int64_t base = (int64_t)row * s->spec->stride * s->window_row;
      pooled_row(c, block, channel, k, row, arriving);
      if (average) {
        average_weights(s, row, weights);
        average_back(s, gradient + base, arriving, weights);
      } else {
        max_back(s, gradient + base, arriving, window + base);
      }
    }
  }
  close_window(c, block, channel, gradient);
}

const char *KERNEL(pool_back)(int inputs, array *const *in, int outputs, array *const *out) {
  pool_shape p;
  shape_of_pool(in[0]->data, in, &p);
  pool_call c = {.spec = in[0]->data, .s = &p.s, .in = in, .out = out};
  array *const *rest = in + 3;
  if (c.spec->kinds > 0) {
    c.pooled = rest[0];
    c.coefficients = rest[1]->data;
    rest += 2;
  }
  if (c.spec->skip) {
    c.of_skip = rest[0]->data;
    rest++;
  }
  c.arriving = rest;
  c.targets = in + inputs - rest;
  nasx_parallel(p.s.blocks * p.s.channels, pool_back_part, &c);
  return c.failed ? no_memory : NULL;
}
