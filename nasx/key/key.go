// Package key makes random generators from names instead of from history.
//
// Every random draw of a search is a pure function of (seed, purpose, step,
// index). No generator is kept between draws, so nothing random has to be
// saved in a checkpoint, looking at a search cannot change it, and the number
// of workers cannot change it either.
package key

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
)

// Rand returns a fresh generator for one purpose at one moment of a search.
//
//	seed     the seed of the run
//	purpose  what is drawn, for example "gumbel" or "permutation"
//	step     when: the step or epoch, from 0
//	index    which: the edge, image or worker, from 0
//
// Equal arguments give equal streams on every machine; different arguments
// give streams that are independent for all practical purposes (ChaCha8 keyed
// by a SHA-256 digest of the arguments).
func Rand(seed uint64, purpose string, step, index int) *rand.Rand {
	head := make([]byte, 0, 32+len(purpose))
	head = binary.LittleEndian.AppendUint64(head, seed)
	head = binary.LittleEndian.AppendUint64(head, uint64(int64(step)))
	head = binary.LittleEndian.AppendUint64(head, uint64(int64(index)))
	head = append(head, purpose...)
	return rand.New(rand.NewChaCha8(sha256.Sum256(head)))
}
