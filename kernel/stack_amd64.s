#include "textflag.h"

// The runtime keeps the goroutine's descriptor in thread-local storage. It begins
// with the bounds of the stack, low and high.

// func goroutineKey() uintptr
TEXT ·goroutineKey(SB), NOSPLIT, $0-8
	MOVQ (TLS), AX
	MOVQ AX, ret+0(FP)
	RET

// func stackUse() uintptr
TEXT ·stackUse(SB), NOSPLIT, $0-8
	MOVQ (TLS), CX
	MOVQ 8(CX), AX
	SUBQ SP, AX
	MOVQ AX, ret+0(FP)
	RET
