//go:build !linux

package main

// restart has nothing to do here.
func restart() {}
