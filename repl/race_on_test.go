//go:build race && unix

package repl_test

// raceDetector: its shadow memory counts against limits too.
const raceDetector = true
