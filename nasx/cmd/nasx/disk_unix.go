//go:build unix

package main

import (
	"context"
	"fmt"

	"golang.org/x/sys/unix"

	"naslab.dev/nasx/backend"
)

// littleDisk is below what a set-up from nothing takes, in bytes.
const littleDisk = 2e9

// checkDisk looks at the free space where the cache is.
func checkDisk(context.Context) finding {
	cache, err := backend.Cache()
	if err != nil {
		return finding{Level: levelFailure, Found: err.Error(), Remedy: "set NASX_CACHE to a folder you can write to"}
	}
	var s unix.Statfs_t
	if err := unix.Statfs(cache, &s); err != nil {
		return finding{
			Level: levelWarning, Found: fmt.Sprintf("cannot measure the free space of %s: %v", cache, err),
			Remedy: "see whether that folder exists",
		}
	}
	free := float64(s.Bavail) * float64(s.Bsize)
	f := finding{Level: levelOK, Found: fmt.Sprintf("%.1f GB free for the cache", free/1e9)}
	if free < littleDisk {
		f.Level, f.Remedy = levelWarning, "make room, or set NASX_CACHE to a folder on a larger disk"
	}
	return f
}
