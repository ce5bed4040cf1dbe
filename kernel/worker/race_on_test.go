//go:build race

package worker_test

// raceDetector: its shadow memory counts against limits too.
const raceDetector = true
