package conformance

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// Known is a list of known differences: what the kernel does with the programs
// that it does not run as go run does, and why.
type Known struct {
	file    string
	entries map[string]Difference // by program and mode
}

// Difference is one line of the list.
type Difference struct {
	Program string
	Mode    Mode
	Verdict Verdict
	Reason  string
}

// unexamined opens the reason of an entry that was written by -update and that
// nobody has looked at.
const unexamined = "? "

// Unexamined counts the entries without a reason that somebody gave.
func (k *Known) Unexamined() (n int) {
	for _, d := range k.entries {
		if strings.HasPrefix(d.Reason, unexamined) {
			n++
		}
	}
	return n
}

func (d Difference) key() string { return d.Program + " " + string(d.Mode) }

// ReadKnown reads a list; a missing file is an empty list.
func ReadKnown(file string) (*Known, error) {
	k := &Known{file: file, entries: map[string]Difference{}}
	text, err := os.ReadFile(file)
	if os.IsNotExist(err) {
		return k, nil
	}
	if err != nil {
		return nil, err
	}
	number := 0
	for line := range strings.Lines(string(text)) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		fields := strings.SplitN(line, "\t", 4)
		if len(fields) < 4 || fields[3] == "" {
			return nil, fmt.Errorf("%s:%d: want program, mode, verdict and reason, parted by tabs", file, number)
		}
		d := Difference{fields[0], Mode(fields[1]), Verdict(fields[2]), fields[3]}
		if !slices.Contains(Modes, d.Mode) || !slices.Contains(Verdicts, d.Verdict) || d.Verdict == Equal {
			return nil, fmt.Errorf("%s:%d: there is no mode %q or no difference %q", file, number, d.Mode, d.Verdict)
		}
		if _, twice := k.entries[d.key()]; twice {
			return nil, fmt.Errorf("%s:%d: %s is listed twice", file, number, d.key())
		}
		k.entries[d.key()] = d
	}
	return k, nil
}

// Compare says what is new about an outcome, in a sentence; it is empty where
// the outcome is what the list says.
func (k *Known) Compare(o Outcome) string {
	name := fmt.Sprintf("%s (%s)", o.Program.Name, o.Mode)
	d, listed := k.entries[Difference{Program: o.Program.Name, Mode: o.Mode}.key()]
	switch {
	case o.Verdict == Excused:
		return ""
	case !listed && o.Verdict == Equal:
		return ""
	case !listed:
		return fmt.Sprintf("%s is %s: %s", name, o.Verdict, o.Detail)
	case o.Verdict == d.Verdict:
		return ""
	case o.Verdict.Worse(d.Verdict):
		return fmt.Sprintf("%s is now %s, and was %s: %s", name, o.Verdict, d.Verdict, o.Detail)
	}
	return fmt.Sprintf("%s is now %s, better than the known %s: shorten the list with -update", name, o.Verdict, d.Verdict)
}

// Update takes the outcomes over into the list, keeps the reasons of those that
// stay as they were, and writes the file. Entries of programs and modes that
// were not run stay.
func (k *Known) Update(outcomes []Outcome) error {
	for _, o := range outcomes {
		d := Difference{o.Program.Name, o.Mode, o.Verdict, unexamined + o.Detail}
		old, listed := k.entries[d.key()]
		switch {
		case o.Verdict == Equal || o.Verdict == Excused:
			delete(k.entries, d.key())
		case !listed || old.Verdict != d.Verdict || strings.HasPrefix(old.Reason, unexamined):
			k.entries[d.key()] = d
		}
	}
	return k.write()
}

// Keep drops the entries of programs that are not among the given ones.
func (k *Known) Keep(programs []*Program) {
	have := map[string]bool{}
	for _, p := range programs {
		have[p.Name] = true
	}
	for key, d := range k.entries {
		if !have[d.Program] {
			delete(k.entries, key)
		}
	}
}

// Missing lists the entries of programs that are not among the given ones.
func (k *Known) Missing(programs []*Program) []string {
	have := map[string]bool{}
	for _, p := range programs {
		have[p.Name] = true
	}
	var out []string
	for key, d := range k.entries {
		if !have[d.Program] {
			out = append(out, key)
		}
	}
	slices.Sort(out)
	return out
}

func (k *Known) write() error {
	list := make([]Difference, 0, len(k.entries))
	for _, d := range k.entries {
		list = append(list, d)
	}
	slices.SortFunc(list, func(a, b Difference) int {
		if c := strings.Compare(a.Program, b.Program); c != 0 {
			return c
		}
		return slices.Index(Modes, a.Mode) - slices.Index(Modes, b.Mode)
	})
	var out strings.Builder
	out.WriteString("# program, mode, verdict, reason; a reason that opens with \"?\" was written by -update\n")
	for _, d := range list {
		fmt.Fprintf(&out, "%s\t%s\t%s\t%s\n", d.Program, d.Mode, d.Verdict, d.Reason)
	}
	return os.WriteFile(k.file, []byte(out.String()), 0o666)
}
