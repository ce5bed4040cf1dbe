package picture

import "testing"

func TestDetect(t *testing.T) {
	type environment = map[string]string
	xterm := environment{"TERM": "xterm-256color"}
	tests := []struct {
		name     string
		env      environment
		pipe     bool
		override string
		want     Protocol
	}{
		{name: "plain terminal", env: xterm, want: Blocks256},
		{name: "24-bit colours", env: environment{"TERM": "xterm-256color", "COLORTERM": "truecolor"}, want: Blocks},
		{name: "pipe", env: environment{"TERM": "xterm-kitty"}, pipe: true, want: None},
		{name: "dumb", env: environment{"TERM": "dumb", "KITTY_WINDOW_ID": "1"}, want: None},
		{name: "no TERM", env: environment{}, want: None},
		{name: "Windows Terminal", env: environment{"WT_SESSION": "x", "COLORTERM": "24bit"}, want: Blocks},
		{name: "build server", env: environment{"TERM": "xterm", "CI": "true"}, want: None},
		{name: "CI=false", env: environment{"TERM": "xterm", "CI": "false"}, want: Blocks256},
		{name: "kitty", env: environment{"TERM": "xterm-kitty"}, want: Kitty},
		{name: "kitty, other TERM", env: environment{"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"}, want: Kitty},
		{name: "iTerm2", env: environment{"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, want: ITerm},
		{name: "iTerm2 over ssh", env: environment{"TERM": "xterm-256color", "LC_TERMINAL": "iTerm2"}, want: ITerm},
		{name: "foot", env: environment{"TERM": "foot-extra"}, want: Sixel},
		{name: "foot started from iTerm2", env: environment{"TERM": "foot", "TERM_PROGRAM": "iTerm.app"}, want: Sixel},
		{name: "tmux in kitty", env: environment{"TERM": "tmux-256color", "TMUX": "x", "KITTY_WINDOW_ID": "1"}, want: Blocks256},
		{name: "screen in iTerm2", env: environment{"TERM": "screen", "LC_TERMINAL": "iTerm2"}, want: Blocks256},
		{name: "forced inside tmux", env: environment{"TERM": "tmux", "TMUX": "x", "GASPARD_GRAPHICS": "kitty"}, want: Kitty},
		{name: "forced into a pipe", env: xterm, pipe: true, override: "sixel", want: Sixel},
		{name: "override before variable", env: environment{"TERM": "xterm", "GASPARD_GRAPHICS": "kitty"}, override: "none", want: None},
		{name: "auto leaves it to the variable", env: environment{"TERM": "xterm", "GASPARD_GRAPHICS": "ITERM"}, override: "auto", want: ITerm},
		{name: "unknown word", env: environment{"TERM": "xterm-kitty", "GASPARD_GRAPHICS": "vga"}, want: Kitty},
		{name: "blocks as colours allow", env: environment{"TERM": "xterm-kitty", "COLORTERM": "24bit"}, override: "blocks", want: Blocks},
		{name: "blocks with few colours", env: xterm, override: "blocks", want: Blocks256},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			getenv := func(name string) string { return test.env[name] }
			if got := Detect(getenv, !test.pipe, test.override); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestParseRefusesUnknownNames(t *testing.T) {
	if p, err := Parse("vga"); err == nil {
		t.Errorf("vga was read as %q", p)
	}
	for _, name := range []string{"", "auto", " Auto "} {
		if p, err := Parse(name); p != "" || err != nil {
			t.Errorf("%q was read as %q, %v", name, p, err)
		}
	}
}
