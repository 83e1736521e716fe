//go:build unix

package lab

import "syscall"

// detached lets a process outlive this one, its terminal and its signals.
func detached() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }
