// Package picture shows PNG images in terminals: by the graphics protocols of
// kitty and iTerm2, as sixels, or as coloured half blocks, which need nothing
// but colours.
package picture

import (
	"fmt"
	"strings"
)

// Protocol is a way to show an image.
type Protocol string

// The protocols.
const (
	None      Protocol = "none"      // the terminal cannot, or should not
	Kitty     Protocol = "kitty"     // kitty's graphics protocol
	ITerm     Protocol = "iterm"     // iTerm2's inline images
	Sixel     Protocol = "sixel"     // DEC sixels
	Blocks    Protocol = "blocks"    // half blocks in 24-bit colours
	Blocks256 Protocol = "blocks256" // half blocks in the 256 colours of xterm
)

// Parse reads a protocol's name as users write it; "" and "auto" leave the choice
// to [Detect] and give "".
func Parse(name string) (Protocol, error) {
	switch p := Protocol(strings.ToLower(strings.TrimSpace(name))); p {
	case "", "auto":
		return "", nil
	case None, Kitty, ITerm, Sixel, Blocks, Blocks256:
		return p, nil
	}
	return "", fmt.Errorf("there is no graphics protocol %q: choose auto, kitty, iterm, sixel, blocks, blocks256 or none", name)
}

// Detect chooses how to show images. What the user says comes first: override,
// then GASPARD_GRAPHICS; a name that [Parse] refuses says nothing. Otherwise the
// environment decides, without asking the terminal, whose answer would mix with
// what is typed. Inside tmux and screen, which pass images on only where they are
// set up to, it is blocks.
func Detect(getenv func(string) string, isTerminal bool, override string) Protocol {
	for _, name := range []string{override, getenv("GASPARD_GRAPHICS")} {
		switch p, err := Parse(name); {
		case err != nil || p == "":
		case p == Blocks:
			return blocks(getenv)
		default:
			return p
		}
	}
	term := getenv("TERM")
	if ci := getenv("CI"); !isTerminal || term == "dumb" || (ci != "" && ci != "false") {
		return None
	}
	if term == "" && getenv("WT_SESSION") == "" {
		return None
	}
	if getenv("TMUX") != "" || getenv("STY") != "" || strings.HasPrefix(term, "tmux") || strings.HasPrefix(term, "screen") {
		return blocks(getenv)
	}
	if p := known(getenv, term); p != "" {
		return p
	}
	return blocks(getenv)
}

// known recognises terminals that show images. TERM is asked first: a terminal
// started from another one inherits the rest of that one's environment.
func known(getenv func(string) string, term string) Protocol {
	byTerm := []struct {
		prefix   string
		protocol Protocol
	}{
		{"xterm-kitty", Kitty}, {"xterm-ghostty", Kitty}, {"wezterm", ITerm},
		{"foot", Sixel}, {"mlterm", Sixel}, {"contour", Sixel}, {"yaft", Sixel},
	}
	for _, t := range byTerm {
		if strings.HasPrefix(term, t.prefix) {
			return t.protocol
		}
	}
	if strings.Contains(term, "sixel") {
		return Sixel
	}
	switch getenv("TERM_PROGRAM") {
	case "ghostty", "kitty":
		return Kitty
	case "iTerm.app", "WezTerm", "mintty":
		return ITerm
	case "contour":
		return Sixel
	}
	switch {
	case getenv("KITTY_WINDOW_ID") != "":
		return Kitty
	case getenv("LC_TERMINAL") == "iTerm2": // survives ssh, unlike TERM_PROGRAM
		return ITerm
	}
	return ""
}

func blocks(getenv func(string) string) Protocol {
	switch getenv("COLORTERM") {
	case "truecolor", "24bit":
		return Blocks
	}
	return Blocks256
}
