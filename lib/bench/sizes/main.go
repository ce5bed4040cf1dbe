// Command sizes prints a table of value, residual, time and peak memory of each solver for
// growing numbers of points n = m:
//
//	go run ./lib/bench/sizes
//	go run ./lib/bench/sizes -solvers Exact,Sinkhorn -sizes 1000,5000 -timeout 2m
//
// Points are drawn from N(0, I) and N(1, 0.49 I). Every row is a process of its own, whose
// largest resident memory the system reports: so the points, some 10 MB of the program,
// and garbage of earlier runs are in it. The time is the median of runs over half a second, or of one longer run.
// Memory is known on Linux only.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("sizes: ")
	names := flag.String("solvers", "", "solvers to run, separated by commas; all if empty")
	sizes := flag.String("sizes", "100,1000,5000,10000,100000,1000000", "numbers of points")
	timeout := flag.Duration("timeout", 10*time.Minute, "stop a row after this time")
	row := flag.String("row", "", "run this solver at the one size given, and print its row")
	flag.Parse()
	list, err := numbers(*sizes)
	if err != nil {
		log.Fatal(err)
	}
	if *row != "" {
		s, ok := find(*row)
		if !ok || len(list) != 1 {
			log.Fatalf("there is no solver %q, or not one size", *row)
		}
		fmt.Println(s.measure(list[0]))
		return
	}
	for _, name := range strings.Split(*names, ",") {
		if _, ok := find(name); !ok && *names != "" {
			log.Fatalf("there is no solver %q", name)
		}
	}
	fmt.Printf("%-28s %8s %14s %10s %-22s %12s %12s\n", "solver", "n = m", "value", "residual", "of", "time", "peak memory")
	for _, s := range solvers {
		if *names != "" && !slices.Contains(strings.Split(*names, ","), s.name) {
			continue
		}
		for _, n := range list {
			if n <= s.most {
				fmt.Println(inChild(s.name, n, *timeout))
			}
		}
	}
}

func numbers(text string) (list []int, err error) {
	for _, field := range strings.Split(text, ",") {
		n, err := strconv.Atoi(field)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%q is no number of points", field)
		}
		list = append(list, n)
	}
	return list, nil
}

func find(name string) (solver, bool) {
	at := slices.IndexFunc(solvers, func(s solver) bool { return s.name == name })
	if at < 0 {
		return solver{}, false
	}
	return solvers[at], true
}

// inChild returns the row that a process of its own prints, or why there is none.
func inChild(name string, n int, timeout time.Duration) string {
	failed := func(why any) string { return fmt.Sprintf("%-28s %8d %v", name, n, why) }
	self, err := os.Executable()
	if err != nil {
		return failed(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	command := exec.CommandContext(ctx, self, "-row", name, "-sizes", strconv.Itoa(n))
	var messages strings.Builder
	command.Stderr = &messages
	out, err := command.Output()
	switch {
	case ctx.Err() != nil:
		return failed("stopped after " + timeout.String())
	case err != nil:
		first, _, _ := strings.Cut(messages.String(), "\n")
		return failed(fmt.Sprintf("%v: %s", err, first))
	}
	return strings.TrimSpace(string(out))
}
