package repl

import (
	"fmt"
	"strings"
)

const tour = `%s

  A cell is Go: imports, declarations and statements in any order. The value of a
  last expression is shown, a closing ; hides it, and Out holds it. The library
  (ot, monge, ...), gonum and the standard library need no import.

    x := []float64{1, 2, 3}
    stat.Mean(x, nil)

%s
  Enter       runs a complete cell and goes on in an incomplete one; two empty
              lines run it as it is. Alt-Enter breaks the line.
  Tab         completes, and after an opening parenthesis shows the parameters
  Shift-Tab   documents what the cursor is at; so do ot.Sinkhorn? and ?ot.Sinkhorn
  Up, Ctrl-R  earlier cells, as a whole; ↵ stands for a line break
  Ctrl-C      clears the input, or stops the running cell and keeps its values
  Ctrl-D      leaves

%s
%s`

// help shows the tour, or documents a name.
func (p *prompt) help(name string) {
	if name != "" {
		p.inspect(name)
		return
	}
	var list strings.Builder
	for _, c := range commands() {
		fmt.Fprintf(&list, "  %-19s %s\n", strings.TrimSpace(c.name+" "+c.args), c.help)
	}
	bold := func(text string) string { return p.out.paint(styleBold, text) }
	p.say(fmt.Sprintf(tour, bold("Cells"), bold("Keys"), bold("Commands"), list.String()))
}

// inspect prints what the kernel knows about a name.
func (p *prompt) inspect(name string) {
	reply, err := p.current().Inspect(name, len(name))
	switch {
	case err != nil:
		p.sayFailure(err)
	case reply.Doc != nil:
		p.say(p.out.docText(*reply.Doc))
	case len(reply.Near) > 0:
		p.say("Nothing is known about " + name + ". Did you mean " + alternatives(reply.Near) + "?")
	default:
		p.say("Nothing is known about " + name + ".")
	}
}

// alternatives joins names as a question does.
func alternatives(names []string) string {
	last := len(names) - 1
	if last == 0 {
		return names[0]
	}
	return strings.Join(names[:last], ", ") + " or " + names[last]
}
