package repl

import (
	"fmt"
	"go/doc/comment"
	"strings"

	"gaspard/kernel/worker"
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
  Tab         completes; ot.Sinkhorn? or ?ot.Sinkhorn documents a name
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
	doc, err := p.current().Inspect(name, len(name))
	switch {
	case err != nil:
		p.say(err.Error())
	case doc == nil:
		p.say("Nothing is known about " + name + ".")
	default:
		p.say(p.out.docText(*doc))
	}
}

const maxDocWidth = 90

// docText lays out documentation: declaration and origin, value, comment.
func (s screen) docText(d worker.Doc) string {
	var b strings.Builder
	signature := d.Signature
	if signature == "" {
		signature = d.Name
	}
	b.WriteString(s.highlight(strings.TrimRight(signature, "\n")))
	if d.Where != "" {
		b.WriteString(s.paint(styleDim, "  // "+d.Where))
	}
	b.WriteByte('\n')
	if d.Value != "" {
		b.WriteString("= " + d.Value + "\n")
	}
	if d.Text != "" {
		var parser comment.Parser
		printer := comment.Printer{TextWidth: min(s.width(), maxDocWidth) - 4}
		text := printer.Text(parser.Parse(d.Text))
		b.WriteByte('\n')
		for line := range strings.Lines(string(text)) {
			b.WriteString(strings.TrimRight("  "+line, " \n") + "\n")
		}
	}
	return b.String()
}
