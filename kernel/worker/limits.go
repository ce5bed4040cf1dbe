package worker

import (
	"encoding/json"
	"fmt"
	"os"
	"time"
)

// Limits bound what cells may use: in a class room, or of somebody else's
// notebook. The zero value bounds nothing but memory.
type Limits struct {
	// Time is how long a cell may take. One that does not stop when told to
	// takes the kernel with it.
	Time time.Duration `json:"time,omitempty"`
	// Memory is how many bytes the kernel may use. A cell that goes beyond is
	// stopped and the session's values are kept; one that takes too much at once
	// takes the kernel with it. 0 means three quarters of the machine's memory,
	// where that is known; negative means no limit.
	Memory int64 `json:"memory,omitempty"`
	// Output is how many bytes a cell may print and show; the rest is dropped.
	Output int64 `json:"output,omitempty"`
	// Safe keeps cells from starting processes and from the network: they cannot
	// use os/exec, net and the like. Files remain.
	Safe bool `json:"safe,omitempty"`
}

// limitsVariable carries the limits into the kernel's process.
const limitsVariable = "GASPARD_LIMITS"

// environment is the entry that hands the limits to a kernel.
func (l Limits) environment() string {
	text, err := json.Marshal(l)
	if err != nil {
		panic("worker: limits cannot be written: " + err.Error())
	}
	return limitsVariable + "=" + string(text)
}

// InheritedLimits are those that a kernel's process was started with.
func InheritedLimits() (Limits, error) {
	var l Limits
	text := os.Getenv(limitsVariable)
	if text == "" {
		return l, nil
	}
	if err := json.Unmarshal([]byte(text), &l); err != nil {
		return l, fmt.Errorf("%s cannot be read: %w", limitsVariable, err)
	}
	return l, nil
}
