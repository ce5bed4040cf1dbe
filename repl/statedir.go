package repl

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
)

// StateDir is the folder of what outlives a session, history and journals:
// gaspard under $XDG_STATE_HOME, or else under ~/.local/state (%LocalAppData%
// on Windows). It is made readable by the user alone.
func StateDir() (string, error) {
	base := os.Getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(base) { // unset, or not usable by its specification
		home, err := os.UserHomeDir()
		if err != nil {
			return "", err
		}
		base = filepath.Join(home, ".local", "state")
		if runtime.GOOS == "windows" {
			if base = os.Getenv("LocalAppData"); base == "" {
				return "", errors.New("%LocalAppData% is not set")
			}
		}
	}
	dir := filepath.Join(base, "gaspard")
	return dir, os.MkdirAll(dir, 0o700)
}
