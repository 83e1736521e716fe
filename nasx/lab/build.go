package lab

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"sync"
	"time"

	"naslab.dev/nasx/lab/client"
	"naslab.dev/nasx/search"
)

// now is the time, in one place.
var now = time.Now

var validForkName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,40}$`)

// seedNow is the seed that a build in progress was asked for.
var seedNow struct {
	building sync.Mutex // held during a build
	mu       sync.Mutex
	value    *uint64
}

// Seed returns the seed that a session was reset to, or usual. A build that
// uses it can be reset with another seed.
func Seed(usual uint64) uint64 {
	seedNow.mu.Lock()
	defer seedNow.mu.Unlock()
	if seedNow.value != nil {
		return *seedNow.value
	}
	return usual
}

// callBuild calls a build with a seed; nil is the build's own.
func callBuild(build Build, seed *uint64) (searchers []search.Searcher, err error) {
	seedNow.building.Lock()
	defer seedNow.building.Unlock()
	setSeed := func(value *uint64) {
		seedNow.mu.Lock()
		defer seedNow.mu.Unlock()
		seedNow.value = value
	}
	setSeed(seed)
	defer setSeed(nil)
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("the build failed: %v", cause)
		}
	}()
	searchers, err = build()
	if err != nil {
		return nil, err
	}
	if len(searchers) == 0 {
		return nil, errors.New("the build returned no searcher")
	}
	for i, searcher := range searchers {
		if searcher == nil {
			return nil, fmt.Errorf("searcher %d of the build is nil", i+1)
		}
	}
	return searchers, nil
}

// describe returns what searchers say they are, with ids that are unique.
func describe(searchers []search.Searcher) (ids []string, descs []search.Description) {
	seen := map[string]int{}
	for _, searcher := range searchers {
		desc := search.Description{Method: "method"}
		if describer, ok := searcher.(search.Describer); ok {
			desc = describer.Describe()
		}
		id := desc.Method
		if seen[desc.Method]++; seen[desc.Method] > 1 {
			id = fmt.Sprintf("%s-%d", id, seen[desc.Method])
		}
		ids, descs = append(ids, id), append(descs, desc)
	}
	return ids, descs
}

// mirror converts a description to the client's type.
func mirror(desc search.Description) (client.Description, error) {
	var out client.Description
	data, err := json.Marshal(desc)
	if err == nil {
		err = json.Unmarshal(data, &out)
	}
	if err != nil {
		return out, fmt.Errorf("description of %s: %w", desc.Method, err)
	}
	return out, nil
}
