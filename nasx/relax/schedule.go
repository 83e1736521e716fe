package relax

import "math"

// Cosine returns the value at an epoch (from 0) of a cosine schedule over a
// number of epochs:
//
//	end + (start − end)(1 + cos(π epoch/epochs)) / 2
//
// The last epoch, epochs−1, is still a little above the end. After it, and for
// no epochs at all, the value stays at the end.
func Cosine(start, end float64, epoch, epochs int) float64 {
	if epoch >= epochs {
		return end
	}
	return end + (start-end)*(1+math.Cos(math.Pi*float64(epoch)/float64(epochs)))/2
}

// Linear returns the value at an epoch (from 0) of a straight line that reaches
// the end exactly in the last epoch:
//
//	end + (1 − (epoch+1)/epochs)(start − end)
//
// This is the temperature of [SNAS]: its first epoch is already below the
// start. After the last epoch the value stays at the end.
func Linear(start, end float64, epoch, epochs int) float64 {
	if epoch+1 >= epochs {
		return end
	}
	return end + (1-float64(epoch+1)/float64(epochs))*(start-end)
}
