package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// goRun is what the programs print when they are built and run by the Go
// command: one build for all, then each on its own. The programs see the
// modules of this one: to the build they are packages of it, by way of an
// overlay that leaves the tree alone.
func goRun(t *testing.T, programs []*Program) []string {
	t.Helper()
	if len(programs) == 0 {
		return nil
	}
	root := goCommand(t, "list", "-m", "-f", "{{.Dir}}")
	if root == "" {
		t.Fatal("there is no Go command")
	}
	dir := t.TempDir()
	bin := filepath.Join(dir, "bin")
	if err := os.MkdirAll(bin, 0o777); err != nil {
		t.Fatal(err)
	}
	overlay := filepath.Join(dir, "overlay.json")
	replace := map[string]string{}
	args := []string{"build", "-overlay", overlay, "-ldflags=-s -w", "-o", bin + string(filepath.Separator)}
	for i, p := range programs {
		source := filepath.Join(dir, fmt.Sprintf("p%d.go", i))
		if err := os.WriteFile(source, []byte(p.Source), 0o666); err != nil {
			t.Fatal(err)
		}
		replace[filepath.Join(root, "kernel", "conformance", "_gorun", fmt.Sprintf("p%d", i), "main.go")] = source
		args = append(args, fmt.Sprintf("./kernel/conformance/_gorun/p%d", i))
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(overlay, text, 0o666); err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", args...)
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	suffix := ""
	if runtime.GOOS == "windows" {
		suffix = ".exe"
	}
	outputs := make([]string, len(programs))
	for i, p := range programs {
		outputs[i], err = runBinary(filepath.Join(bin, fmt.Sprintf("p%d", i)+suffix), p.Dir)
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
