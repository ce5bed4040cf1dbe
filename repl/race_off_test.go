//go:build !race && unix

package repl_test

const raceDetector = false
