package kernel

import (
	"go/ast"
	"go/doc"
	"go/token"
	"go/types"
	"regexp"
	"strings"

	"gaspard/kernel/symbols"
	"gaspard/kernel/worker"
)

// callAt describes the innermost call among whose arguments a place is, and gives
// the type of the parameter that a word directly there would be for.
func (s *Session) callAt(p *place) (*worker.Call, types.Type) {
	for i := len(p.open) - 1; i > 0; i-- {
		f := p.open[i]
		if f.tok == token.LBRACE && f.isBlock() {
			return nil, nil
		}
		if f.tok != token.LPAREN || !endsOperand(f.before) {
			continue
		}
		b := s.probeText(p.finish(f.at+1, i+1))
		if b == nil {
			return nil, nil
		}
		call, ok := b.parent(1).(*ast.CallExpr)
		if !ok || b.info.Types[call.Fun].IsType() {
			continue
		}
		described, param := describe(b.info, call.Fun, f.commas)
		if i < len(p.open)-1 {
			param = nil
		}
		return described, param
	}
	return nil, nil
}

// endsOperand reports whether a parenthesis after a token opens arguments.
func endsOperand(tok token.Token) bool {
	return tok == token.IDENT || tok == token.RPAREN || tok == token.RBRACK || tok == token.RBRACE
}

// describe writes the signature of what is called and finds its n-th parameter.
func describe(info *types.Info, fun ast.Expr, n int) (*worker.Call, types.Type) {
	fun = ast.Unparen(fun)
	if index, ok := fun.(*ast.IndexExpr); ok { // explicit type arguments, or a function in a list
		if tv := info.Types[index.X]; tv.Type == nil || isFunc(tv.Type) {
			fun = index.X
		}
	}
	var obj types.Object
	switch x := fun.(type) {
	case *ast.Ident:
		obj = info.Uses[x]
	case *ast.SelectorExpr:
		obj = info.Uses[x.Sel]
	}
	t := info.Types[fun].Type
	if obj != nil {
		t = obj.Type()
	}
	name := types.ExprString(fun)
	call := &worker.Call{Name: name}
	if builtin, ok := obj.(*types.Builtin); ok {
		signature, text, _ := symbols.Doc("builtin", builtin.Name())
		call.Signature, call.Text = signature, firstSentence(builtin.Name(), text)
		return call, nil
	}
	if t == nil {
		return nil, nil
	}
	sig, ok := t.Underlying().(*types.Signature)
	if !ok {
		return nil, nil
	}
	param := writeCall(call, sig, n)
	if obj != nil && obj.Pkg() != nil && obj.Pkg().Path() != ownPackage.Path() {
		call.Text = firstSentence(obj.Name(), documented(obj, name).Text)
	}
	return call, param
}

func isFunc(t types.Type) bool {
	_, ok := t.Underlying().(*types.Signature)
	return ok
}

// writeCall writes name and signature and notes where parameter n stands in it;
// the last one of a variadic function takes all that follow.
func writeCall(call *worker.Call, sig *types.Signature, n int) (param types.Type) {
	var b strings.Builder
	b.WriteString(call.Name)
	var typeParams []string
	for p := range sig.TypeParams().TypeParams() {
		typeParams = append(typeParams, p.Obj().Name()+" "+types.TypeString(p.Constraint(), qualifyShort))
	}
	if len(typeParams) > 0 {
		b.WriteString("[" + strings.Join(typeParams, ", ") + "]")
	}
	b.WriteByte('(')
	last := sig.Params().Len() - 1
	for i := range sig.Params().Len() {
		if i > 0 {
			b.WriteString(", ")
		}
		p := sig.Params().At(i)
		t := p.Type()
		start := b.Len()
		if p.Name() != "" && p.Name() != "_" {
			b.WriteString(p.Name() + " ")
		}
		if list, ok := t.(*types.Slice); ok && i == last && sig.Variadic() {
			t = list.Elem()
			b.WriteString("...")
		}
		b.WriteString(types.TypeString(t, qualifyShort))
		if i == n || i == last && sig.Variadic() && n > last {
			call.Start, call.End, param = start, b.Len(), t
		}
	}
	b.WriteByte(')')
	results := types.NewSignatureType(nil, nil, nil, nil, sig.Results(), false)
	b.WriteString(strings.TrimPrefix(types.TypeString(results, qualifyShort), "func()"))
	call.Signature = b.String()
	return param
}

// firstSentence is a comment's first sentence without the name it begins with.
// Links are just their names.
func firstSentence(name, text string) string {
	sentence := docLink.ReplaceAllString(new(doc.Package).Synopsis(text), "$1$2")
	return strings.TrimPrefix(sentence, name+" ")
}

var docLink = regexp.MustCompile(`(^|[\s(])\[(\*?\pL[\pL\pN._]*)\]`)
