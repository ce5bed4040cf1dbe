package kern

import (
	"fmt"
	"testing"
)

// BenchmarkPeak reports what one core can do at each level.
func BenchmarkPeak(b *testing.B) {
	for l := Portable; l <= Best(); l++ {
		for name, peak := range map[string]func(int) float64{"f32": Peak32, "f64": Peak64} {
			b.Run(fmt.Sprintf("level=%v/type=%s", l, name), func(b *testing.B) {
				defer Use(Use(l))
				flops := 0.0
				for b.Loop() {
					flops += peak(10000)
				}
				b.ReportMetric(flops/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			})
		}
	}
}
