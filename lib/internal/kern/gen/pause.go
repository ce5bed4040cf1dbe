package main

// pause writes a short wait.
func pause(f *family) {
	f.function("pause", "func()")
	f.PAUSE()
	f.RET()
}
