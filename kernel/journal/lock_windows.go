package journal

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// lockPlace is far behind the end of any journal: locks of this system keep
// others from reading what they cover.
const lockPlace = 1 << 30

// hold takes the lock of a running session. The system gives it back when the
// process ends, however that happens.
func hold(f *os.File) error {
	return windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK, 0, 1, 0, &windows.Overlapped{OffsetHigh: lockPlace})
}

// held reports whether a running session writes the file.
func held(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	err = windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &windows.Overlapped{OffsetHigh: lockPlace})
	return errors.Is(err, windows.ERROR_LOCK_VIOLATION)
}
