package datasets

import (
	"fmt"
	"slices"
	"sync"

	"naslab.dev/nasx/key"
)

// Parts of a set that [Loader.Batch] and [Loader.Held] know. They are the same
// strings as in package search.
const (
	partTrain      = "train"
	partHalfA      = "half-a"
	partHalfB      = "half-b"
	partValidation = "validation"
	partTest       = "test"
)

const (
	splitSeed     = 0    // every run holds out the same images, whatever its seed
	heldOutShare  = 10   // one in ten training images is held out unless the set says otherwise
	heldOutAtMost = 5000 // images
)

// LoaderConfig says how a [Loader] splits and orders a set.
type LoaderConfig struct {
	Seed      uint64 // keys the order of every epoch, and the augmentation
	BatchSize int    // images per minibatch, at least 1 and at most the training images

	// Validation is the number of training images held out; 0 stands for
	// the set's own default (see [Set.Validation]), −1 for none.
	Validation int

	// TrainLimit keeps only so many training images, for quick runs; 0
	// keeps all. The images held out stay the same.
	TrainLimit int

	// Augment changes the images of minibatches; its zero value does not.
	Augment Augment
}

// Loader hands out the minibatches of a set. It satisfies search.Batches and
// may be used from several goroutines.
//
// The published training images, permuted by key.Rand(0, "split", 0, 0), are
// training images first and held-out ones last: for the digits 1,000 and 300.
// Half A is the first half of the training images in this order, half B the
// rest. In epoch e the training images stand in the order of
// key.Rand(seed, "permutation", e, 0).Perm, and the images of a half in the
// order that they have there.
type Loader struct {
	set  *Set
	cfg  LoaderConfig
	pool []int // [training images], places in set.Train
	held Images

	mu     sync.Mutex
	epoch  int              // whose order is kept, −1 for none
	orders map[string][]int // by part: places in set.Train, in the epoch's order
}

// NewLoader splits a set. It keeps the set's memory and does not change it.
func NewLoader(set *Set, cfg LoaderConfig) (*Loader, error) {
	n := set.Train.Len()
	held := cfg.Validation
	switch {
	case held == 0 && set.Validation > 0:
		held = set.Validation
	case held == 0:
		held = min(n/heldOutShare, heldOutAtMost)
	case held < 0:
		held = 0
	}
	if held >= n {
		return nil, fmt.Errorf("datasets: %s has %d training images, cannot hold out %d of them", set.Name, n, held)
	}
	order := key.Rand(splitSeed, "split", 0, 0).Perm(n)
	l := &Loader{set: set, cfg: cfg, pool: order[:n-held], epoch: -1}
	if cfg.TrainLimit < 0 {
		return nil, fmt.Errorf("datasets: limit of training images is %d, want 0 for none or more", cfg.TrainLimit)
	}
	if cfg.TrainLimit > 0 && cfg.TrainLimit < len(l.pool) {
		l.pool = l.pool[:cfg.TrainLimit]
	}
	if cfg.BatchSize < 1 || cfg.BatchSize > len(l.pool) {
		return nil, fmt.Errorf("datasets: minibatch of %d images, want 1 to the %d training images of %s",
			cfg.BatchSize, len(l.pool), set.Name)
	}
	if err := cfg.Augment.check(set.Train); err != nil {
		return nil, err
	}
	l.held = gather(set.Train, order[n-held:])
	return l, nil
}

// Dims returns the size of one image and the number of classes.
func (l *Loader) Dims() (height, width, channels, classes int) {
	im := l.set.Train
	return im.Height, im.Width, im.Channels, im.Classes
}

// Schedule returns the images per minibatch and the minibatches per epoch: the
// training images over the size of a minibatch, rounded up, for every part.
func (l *Loader) Schedule() (batchSize, perEpoch int) {
	return l.cfg.BatchSize, (len(l.pool) + l.cfg.BatchSize - 1) / l.cfg.BatchSize
}

// Counts returns how many images each part has.
func (l *Loader) Counts() (train, validation, test int) {
	return len(l.pool), l.held.Len(), l.set.Test.Len()
}

// Batch returns minibatch index (from 0) of an epoch (from 0) of the part
// "train", "half-a" or "half-b": the index-th window over that part in the
// epoch's order, going round at its end.
//
//	pixels [batchSize, height, width, channels]
//	labels [batchSize]
//
// Both are the caller's to keep.
func (l *Loader) Batch(part string, epoch, index int) (pixels []float32, labels []int32, err error) {
	size, perEpoch := l.Schedule()
	if epoch < 0 || index < 0 || index >= perEpoch {
		return nil, nil, fmt.Errorf("datasets: minibatch %d of epoch %d, want 0 to %d of epoch 0 or later",
			index, epoch, perEpoch-1)
	}
	order, ok := l.order(epoch)[part]
	if !ok {
		return nil, nil, fmt.Errorf("datasets: minibatch of part %q, want %s, %s or %s",
			part, partTrain, partHalfA, partHalfB)
	}
	if len(order) == 0 {
		return nil, nil, fmt.Errorf("datasets: part %q of %s has no images", part, l.set.Name)
	}
	places := make([]int, size)
	for i := range places {
		places[i] = order[(index*size+i)%len(order)]
	}
	batch := gather(l.set.Train, places)
	if l.cfg.Augment.on() {
		each := batch.Size()
		for i := range places {
			rng := key.Rand(l.cfg.Seed, "augment", epoch, index*size+i)
			l.cfg.Augment.apply(batch.Pixels[i*each:(i+1)*each], batch, l.set.black(), rng)
		}
	}
	return batch.Pixels, batch.Labels, nil
}

// Held returns all images of the part "validation" or "test" in their fixed
// order, never augmented. Both slices are shared: the caller must not change
// them.
func (l *Loader) Held(part string) (pixels []float32, labels []int32, err error) {
	var im Images
	switch part {
	case partValidation:
		im = l.held
	case partTest:
		im = l.set.Test
	default:
		return nil, nil, fmt.Errorf("datasets: held-out part %q, want %s or %s", part, partValidation, partTest)
	}
	if im.Len() == 0 {
		return nil, nil, fmt.Errorf("datasets: part %q of %s has no images", part, l.set.Name)
	}
	return im.Pixels, im.Labels, nil
}

// order returns the epoch's order of every training part. It keeps that of the
// last epoch asked for, because an epoch's minibatches are asked for in turn.
func (l *Loader) order(epoch int) map[string][]int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.epoch == epoch {
		return l.orders
	}
	n := len(l.pool)
	var a, b []int
	all := key.Rand(l.cfg.Seed, "permutation", epoch, 0).Perm(n)
	for i, place := range all {
		all[i] = l.pool[place]
		if place < n/2 {
			a = append(a, all[i])
		} else {
			b = append(b, all[i])
		}
	}
	l.epoch = epoch
	l.orders = map[string][]int{partTrain: all, partHalfA: a, partHalfB: b}
	return l.orders
}

// gather copies the images at the given places, in this order.
func gather(from Images, places []int) Images {
	size := from.Size()
	out := from
	out.Pixels = make([]float32, 0, len(places)*size)
	out.Labels = make([]int32, 0, len(places))
	for _, p := range places {
		out.Pixels = append(out.Pixels, from.Pixels[p*size:(p+1)*size]...)
		out.Labels = append(out.Labels, from.Labels[p])
	}
	return out
}

// black returns the standardised value of a black pixel, [Channels].
func (s *Set) black() []float32 {
	out := slices.Clone(s.Mean)
	for c := range out {
		out[c] = -s.Mean[c] / s.Std[c]
	}
	return out
}
