package lang

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"math"
	"strconv"
	"strings"
)

// floatText is the shortest text that reads back as the constant rounded to the
// type, with a mark that makes it a floating-point literal.
func floatText(v constant.Value, kind types.BasicKind) string {
	bits := 64
	f, _ := constant.Float64Val(v)
	if kind == types.Float32 {
		f32, _ := constant.Float32Val(v)
		f, bits = float64(f32), 32
	}
	if math.IsInf(f, 0) {
		return v.ExactString()
	}
	text := strconv.FormatFloat(f, 'g', -1, bits)
	if !strings.ContainsAny(text, ".e") {
		text += ".0"
	}
	return text
}

func signed(kind token.Token, text string) ast.Expr {
	if rest, negative := strings.CutPrefix(text, "-"); negative {
		return &ast.UnaryExpr{Op: token.SUB, X: &ast.BasicLit{Kind: kind, Value: rest}}
	}
	return &ast.BasicLit{Kind: kind, Value: text}
}

func intLit(n int64) ast.Expr {
	return signed(token.INT, strconv.FormatInt(n, 10))
}

// constInt is the value of a constant index.
func constInt(v constant.Value) int64 {
	n, _ := constant.Int64Val(constant.ToInt(v))
	return n
}
