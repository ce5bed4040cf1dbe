// Package worker runs the kernel as a supervised child process and talks to it.
//
// The child is the same binary, started with the hidden subcommand "kernel".
// Requests go to its standard input and events come from its standard output,
// one JSON object a line; whatever cells print is captured inside the child and
// arrives as stream events, so it can never be mistaken for the protocol. What
// the Go runtime itself writes to standard error when the child dies is kept
// for the report.
//
// The messages mirror Jupyter's: execute, interrupt, complete, inspect,
// is_complete, variables, reset, shutdown one way; stream, result, display,
// note, error, progress and reply the other.
package worker

// Request types.
const (
	Execute    = "execute"
	Interrupt  = "interrupt"
	Complete   = "complete"
	Inspect    = "inspect"
	IsComplete = "is_complete"
	Variables  = "variables"
	Reset      = "reset"
	Shutdown   = "shutdown"
)

// Event types.
const (
	EventStream   = "stream"   // Name ("stdout" or "stderr") and Text
	EventResult   = "result"   // Text: the value of the cell's last expression
	EventDisplay  = "display"  // Figure: a figure already saved to disk
	EventNote     = "note"     // Text: something the kernel did that the user should know
	EventError    = "error"    // Error
	EventProgress = "progress" // Progress
	EventReply    = "reply"    // the last event of every request
)

// Request is one line from a front end to the kernel.
type Request struct {
	ID   int    `json:"id"`
	Type string `json:"type"`

	Cell   string `json:"cell,omitempty"`   // execute: the cell's name in error positions, such as "3"
	Code   string `json:"code,omitempty"`   // execute, complete, inspect, is_complete
	Cursor int    `json:"cursor,omitempty"` // complete, inspect: byte offset into Code
	Quiet  bool   `json:"quiet,omitempty"`  // execute: do not show the last expression
	// Timeout, if set, is how many seconds the cell may take, instead of
	// Limits.Time.
	Timeout float64 `json:"timeout,omitempty"`
	// Figures, if set, is where this cell's figures go from now on.
	Figures string `json:"figures,omitempty"`
}

// Event is one line from the kernel. Replies answer a request by ID; the other
// events belong to the request being executed.
type Event struct {
	ID   int    `json:"id"`
	Type string `json:"type"`

	Name     string     `json:"name,omitempty"`
	Text     string     `json:"text,omitempty"`
	Figure   *Figure    `json:"figure,omitempty"`
	Error    *CellError `json:"error,omitempty"`
	Progress *Progress  `json:"progress,omitempty"`
	Reply    *Reply     `json:"reply,omitempty"`
}

// Figure is a saved figure.
type Figure struct {
	Number  int    `json:"number"`  // counted from 1 in the session
	Path    string `json:"path"`    // absolute path of the PNG
	Caption string `json:"caption"` // one line
	Width   int    `json:"width"`   // pixels
	Height  int    `json:"height"`
}

// Error kinds.
const (
	ErrSyntax      = "syntax"      // go/parser refused the cell
	ErrType        = "type"        // go/types refused the cell
	ErrUnsupported = "unsupported" // valid Go that the engine cannot run faithfully
	ErrPanic       = "panic"       // the cell panicked
	ErrData        = "data"        // a *job.DataError: bad data, one clean sentence
	ErrInterrupted = "interrupted" // Ctrl-C
	ErrLimit       = "limit"       // stopped by one of the kernel's limits
	ErrDied        = "died"        // the kernel process died
)

// CellError says what stopped a cell.
type CellError struct {
	Kind    string   `json:"kind"`
	Message string   `json:"message"`          // the cause in one line
	Cell    string   `json:"cell,omitempty"`   // where: the cell's name,
	Line    int      `json:"line,omitempty"`   // its line and column, counted from 1;
	Column  int      `json:"column,omitempty"` // 0 where not known
	Source  string   `json:"source,omitempty"` // that line of the cell
	Hint    string   `json:"hint,omitempty"`   // what to try
	Stack   []string `json:"stack,omitempty"`  // interpreted frames, "cell 3:4:6 main.f", innermost first
}

// Progress is a job.Progress on the wire.
type Progress struct {
	Task    string   `json:"task,omitempty"`
	Done    int      `json:"done"`
	Total   int      `json:"total,omitempty"`
	Seconds float64  `json:"seconds"`
	Metrics []Metric `json:"metrics,omitempty"`
}

// Metric is a named figure of the moment. Text because JSON has no NaN.
type Metric struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Completeness answers of is_complete.
const (
	IsWhole   = "complete"
	IsPartial = "incomplete"
	IsInvalid = "invalid"
)

// Reply closes a request. Only the fields of the request's type are set.
type Reply struct {
	OK      bool    `json:"ok"`                // execute: no error event was sent
	Seconds float64 `json:"seconds,omitempty"` // execute: wall time in the kernel

	Start   int        `json:"start,omitempty"`   // complete: byte range of Code
	End     int        `json:"end,omitempty"`     //   that a match replaces
	Matches []Match    `json:"matches,omitempty"` // complete
	Call    *Call      `json:"call,omitempty"`    // complete, inspect: nil outside the arguments of a call
	Doc     *Doc       `json:"doc,omitempty"`     // inspect; nil where nothing was found
	Near    []string   `json:"near,omitempty"`    // inspect: what may have been meant where nothing was found
	Status  string     `json:"status,omitempty"`  // is_complete
	Vars    []Variable `json:"vars,omitempty"`    // variables
}

// Match is one completion.
type Match struct {
	Text string `json:"text"`           // what replaces Start:End; a field of a literal with its colon, a folder with its slash
	Kind string `json:"kind"`           // "var", "func", "type", "const", "package", "field", "method", "keyword", "file", "folder"
	Info string `json:"info,omitempty"` // signature or type, one line
}

// Call describes the call among whose arguments the cursor stands.
type Call struct {
	Name      string `json:"name"`           // as it is called, "ot.Sinkhorn"
	Signature string `json:"signature"`      // name, parameters and results
	Start     int    `json:"start"`          // byte range in Signature of the parameter
	End       int    `json:"end"`            //   that comes next; 0:0 if there is none
	Text      string `json:"text,omitempty"` // what it does, in a sentence
}

// Doc documents a name.
type Doc struct {
	Name      string   `json:"name"`                // as asked, qualified: "ot.Sinkhorn"
	Kind      string   `json:"kind,omitempty"`      // as in Match
	Signature string   `json:"signature,omitempty"` // the declaration in Go; a session function's source
	Text      string   `json:"text,omitempty"`      // the doc comment
	Value     string   `json:"value,omitempty"`     // a session variable's current value, shortened
	Size      string   `json:"size,omitempty"`      // and how large it is, where it has elements
	Where     string   `json:"where,omitempty"`     // "cell 3" or an import path
	Members   []Member `json:"members,omitempty"`   // of a package or a type: what it offers
}

// Member is one line of an overview.
type Member struct {
	Name string `json:"name"`
	Kind string `json:"kind"`           // as in Match
	Text string `json:"text,omitempty"` // its documentation's first sentence, without the name
}

// Variable describes one live session variable.
type Variable struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	Value string `json:"value"` // one line, shortened
	Cell  string `json:"cell"`  // where it was declared
}
