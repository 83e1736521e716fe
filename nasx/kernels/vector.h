// Vectors of numbers, and loops over rows of them. Rows are contiguous; what is read may
// reach up to a vector beyond a row's end, which is why buffers have slack.

typedef real vec __attribute__((vector_size(VECTOR_BYTES), aligned(sizeof(real)), may_alias));
typedef whole mask __attribute__((vector_size(VECTOR_BYTES), aligned(sizeof(real)), may_alias));
#define LANES ((int)(VECTOR_BYTES / sizeof(real)))
#define inlined static inline __attribute__((always_inline))

inlined vec all(real x) { return x - (vec){}; }
inlined vec load(const real *at) { return *(const vec *)at; }

// store writes the first n numbers of v, or all.
inlined void store(real *at, vec v, int n) {
  if (n >= LANES) {
    *(vec *)at = v;
  } else if (n > 0) {
    memcpy(at, &v, (size_t)n * sizeof(real));
  }
}

// where is v where the mask is set, else zero; larger is the larger of two, the second if
// either is not a number.
inlined vec where(mask m, vec v) { return (vec)((mask)v & m); }
inlined vec larger(vec a, vec b) { return (vec)(((mask)a & (a > b)) | ((mask)b & ~(a > b))); }

static double total(vec v) {
  double sum = 0;
  for (int i = 0; i < LANES; i++) {
    sum += v[i];
  }
  return sum;
}


// correlate computes out[q] = Σ_t weight[t]·in[at[t] + q] for q < n, in whole vectors.
inlined void correlate_some(const int some, real *out, const real *in, int taps, const int *at, const real *weight) {
  vec sum[8];
  for (int u = 0; u < some; u++) {
    sum[u] = (vec){};
  }
  for (int t = 0; t < taps; t++) {
    const vec w = all(weight[t]);
    const real *row = in + at[t];
    for (int u = 0; u < some; u++) {
      sum[u] += w * load(row + u * LANES);
    }
  }
  for (int u = 0; u < some; u++) {
    store(out + u * LANES, sum[u], LANES);
  }
}

static void correlate(real *out, const real *in, int n, int taps, const int *at, const real *weight) {
  int q = 0;
  for (; q + 8 * LANES <= n; q += 8 * LANES) {
    correlate_some(8, out + q, in + q, taps, at, weight);
  }
  for (; q + 4 * LANES <= n; q += 4 * LANES) {
    correlate_some(4, out + q, in + q, taps, at, weight);
  }
  for (; q < n; q += LANES) {
    correlate_some(1, out + q, in + q, taps, at, weight);
  }
}

// correlate_back adds Σ_q in[at[t] + q]·with[q] to the vector sum[t], for q < n. Beyond n,
// with is zero up to a whole vector.
inlined void correlate_back_some(const int some, vec *sum, const real *in, const int *at, const real *with, int n) {
  vec s[9];
  for (int t = 0; t < some; t++) {
    s[t] = sum[t];
  }
  for (int q = 0; q < n; q += LANES) {
    const vec w = load(with + q);
    for (int t = 0; t < some; t++) {
      s[t] += w * load(in + at[t] + q);
    }
  }
  for (int t = 0; t < some; t++) {
    sum[t] = s[t];
  }
}

static void correlate_back(vec *sum, const real *in, int taps, const int *at, const real *with, int n) {
  int t = 0;
  if (taps % 9 == 0) {
    for (; t < taps; t += 9) {
      correlate_back_some(9, sum + t, in, at + t, with, n);
    }
  }
  for (; t + 5 <= taps; t += 5) {
    correlate_back_some(5, sum + t, in, at + t, with, n);
  }
  for (; t < taps; t++) {
    correlate_back_some(1, sum + t, in, at + t, with, n);
  }
}

// multiply computes out[o][q] = Σ_i matrix[i·down + o·across]·in[i][q] for q < n and no
// further.
inlined void multiply_some(const int outs, const int some, real *const *out, int ins, const real *const *in,
                                 const real *matrix, int down, int across, int q, int n) {
  vec sum[4][4];
  for (int o = 0; o < outs; o++) {
    for (int u = 0; u < some; u++) {
      sum[o][u] = (vec){};
    }
  }
  for (int i = 0; i < ins; i++) {
    vec x[4];
    for (int u = 0; u < some; u++) {
      x[u] = load(in[i] + q + u * LANES);
    }
    for (int o = 0; o < outs; o++) {
      const vec w = all(matrix[i * down + o * across]);
      for (int u = 0; u < some; u++) {
        sum[o][u] += w * x[u];
      }
    }
  }
  for (int o = 0; o < outs; o++) {
    for (int u = 0; u < some; u++) {
      store(out[o] + q + u * LANES, sum[o][u], n - q - u * LANES);
    }
  }
}

inlined void multiply_rows(const int outs, real *const *out, int ins, const real *const *in, const real *matrix,
                                 int down, int across, int n) {
  enum { some = VECTOR_BYTES == 64 ? 4 : 2 };
  int q = 0;
  for (; q + some * LANES <= n; q += some * LANES) {
    multiply_some(outs, some, out, ins, in, matrix, down, across, q, n);
  }
  for (; q < n; q += LANES) {
    multiply_some(outs, 1, out, ins, in, matrix, down, across, q, n);
  }
}

static void multiply(real *const *out, int outs, const real *const *in, int ins, const real *matrix, int down,
                           int across, int n) {
  int o = 0;
  for (; o + 4 <= outs; o += 4) {
    multiply_rows(4, out + o, ins, in, matrix + o * across, down, across, n);
  }
  for (; o < outs; o++) {
    multiply_rows(1, out + o, ins, in, matrix + o * across, down, across, n);
  }
}

// multiply_back adds Σ_q a[i][q]·b[o][q] to the vector sum[i·outs + o], for q < n. Beyond n,
// b is zero up to a whole vector.
inlined void multiply_back_some(const int some, vec *sum, int outs, const real *const *a, const real *const *b, int n) {
  vec s[4][4];
  for (int i = 0; i < some; i++) {
    for (int o = 0; o < some; o++) {
      s[i][o] = sum[i * outs + o];
    }
  }
  for (int q = 0; q < n; q += LANES) {
    vec x[4];
    for (int i = 0; i < some; i++) {
      x[i] = load(a[i] + q);
    }
    for (int o = 0; o < some; o++) {
      const vec y = load(b[o] + q);
      for (int i = 0; i < some; i++) {
        s[i][o] += x[i] * y;
      }
    }
  }
  for (int i = 0; i < some; i++) {
    for (int o = 0; o < some; o++) {
      sum[i * outs + o] = s[i][o];
    }
  }
}

static void multiply_back(vec *sum, const real *const *a, int ins, const real *const *b, int outs, int n) {
  for (int i = 0; i < ins; i += ins - i >= 4 ? 4 : 1) {
    for (int o = 0; o < outs;) {
      if (ins - i >= 4 && outs - o >= 4) {
        multiply_back_some(4, sum + i * outs + o, outs, a + i, b + o, n);
        o += 4;
        continue;
      }
      for (int k = i; k < i + (ins - i >= 4 ? 4 : 1); k++) {
        multiply_back_some(1, sum + k * outs + o, outs, a + k, b + o, n);
      }
      o++;
    }
  }
}

// most_in_a_row is how many numbers are added up in their own precision at a stretch.
enum { most_in_a_row = 2048 };

// moments adds Σ (x − shift) and Σ (x − shift)² of a row to sums.
static void moments(double sums[2], const real *x, real shift, int n) {
  for (; n > most_in_a_row; x += most_in_a_row, n -= most_in_a_row) {
    moments(sums, x, shift, most_in_a_row);
  }
  vec first = {}, second = {};
  int q = 0;
  for (; q + LANES <= n; q += LANES) {
    const vec d = load(x + q) - all(shift);
    first += d;
    second += d * d;
  }
  sums[0] += total(first);
  sums[1] += total(second);
  for (; q < n; q++) {
    const double d = x[q] - shift;
    sums[0] += d;
    sums[1] += d * d;
  }
}

// product returns Σ a·b of two rows, or Σ a where b is NULL.
static double product(const real *a, const real *b, int n) {
  double result = 0;
  for (; n > most_in_a_row; a += most_in_a_row, b += b ? most_in_a_row : 0, n -= most_in_a_row) {
    result += product(a, b, most_in_a_row);
  }
  vec sum[2] = {};
  int q = 0;
  for (; q + 2 * LANES <= n; q += 2 * LANES) {
    for (int u = 0; u < 2; u++) {
      const vec x = load(a + q + u * LANES);
      if (b) {
        sum[u] += x * load(b + q + u * LANES);
      } else {
        sum[u] += x;
      }
    }
  }
  result += total(sum[0] + sum[1]);
  for (; q < n; q++) {
    result += b ? a[q] * b[q] : a[q];
  }
  return result;
}

static const double normal_epsilon = 1e-5; // under the root, as in the references

// Moments of one part of a channel about a value of its own.
typedef struct {
  double sums[2], shift;
} part_moments;

// normalisation joins the moments of all parts, n numbers each, to the factor and the
// offset that make a channel's mean 0 and its variance 1: parts[i·step].
static void normalisation(const part_moments *parts, int count, int step, double n, double *factor, double *offset) {
  double mean = 0, square = 0;
  for (int i = 0; i < count; i++) {
    mean += parts[i * step].shift + parts[i * step].sums[0] / n;
  }
  mean /= count;
  for (int i = 0; i < count; i++) {
    const part_moments *p = &parts[i * step];
    const double own = p->shift + p->sums[0] / n;
    square += p->sums[1] - p->sums[0] * p->sums[0] / n + n * (own - mean) * (own - mean);
  }
  square = square < 0 ? 0 : square;
  *factor = 1 / sqrt(square / (n * count) + normal_epsilon);
  *offset = -mean * *factor;
}

// normal_back returns what makes dL/dx = arriving·coef[0] + x·coef[1] + coef[2] of the
// gradient that arrives at the normalised values x·factor + offset, from its sum p and its
// product q with them, over n numbers.
static void normal_back(double p, double q, double n, double factor, double offset, double coef[3]) {
  coef[0] = factor;
  coef[1] = -factor * factor * q / n;
  coef[2] = -factor * (p + offset * q) / n;
}

