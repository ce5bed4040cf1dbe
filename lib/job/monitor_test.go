package job

import (
	"errors"
	"testing"
	"time"
)

func TestStepUnwindsAfterCancel(t *testing.T) {
	m := New(nil)
	steps := 0
	err := Catch(func() {
		for i := range 10 {
			if i == 3 {
				m.Cancel()
			}
			m.Step(i, 10)
			steps++
		}
	})
	if !errors.Is(err, ErrCancelled) || steps != 3 {
		t.Fatalf("err = %v after %d steps, want ErrCancelled after 3", err, steps)
	}
	m.Reset()
	if err := Catch(func() { m.Inner().Step(1, 1) }); err != nil {
		t.Fatalf("after Reset: %v", err)
	}
	m.Cancel()
	if err := Catch(func() { m.Inner().Check() }); !errors.Is(err, ErrCancelled) {
		t.Fatalf("an inner monitor did not follow its parent: %v", err)
	}
}

func TestGuardKeepsOthersRunning(t *testing.T) {
	mine := false
	m := New(nil).WithGuard(func() bool { return mine })
	m.Cancel()
	if m.Cancelled() {
		t.Fatal("cancelled although the guard refuses")
	}
	mine = true
	if !m.Cancelled() {
		t.Fatal("not cancelled although the guard agrees")
	}
}

func TestProgressIsThinnedAndEndsWithTheLastStep(t *testing.T) {
	var got []Progress
	m := New(func(p Progress) { got = append(got, p) }).Named("fit")
	const total = 50
	for i := 1; i <= total; i++ {
		m.Step(i, total, Metric{"loss", 1 / float64(i)})
		time.Sleep(3 * time.Millisecond)
	}
	if len(got) < 2 || len(got) > 10 {
		t.Fatalf("%d reports for 150 ms of steps, want a few", len(got))
	}
	last := got[len(got)-1]
	if last.Done != total || last.Task != "fit" || last.Metrics[0].Name != "loss" {
		t.Fatalf("last report %+v", last)
	}
}

func TestCatchPassesMistakesThrough(t *testing.T) {
	if err := Catch(func() { panic(BadData("x has NaN at row %d", 3)) }); err == nil || err.Error() != "x has NaN at row 3" {
		t.Fatalf("data error came back as %v", err)
	}
	defer func() {
		if recover() == nil {
			t.Fatal("a programmer's error was swallowed")
		}
	}()
	_ = Catch(func() { panic("ot: x has 3 columns, y has 2") })
}
