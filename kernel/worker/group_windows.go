package worker

import "syscall"

// ownProcessGroup keeps the console's Ctrl-C away from the kernel: the front
// end receives it and sends an interrupt message.
func ownProcessGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}
