package archive

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

func packed(t *testing.T, blobs map[string][]byte) string {
	t.Helper()
	file, err := Pack(blobs)
	if err != nil {
		t.Fatal(err)
	}
	return string(file)
}

func TestRoundTrip(t *testing.T) {
	blobs := map[string][]byte{
		"fmt":            []byte(strings.Repeat("Println ", 1000)),
		"empty":          {},
		"os@linux/amd64": []byte("one"),
		"os@linux/arm64": []byte("one"),
		"os@windows":     []byte("two"),
	}
	file := packed(t, blobs)
	if again := packed(t, blobs); again != file {
		t.Error("equal blobs gave different bytes")
	}
	if len(file) > 400 {
		t.Errorf("%d bytes are not much of a compression", len(file))
	}
	r, err := Open(file)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"empty", "fmt", "os@linux/amd64", "os@linux/arm64", "os@windows"}; !slices.Equal(r.Names(), want) {
		t.Errorf("names %v, want %v", r.Names(), want)
	}
	for name, want := range blobs {
		got, ok, err := r.Blob(name)
		if err != nil || !ok || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes, %v, %v", name, len(got), ok, err)
		}
	}
	if r.index["os@linux/amd64"] != r.index["os@linux/arm64"] {
		t.Error("equal blobs are stored twice")
	}
	if _, ok, err := r.Blob("net"); ok || err != nil {
		t.Errorf("a blob that is not there: %v, %v", ok, err)
	}
}

// TestDamage cuts an archive short everywhere and flips each byte of its index:
// that must not crash, and a cut must be noticed.
func TestDamage(t *testing.T) {
	file := packed(t, map[string][]byte{"a": []byte("some text"), "b": []byte("other text")})
	for n := range file {
		if _, err := Open(file[:n]); err == nil {
			t.Errorf("the first %d of %d bytes opened", n, len(file))
		}
	}
	for i := range file {
		damaged := []byte(file)
		damaged[i] ^= 0xff
		r, err := Open(string(damaged))
		if err != nil {
			continue
		}
		for _, name := range r.Names() {
			if blob, _, err := r.Blob(name); err == nil && len(blob) > len(file) {
				t.Errorf("with byte %d flipped, %s has %d bytes", i, name, len(blob))
			}
		}
	}
}
