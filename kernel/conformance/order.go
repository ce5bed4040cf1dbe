package conformance

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// declaration is a package-level declaration as a person would enter it.
type declaration struct {
	tok     token.Token
	node    ast.Node
	text    string
	objects []types.Object
	method  types.Object // of a method: the type it belongs to
	needs   map[*declaration]bool
}

// declarations lists what the program declares beside its imports and main, in
// source order.
func (c *cutter) declarations() []*declaration {
	var out []*declaration
	add := func(tok token.Token, n ast.Node, text string, names ...*ast.Ident) *declaration {
		d := &declaration{tok: tok, node: n, text: text, needs: map[*declaration]bool{}}
		for _, id := range names {
			if obj := c.info.Defs[id]; obj != nil {
				d.objects = append(d.objects, obj)
			}
		}
		out = append(out, d)
		return d
	}
	for _, decl := range c.file.Decls {
		switch n := decl.(type) {
		case *ast.FuncDecl:
			if n == c.main {
				continue
			}
			d := add(token.FUNC, n, c.node(n), n.Name)
			if n.Recv != nil {
				d.method = c.receiver(n.Recv.List[0].Type)
			}
		case *ast.GenDecl:
			switch {
			case n.Tok == token.IMPORT:
			case n.Tok == token.VAR && c.outOfOrder(n):
				for _, spec := range n.Specs {
					add(n.Tok, spec, "var "+c.node(spec), specNames(spec)...)
				}
			default:
				var names []*ast.Ident
				for _, spec := range n.Specs {
					names = append(names, specNames(spec)...)
				}
				add(n.Tok, n, c.node(n), names...)
			}
		}
	}
	return out
}

func specNames(s ast.Spec) []*ast.Ident {
	switch s := s.(type) {
	case *ast.TypeSpec:
		return []*ast.Ident{s.Name}
	case *ast.ValueSpec:
		return s.Names
	}
	return nil
}

func (c *cutter) receiver(e ast.Expr) types.Object {
	for {
		switch x := e.(type) {
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.IndexListExpr:
			e = x.X
		case *ast.Ident:
			return c.info.Uses[x]
		default:
			return nil
		}
	}
}

// initOrder numbers the variables with initialisers in the order in which Go
// initialises them.
func (c *cutter) initOrder() map[types.Object]int {
	order := map[types.Object]int{}
	for i, init := range c.info.InitOrder {
		for _, v := range init.Lhs {
			order[v] = i
		}
	}
	return order
}

// outOfOrder reports whether the variables of a group are initialised in another
// order than they stand, or with others in between.
func (c *cutter) outOfOrder(d *ast.GenDecl) bool {
	order := c.initOrder()
	last := -1
	for _, spec := range d.Specs {
		for _, id := range specNames(spec) {
			i, ok := order[c.info.Defs[id]]
			if !ok {
				continue
			}
			if last >= 0 && i != last && i != last+1 {
				return true
			}
			last = i
		}
	}
	return false
}

// sorted orders the declarations so that each comes after what it needs, in
// source order where that leaves a choice. Declarations that need each other
// come together.
func (c *cutter) sorted() [][]*declaration {
	all := c.declarations()
	of := map[types.Object]*declaration{}
	methods := map[*declaration][]*declaration{}
	for _, d := range all {
		for _, obj := range d.objects {
			of[obj] = d
		}
	}
	for _, d := range all {
		if t := of[d.method]; t != nil {
			methods[t] = append(methods[t], d)
		}
		ast.Inspect(d.node, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			if !ok {
				return true
			}
			if need := of[origin(c.info.Uses[id])]; need != nil && need != d {
				d.needs[need] = true
			}
			return true
		})
	}
	var before *declaration
	for _, init := range c.info.InitOrder {
		for _, v := range init.Lhs {
			if d := of[v]; d != nil && d != before {
				if before != nil {
					d.needs[before] = true
				}
				before = d
			}
		}
	}
	for _, d := range all {
		if d.tok == token.VAR { // its initialiser may call any method of the types it meets
			for need := range reach(d, methods) {
				if need.method != nil && need != d {
					d.needs[need] = true
				}
			}
		}
	}
	return components(all)
}

func origin(obj types.Object) types.Object {
	switch o := obj.(type) {
	case *types.Func:
		return o.Origin()
	case *types.Var:
		return o.Origin()
	}
	return obj
}

// reach is what a declaration needs at any remove, the methods of types included.
func reach(d *declaration, methods map[*declaration][]*declaration) map[*declaration]bool {
	seen := map[*declaration]bool{}
	var visit func(*declaration)
	visit = func(d *declaration) {
		if seen[d] {
			return
		}
		seen[d] = true
		for need := range d.needs {
			visit(need)
		}
		for _, m := range methods[d] {
			visit(m)
		}
	}
	visit(d)
	return seen
}

// components is Tarjan's algorithm: the strongly connected components of the
// needs, those needed first, each in source order.
func components(all []*declaration) [][]*declaration {
	place := map[*declaration]int{}
	for i, d := range all {
		place[d] = i
	}
	bySource := func(a, b *declaration) int { return place[a] - place[b] }
	index, low := map[*declaration]int{}, map[*declaration]int{}
	open := map[*declaration]bool{}
	var stack []*declaration
	var out [][]*declaration
	var visit func(*declaration)
	visit = func(d *declaration) {
		index[d] = len(index) + 1
		low[d] = index[d]
		stack, open[d] = append(stack, d), true
		needs := make([]*declaration, 0, len(d.needs))
		for need := range d.needs {
			needs = append(needs, need)
		}
		slices.SortFunc(needs, bySource)
		for _, need := range needs {
			if index[need] == 0 {
				visit(need)
				low[d] = min(low[d], low[need])
			} else if open[need] {
				low[d] = min(low[d], index[need])
			}
		}
		if low[d] != index[d] {
			return
		}
		at := slices.Index(stack, d)
		group := slices.Clone(stack[at:])
		for _, member := range group {
			open[member] = false
		}
		stack = stack[:at]
		slices.SortFunc(group, bySource)
		out = append(out, group)
	}
	for _, d := range all {
		if index[d] == 0 {
			visit(d)
		}
	}
	return out
}
