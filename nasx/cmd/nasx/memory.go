package main

import (
	"os"
	"regexp"
	"strconv"
)

// highWater is the line of a Linux process's status with the most memory it had.
// (getrusage would do elsewhere, but on Linux it also has the parent's peak.)
var highWater = regexp.MustCompile(`(?m)^VmHWM:\s*(\d+) kB$`)

// peakMemory returns the most resident memory that this process had, in bytes, 0
// where the system does not say.
func peakMemory() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	found := highWater.FindSubmatch(status)
	if found == nil {
		return 0
	}
	kib, _ := strconv.ParseInt(string(found[1]), 10, 64)
	return kib << 10
}
