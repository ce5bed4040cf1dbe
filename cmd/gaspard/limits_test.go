package main

import "testing"

func TestSizes(t *testing.T) {
	for text, want := range map[string]int64{
		"512MB": 512 << 20, "512 MiB": 512 << 20, "1.5g": 3 << 29, "100": 100, "7b": 7, "2k": 2048, "none": -1,
	} {
		var s size
		if err := s.Set(text); err != nil || int64(s) != want {
			t.Errorf("%q is %d, %v; want %d", text, s, err, want)
		}
	}
	for _, text := range []string{"", "MB", "-1MB", "0", "1TBB", "NaN", "Inf", "1e30GB", "some"} {
		var s size
		if err := s.Set(text); err == nil {
			t.Errorf("%q was taken as %d", text, s)
		}
	}
}
