package conformance

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// goRun is what the programs print when they are built and run by the Go
// command: one build for all, then each on its own. The programs see the
// modules of this one.
func goRun(t *testing.T, programs []*Program) []string {
	t.Helper()
	root := goCommand(t, "list", "-m", "-f", "{{.Dir}}")
	if root == "" {
		t.Fatal("there is no Go command")
	}
	// Below the module's own directory, so that its go.mod counts; the name keeps
	// the directory out of package patterns.
	dir, err := os.MkdirTemp(filepath.Join(root, "kernel", "conformance"), "_gorun")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	bin := filepath.Join(dir, "bin")
	args := []string{"build", "-ldflags=-s -w", "-o", bin + string(filepath.Separator)}
	for i, p := range programs {
		own := filepath.Join(dir, fmt.Sprintf("p%d", i))
		if err := os.MkdirAll(own, 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(own, "main.go"), []byte(p.Source), 0o666); err != nil {
			t.Fatal(err)
		}
		args = append(args, "./"+filepath.Base(dir)+fmt.Sprintf("/p%d", i))
	}
	if err := os.MkdirAll(bin, 0o777); err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", args...)
	build.Dir = filepath.Dir(dir)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	outputs := make([]string, len(programs))
	for i, p := range programs {
		outputs[i], err = runBinary(filepath.Join(bin, fmt.Sprintf("p%d", i)), p.Dir)
		if err != nil {
			t.Errorf("%s: %v", p.Name, err)
		}
	}
	return outputs
}

func runBinary(file, dir string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, file)
	cmd.Dir = dir
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return stdout.String(), fmt.Errorf("%w\n%s", err, strings.TrimSpace(stderr.String()))
	}
	return stdout.String(), nil
}
