#include "textflag.h"

// The register g holds the goroutine's descriptor. It begins with the bounds of
// the stack, low and high.

// func goroutineKey() uintptr
TEXT ·goroutineKey(SB), NOSPLIT, $0-8
	MOVD g, ret+0(FP)
	RET

// func stackUse() uintptr
TEXT ·stackUse(SB), NOSPLIT, $0-8
	MOVD 8(g), R0
	MOVD RSP, R1
	SUB  R1, R0
	MOVD R0, ret+0(FP)
	RET
