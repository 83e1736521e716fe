//go:build !unix

package lab

import "syscall"

// detached has no counterpart here: the resident ends with its terminal.
func detached() *syscall.SysProcAttr { return nil }
