// mix and mix_back: normalised maps, weighted and added up (graph.go says what they
// compute).

// The integers of in[0]; graph.go writes them. Behind targets, inflow and tensors stand
// for every tensor whether each of its maps goes to each target (else map i goes to target
// i) and whether the gradient passes without the normalisation; then the places in z of
// all pairs of map and target, -1 for a weight of 1.
typedef struct {
  int32_t targets, inflow, tensors, more[];
} mix_spec;

// A term is one map that goes to one target.
typedef struct {
  const real *x;          // of the first block and channel
  int64_t next;           // from one block to the next
  real factor;            // its weight in z
  const real *norm;       // [channels, 2]
  int target, tensor, map;
} term;

typedef struct {
  const mix_spec *spec;
  int blocks, channels, terms;
  int64_t image;
  array *const *flows; // what comes in, or arrives
  array *const *out;
  term *term;
  double *sums; // [blocks, channels, targets + terms]
  atomic_int failed; // a part had no memory
} mix_call;

// terms_of lists all terms, or returns 0 if there is no memory.
static int terms_of(mix_call *c, array *const *in, array *const *flows, int count) {
  const mix_spec *spec = in[0]->data;
  const int32_t *place = spec->more + 2 * spec->tensors;
  const real *z = in[1]->data;
  array *const *tensors = flows + count;
  const int64_t *dims = tensors[0]->dims;
  c->spec = spec, c->flows = flows, c->blocks = dims[0], c->channels = dims[2], c->image = dims[3] * dims[4] * dims[5];
  int most = 0;
  for (int k = 0; k < spec->tensors; k++) {
    most += tensors[2 * k]->dims[1] * spec->targets;
  }
  c->term = malloc(sizeof(*c->term) * most);
  if (c->term == NULL) {
    return 0;
  }
  for (int k = 0; k < spec->tensors; k++) {
    const array *x = tensors[2 * k];
    const int each = spec->more[2 * k];
    for (int map = 0; map < x->dims[1]; map++) {
      for (int t = each ? 0 : map; t < (each ? spec->targets : map + 1); t++, place++) {
        c->term[c->terms++] = (term){
            .x = (const real *)x->data + map * c->channels * c->image,
            .next = x->dims[1] * c->channels * c->image,
            .factor = *place < 0 ? 1 : z[*place],
            .norm = (const real *)tensors[2 * k + 1]->data + 2 * map * c->channels,
            .target = t,
            .tensor = k,
            .map = map,
        };
      }
    }
  }
  return 1;
}

// mix_part computes one channel of one block, for all targets.
static void mix_part(void *context, int part) {
  mix_call *c = context;
  const int block = part / c->channels, channel = part % c->channels;
  const int64_t at = (int64_t)part * c->image;
  const real **x = nasx_scratch(c->terms * (sizeof(real *) + sizeof(real)));
  if (x == NULL) {
    c->failed = 1;
    return;
  }
  real *factor = (real *)(x + c->terms);
  for (int t = 0; t < c->spec->targets; t++) {
    real constant = 0;
    int count = 0;
    for (int k = 0; k < c->terms; k++) {
      const term *one = &c->term[k];
      if (one->target == t) {
        x[count] = one->x + block * one->next + channel * c->image;
        factor[count++] = one->factor * one->norm[2 * channel];
        constant += one->factor * one->norm[2 * channel + 1];
      }
    }
    const real *inflow = c->spec->inflow ? (const real *)c->flows[t]->data + at : NULL;
    real *to = (real *)c->out[t]->data + at;
    int64_t q = 0;
    for (; q + 4 * LANES <= c->image; q += 4 * LANES) {
      vec sum[4];
      for (int u = 0; u < 4; u++) {
        sum[u] = all(constant);
        if (inflow) {
          sum[u] += load(inflow + q + u * LANES);
        }
      }
      for (int k = 0; k < count; k++) {
        for (int u = 0; u < 4; u++) {
          sum[u] += all(factor[k]) * load(x[k] + q + u * LANES);
        }
      }
      for (int u = 0; u < 4; u++) {
        store(to + q + u * LANES, sum[u], LANES);
      }
    }
    for (; q < c->image; q++) {
      real sum = inflow ? inflow[q] + constant : constant;
      for (int k = 0; k < count; k++) {
        sum += factor[k] * x[k][q];
      }
      to[q] = sum;
    }
  }
}

const char *KERNEL(mix)(int inputs, array *const *in, int outputs, array *const *out) {
  mix_call c = {.out = out};
  const mix_spec *spec = in[0]->data;
  if (!terms_of(&c, in, in + 2, spec->inflow ? spec->targets : 0)) {
    return no_memory;
  }
  nasx_parallel(c.blocks * c.channels, mix_part, &c);
  free(c.term);
  return c.failed ? no_memory : NULL;
}

// mix_back_part adds up one channel of one block: what arrives at every target, and its
// product with every term.
static void mix_back_part(void *context, int part) {
  mix_call *c = context;
  const int block = part / c->channels, channel = part % c->channels;
  double *sums = c->sums + (int64_t)part * (c->spec->targets + c->terms);
  for (int64_t q = 0; q < c->image; q += most_in_a_row) {
    const int n = c->image - q < most_in_a_row ? c->image - q : most_in_a_row;
    for (int t = 0; t < c->spec->targets; t++) {
      sums[t] += product((const real *)c->flows[t]->data + (int64_t)part * c->image + q, NULL, n);
    }
    for (int k = 0; k < c->terms; k++) {
      const term *one = &c->term[k];
      sums[c->spec->targets + k] += product((const real *)c->flows[one->target]->data + (int64_t)part * c->image + q,
                                            one->x + block * one->next + channel * c->image + q, n);
    }
  }
}

// map_back writes the coefficients of one map, whose terms are [first, past), in one channel,
// and adds to the gradient of z.
static void map_back(const mix_call *c, int first, int past, int channel) {
  const term *map = &c->term[first];
  const int targets = c->spec->targets, tensors = c->spec->tensors, columns = past - first + 2;
  const double *sums = c->sums + (int64_t)channel * (targets + c->terms);
  const double a = map->norm[2 * channel], b = map->norm[2 * channel + 1];
  real *coef = (real *)c->out[map->tensor]->data + ((int64_t)map->map * c->channels + channel) * columns;
  real *of_z = c->out[tensors]->data, *of_channels = c->out[tensors + 1]->data;
  double p = 0, q = 0, back[3];
  for (int k = first; k < past; k++) {
    const double own = sums[c->term[k].target], dot = a * sums[targets + k] + b * own;
    of_z[k] = (channel ? of_z[k] : 0) + dot;
    of_channels[2 * (k * c->channels + channel)] = own;
    of_channels[2 * (k * c->channels + channel) + 1] = dot;
    p += c->term[k].factor * own;
    q += c->term[k].factor * dot;
  }
  normal_back(p, q, (double)c->blocks * c->image, a, b, back);
  if (c->spec->more[2 * map->tensor + 1]) { // the gradient passes
    back[0] = 1, back[1] = back[2] = 0;
  }
  for (int k = first; k < past; k++) {
    coef[k - first] = back[0] * c->term[k].factor;
  }
  coef[columns - 2] = back[1];
  coef[columns - 1] = back[2];
}

const char *KERNEL(mix_back)(int inputs, array *const *in, int outputs, array *const *out) {
  mix_call c = {.out = out};
  const mix_spec *spec = in[0]->data;
  if (!terms_of(&c, in, in + 2, spec->targets)) {
    return no_memory;
  }
  const int each = spec->targets + c.terms;
  c.sums = calloc((size_t)c.blocks * c.channels * each, sizeof(double));
  if (c.sums == NULL) {
    free(c.term);
    return no_memory;
  }
  nasx_parallel(c.blocks * c.channels, mix_back_part, &c);
  for (int64_t b = 1; b < c.blocks; b++) {
    for (int64_t i = 0; i < (int64_t)c.channels * each; i++) {
      c.sums[i] += c.sums[b * c.channels * each + i];
    }
  }
  for (int first = 0, past = 0; first < c.terms; first = past) {
    while (past < c.terms && c.term[past].tensor == c.term[first].tensor && c.term[past].map == c.term[first].map) {
      past++;
    }
    for (int channel = 0; channel < c.channels; channel++) {
      map_back(&c, first, past, channel);
    }
  }
  free(c.sums);
  free(c.term);
  return NULL;
}
