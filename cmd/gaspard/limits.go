package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"gaspard/kernel/worker"
)

// addLimits defines the flags that bound what cells may use.
func addLimits(flags *pflag.FlagSet, l *worker.Limits) {
	flags.DurationVar(&l.Time, "limit-time", 0, "stop a cell after this `time`, such as 10s or 2m")
	flags.Var((*size)(&l.Memory), "limit-mem", "stop a cell when the kernel uses this much `memory`, such as 512MB\n"+
		"(default three quarters of the machine's; \"none\" for no limit)")
	flags.Var((*size)(&l.Output), "limit-output", "drop what a cell prints beyond this `size`, such as 1MB")
	flags.BoolVar(&l.Safe, "safe", false, "withhold os/exec, net, syscall and the like from cells")
}

// size is a number of bytes, in binary units.
type size int64

var units = []struct {
	name  string
	bytes float64
}{{"KIB", 1 << 10}, {"MIB", 1 << 20}, {"GIB", 1 << 30}, {"KB", 1 << 10}, {"MB", 1 << 20}, {"GB", 1 << 30}, {"K", 1 << 10}, {"M", 1 << 20}, {"G", 1 << 30}, {"B", 1}}

func (s *size) Set(text string) error {
	if text == "none" {
		*s = -1
		return nil
	}
	number, factor := strings.ToUpper(strings.TrimSpace(text)), 1.0
	for _, u := range units {
		if rest, ok := strings.CutSuffix(number, u.name); ok {
			number, factor = strings.TrimSpace(rest), u.bytes
			break
		}
	}
	value, err := strconv.ParseFloat(number, 64)
	bytes := value * factor
	if err != nil || math.IsNaN(bytes) || bytes < 1 || bytes >= math.MaxInt64 {
		return fmt.Errorf("%q is not a size; write one like 512MB", text)
	}
	*s = size(bytes)
	return nil
}

func (s *size) String() string {
	if *s == 0 {
		return ""
	}
	return strconv.FormatInt(int64(*s), 10)
}

func (s *size) Type() string { return "size" }
