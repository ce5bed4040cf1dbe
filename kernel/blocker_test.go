package kernel

import "testing"

func TestBlockerNamesTheCallOfTheCell(t *testing.T) {
	const interpreter = `
github.com/traefik/yaegi/interp.callBin.func8(0x1)
	/m/run.go:1 +0x1
gonum.org/v1/gonum/optimize.Minimize(0x2)
	/m/minimize.go:9 +0x1
github.com/traefik/yaegi/interp.runCfg(0x1)
	/m/run.go:2 +0x1`
	for _, it := range []struct{ name, stack, want string }{
		{"library", `goroutine 7 [runnable labels:{"cell": "1", "run": "2"}]:
gonum.org/v1/gonum/blas/gonum.dgemmSerial(...)
	/m/a.go:1 +0x1
gonum.org/v1/gonum/mat.(*SVD).Factorize(0xc0, {0x1, 0x2}, 0x3)
	/m/svd.go:1 +0x1
reflect.Value.call({0x1, 0x2}, {0x3, 0x4}, {0x5})
	/m/value.go:1 +0x1` + interpreter, "mat.SVD.Factorize cannot be interrupted; the cell stops when it returns"},
		{"generic", `goroutine 7 [running]:
slices.pdqsortCmpFunc[...]({0x1}, 0x2)
	/m/a.go:1 +0x1
slices.SortFunc[...](...)
	/m/a.go:1 +0x1` + interpreter, "slices.SortFunc cannot be interrupted; the cell stops when it returns"},
		{"our own", `goroutine 7 [running]:
gaspard/lib/ot.(*state).sweep(0x1)
	/m/a.go:1 +0x1
gaspard/lib/ot.Sinkhorn(0x1)
	/m/a.go:1 +0x1` + interpreter, "ot.Sinkhorn stops at its next step"},
		{"channel", `goroutine 7 [chan receive, 2 minutes labels:{"cell": "1"}]:
reflect.chanrecv(0x1)
	/m/a.go:1 +0x1` + interpreter, "the cell waits for a channel that cannot be interrupted"},
		{"a lock", `goroutine 7 [sync.Mutex.Lock]:
internal/sync.runtime_SemacquireMutex(0x1)
	/m/a.go:1 +0x1
sync.(*Mutex).Lock(...)
	/m/a.go:1 +0x1` + interpreter, "sync.Mutex.Lock cannot be interrupted; the cell stops when it returns"},
		{"a stand-in", `goroutine 7 [runnable]:
gonum.org/v1/gonum/optimize.minimize(0x1)
	/m/a.go:1 +0x1
gonum.org/v1/gonum/optimize.Minimize(0x1)
	/m/a.go:1 +0x1
gaspard/kernel.minimize(0x1)
	/m/a.go:1 +0x1` + interpreter, "optimize.Minimize cannot be interrupted; the cell stops when it returns"},
		{"interpreted code", "goroutine 7 [running]:" + interpreter, ""},
		{"not a cell", "goroutine 7 [running]:\nmain.main()\n\t/m/a.go:1 +0x1", ""},
		{"nothing", "", ""},
	} {
		if got := blockerOf(it.stack); got != it.want {
			t.Errorf("%s: %q, want %q", it.name, got, it.want)
		}
	}
}
