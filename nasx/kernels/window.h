// Windows: copies of a channel with a margin, in which a tap is a distance.

enum { most_taps = 25 }; // of a kernel of 5×5; graph.go sees to it

// How weights make the convolution.
enum { depthwise_pointwise, dense, pair };

// The integers of in[0]; graph.go writes them.
typedef struct {
  int32_t side, dilation, stride, padding, form, relu, normalised, units, outs, sources;
  int32_t want_weights, want_input, want_back, places[];
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

// channel_of returns one channel of the input.
static real *channel_of(const unit_shape *s, array *const *sources, int block, int map, int channel) {
  const int64_t size = (int64_t)s->height * s->width * s->lanes;
  real *data = sources[channel / s->part]->data;
  return data + (((int64_t)block * s->maps + map) * s->part + channel % s->part) * size;
}

// prepare copies a row with what comes before a convolution or pooling.
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
