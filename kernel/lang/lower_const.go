package lang

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"math"
	"strconv"
	"strings"

	"golang.org/x/tools/go/ast/astutil"
)

// foldConstant replaces constant expressions by literals of their exact value
// and type: the engine's own constant arithmetic is not Go's (1/2*4.0 is 2
// there). It runs before a node's children are visited and stops the visit at
// what it has folded.
func (l *lowerer) foldConstant(cur *astutil.Cursor) bool {
	expr, ok := cur.Node().(ast.Expr)
	if !ok {
		return true
	}
	tv, ok := l.info.Types[expr]
	if !ok || tv.Value == nil {
		l.qualify(cur)
		return true
	}
	switch e := expr.(type) {
	case *ast.BasicLit:
		return true
	case *ast.UnaryExpr:
		if _, ok := e.X.(*ast.BasicLit); ok {
			return true
		}
	}
	if literal, ok := l.literal(tv.Value, tv.Type, expr.Pos()); ok {
		cur.Replace(literal)
		return false
	}
	return true
}

// qualify gives a name that came by a dot import its package.
func (l *lowerer) qualify(cur *astutil.Cursor) {
	id, ok := cur.Node().(*ast.Ident)
	if !ok || cur.Name() == "Sel" {
		return
	}
	obj := l.info.Uses[id]
	if obj != nil && obj.Pkg() != nil && obj.Pkg().Path() != "main" && obj.Parent() == obj.Pkg().Scope() {
		cur.Replace(&ast.SelectorExpr{X: &ast.Ident{Name: PackageName(obj.Pkg().Path()), NamePos: id.NamePos}, Sel: ast.NewIdent(id.Name)})
	}
}

// literal writes a constant of a type. It fails for types it cannot name.
func (l *lowerer) literal(v constant.Value, t types.Type, pos token.Pos) (ast.Expr, bool) {
	t = types.Default(t)
	basic, ok := t.Underlying().(*types.Basic)
	if !ok {
		return nil, false
	}
	var lit ast.Expr
	natural := types.Invalid // the type the literal has by itself
	switch info := basic.Info(); {
	case info&types.IsBoolean != 0:
		lit, natural = ast.NewIdent(strconv.FormatBool(constant.BoolVal(v))), types.Bool
	case info&types.IsString != 0:
		lit, natural = &ast.BasicLit{ValuePos: pos, Kind: token.STRING, Value: strconv.Quote(constant.StringVal(v))}, types.String
	case info&types.IsInteger != 0:
		lit, natural = signed(token.INT, constant.ToInt(v).ExactString(), pos), types.Int
	case info&types.IsFloat != 0:
		lit, natural = signed(token.FLOAT, floatText(v, basic.Kind()), pos), types.Float64
	case info&types.IsComplex != 0:
		v = constant.ToComplex(v)
		lit, natural = nativeCall("Complex",
			signed(token.FLOAT, floatText(constant.Real(v), types.Float64), pos),
			signed(token.FLOAT, floatText(constant.Imag(v), types.Float64), pos)), types.Complex128
	default:
		return nil, false
	}
	if types.Identical(t, types.Typ[natural]) {
		return lit, true
	}
	expr, ok := l.typeExpr(t)
	if !ok {
		return nil, false
	}
	return &ast.CallExpr{Fun: &ast.ParenExpr{X: expr}, Args: []ast.Expr{lit}}, true
}

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

func signed(kind token.Token, text string, pos token.Pos) ast.Expr {
	if rest, negative := strings.CutPrefix(text, "-"); negative {
		return &ast.UnaryExpr{OpPos: pos, Op: token.SUB, X: &ast.BasicLit{ValuePos: pos, Kind: kind, Value: rest}}
	}
	return &ast.BasicLit{ValuePos: pos, Kind: kind, Value: text}
}
