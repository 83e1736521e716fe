package rudder

import (
	"math"
	"math/rand/v2"

	"naslab.dev/nasx/credit"
)

// lesson is an episode worth repeating, with the loss it had last.
type lesson struct {
	credit.Episode
	loss float64
}

// lessons keeps the episodes that the model predicts worst.
type lessons struct {
	capacity int
	kept     []lesson
}

// add keeps an episode while there is room; later it replaces the one that is
// predicted best, if it is predicted worse than that.
func (l *lessons) add(e credit.Episode, loss float64) {
	e.Actions = append([]int(nil), e.Actions...)
	if len(l.kept) < l.capacity {
		l.kept = append(l.kept, lesson{e, loss})
		return
	}
	best := 0
	for i := range l.kept {
		if l.kept[i].loss < l.kept[best].loss {
			best = i
		}
	}
	if loss > l.kept[best].loss {
		l.kept[best] = lesson{e, loss}
	}
}

// draw returns the index of a lesson, drawn with the softmax of the losses.
func (l *lessons) draw(rng *rand.Rand) int {
	top, sum := math.Inf(-1), 0.0
	for i := range l.kept {
		top = math.Max(top, l.kept[i].loss)
	}
	for i := range l.kept {
		sum += math.Exp(l.kept[i].loss - top)
	}
	rest := rng.Float64() * sum
	for i := range l.kept {
		if rest -= math.Exp(l.kept[i].loss - top); rest < 0 {
			return i
		}
	}
	return len(l.kept) - 1
}
