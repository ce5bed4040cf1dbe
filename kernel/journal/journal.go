// Package journal keeps what was run in a session on disk: each cell before it
// runs, and afterwards how it ended.
//
// The file is a notebook, a percent script like any other:
//
//	// ---
//	// title: "Session of 2 January 2026, 15:04"
//	// session: "open"
//	// ---
//
//	// %% id="1" status="ok"
//	x := 1
//
// A cell is appended in one write before it runs, so that the end of the
// program, however it comes, loses nothing that was entered; fsync follows while
// the cell runs and guards against the end of the machine. A status is
// overwritten in place, in a field that is wide enough for the longest one:
// the file is a whole notebook at any moment. A journal whose session is still
// "open" although nobody holds its lock is one that ended without [Journal.Close].
package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Status says how far a cell came.
type Status string

const (
	Running     Status = "running"     // begun; not known to have ended
	OK          Status = "ok"          // succeeded
	Failed      Status = "failed"      // refused by the compiler, or panicked
	Interrupted Status = "interrupted" // stopped by the user or by a limit
	Died        Status = "died"        // the kernel died while it ran
)

// State says how a session stands.
type State string

const (
	Open      State = "open"      // being written, or ended without Close
	Closed    State = "closed"    // ended by its user
	Recovered State = "recovered" // another session has taken over its cells
)

// statusWidth and stateWidth are those of the longest value in quotes; shorter
// ones are followed by blanks.
const (
	statusWidth = len(`"interrupted"`)
	stateWidth  = len(`"recovered"`)
)

// Journal is the open journal of a running session. Its methods may be called
// from any goroutine.
type Journal struct {
	path string

	lock   sync.Mutex
	file   *os.File
	end    int64   // where the next cell goes
	state  int64   // where the session's state stands
	places []int64 // where the status of each cell stands

	dirty  chan struct{} // asks for an fsync; nil once closed
	synced chan struct{} // closed when the last one is done
}

// Create starts the journal of a session in a folder, which it makes. The name
// tells the time to the second; sessions of the same second are numbered.
func Create(dir string, now time.Time) (*Journal, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	name := now.Format("20060102-150405")
	for n := 2; ; n++ {
		j, err := create(filepath.Join(dir, name+".gnb"), now)
		if !errors.Is(err, os.ErrExist) {
			return j, err
		}
		name = fmt.Sprintf("%s-%02d", now.Format("20060102-150405"), n)
	}
}

func create(path string, now time.Time) (*Journal, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	// A file system without locks still keeps the cells; only a session that is
	// running cannot be told from one that crashed there.
	_ = hold(f)
	const title, state = "// ---\n// title: ", "\n// session: "
	head := title + strconv.Quote("Session of "+now.Format("2 January 2006, 15:04")) + state
	j := &Journal{path: path, file: f, state: int64(len(head)), dirty: make(chan struct{}, 1), synced: make(chan struct{})}
	if err := j.append(head + field(string(Open), stateWidth) + "\n// ---\n"); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	go j.sync(j.dirty)
	return j, nil
}

// sync writes to the device as often as it is asked to, and once for all that
// came in the meantime.
func (j *Journal) sync(dirty <-chan struct{}) {
	defer close(j.synced)
	for range dirty {
		_ = j.file.Sync() // a device that fails says so at the next write
	}
}

// Path is the journal's file.
func (j *Journal) Path() string { return j.path }

// Begin writes a cell that is about to run and returns its number, counted from
// 0. Once it returns, the death of this process loses nothing.
func (j *Journal) Begin(name, code string) (int, error) {
	j.lock.Lock()
	defer j.lock.Unlock()
	if j.dirty == nil {
		return 0, os.ErrClosed
	}
	marker := "\n// %% id=" + strconv.Quote(name) + " status="
	place := j.end + int64(len(marker))
	text := marker + field(string(Running), statusWidth)
	if !plain(code) {
		text += ` lines="` + strconv.Itoa(strings.Count(code, "\n")+1) + `"`
	}
	if err := j.append(text + "\n" + code + "\n"); err != nil {
		return 0, err
	}
	j.places = append(j.places, place)
	j.touch()
	return len(j.places) - 1, nil
}

// End notes how a cell ended. A cell that runs again begins with [Running] again.
func (j *Journal) End(cell int, s Status) error {
	j.lock.Lock()
	defer j.lock.Unlock()
	if j.dirty == nil {
		return os.ErrClosed
	}
	if _, err := j.file.WriteAt([]byte(field(string(s), statusWidth)), j.places[cell]); err != nil {
		return err
	}
	j.touch()
	return nil
}

// Close marks the session as one that its user ended.
func (j *Journal) Close() error {
	j.lock.Lock()
	defer j.lock.Unlock()
	if j.dirty == nil {
		return nil
	}
	_, err := j.file.WriteAt([]byte(field(string(Closed), stateWidth)), j.state)
	j.touch()
	close(j.dirty)
	j.dirty = nil
	<-j.synced
	return errors.Join(err, j.file.Close())
}

// append writes at the end. What a failed write left there is overwritten by
// the next.
func (j *Journal) append(text string) error {
	_, err := j.file.WriteAt([]byte(text), j.end)
	if err == nil {
		j.end += int64(len(text))
	}
	return err
}

func (j *Journal) touch() {
	select {
	case j.dirty <- struct{}{}:
	default: // asked for already
	}
}

func field(value string, width int) string {
	return fmt.Sprintf("%-*s", width, strconv.Quote(value))
}
