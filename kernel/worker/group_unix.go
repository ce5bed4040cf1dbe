//go:build unix

package worker

import "syscall"

// ownProcessGroup keeps the terminal's Ctrl-C away from the kernel: the front
// end receives it and sends an interrupt message.
func ownProcessGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
