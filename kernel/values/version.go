package values

import (
	"fmt"
	"go/types"
	"strconv"
)

// Continue makes the type after a version of before, laid out in the same way but
// with perhaps other methods. Both are one [Type] then, so that variables of the
// old version can become variables of the new one, and values that interfaces
// hold are of the new one too. Its methods are those of the old version until
// [World.Renew] is called.
func (w *World) Continue(before, after *types.TypeName) {
	w.lock.Lock()
	defer w.lock.Unlock()
	first := w.firstOf(before)
	w.first[after] = first
	w.next[first] = after
}

// Renew completes what Continue began since it or Discard was last called.
func (w *World) Renew() {
	w.lock.Lock()
	defer w.lock.Unlock()
	if len(w.next) == 0 {
		return
	}
	for _, t := range w.versions {
		if latest := w.latest(t.Go); latest != t.Go {
			t.Go = latest
			w.types.Set(latest, t)
		}
	}
	clear(w.next)
	clear(w.verdicts)
}

// Discard leaves the types as they were.
func (w *World) Discard() {
	w.lock.Lock()
	defer w.lock.Unlock()
	clear(w.next)
}

// Instances lists the type arguments that a generic type has been used with, in
// any of its versions.
func (w *World) Instances(generic *types.TypeName) (list [][]types.Type) {
	w.lock.Lock()
	defer w.lock.Unlock()
	for _, t := range w.versions {
		n, ok := t.Go.(*types.Named)
		if !ok || n.TypeArgs().Len() == 0 || w.firstOf(n.Obj()) != w.firstOf(generic) {
			continue
		}
		var args []types.Type
		for arg := range n.TypeArgs().Types() {
			args = append(args, w.latest(arg))
		}
		list = append(list, args)
	}
	return list
}

// latest is a type written with the versions that Renew will have in force.
func (w *World) latest(t types.Type) types.Type {
	switch t := t.(type) {
	case *types.Alias:
		return w.latest(types.Unalias(t))
	case *types.Named:
		return w.latestNamed(t)
	case *types.Pointer:
		if e := w.latest(t.Elem()); e != t.Elem() {
			return types.NewPointer(e)
		}
	case *types.Slice:
		if e := w.latest(t.Elem()); e != t.Elem() {
			return types.NewSlice(e)
		}
	case *types.Array:
		if e := w.latest(t.Elem()); e != t.Elem() {
			return types.NewArray(e, t.Len())
		}
	case *types.Map:
		if k, e := w.latest(t.Key()), w.latest(t.Elem()); k != t.Key() || e != t.Elem() {
			return types.NewMap(k, e)
		}
	case *types.Chan:
		if e := w.latest(t.Elem()); e != t.Elem() {
			return types.NewChan(t.Dir(), e)
		}
	case *types.Signature:
		params, p := w.latestTuple(t.Params())
		results, r := w.latestTuple(t.Results())
		if p || r {
			return types.NewSignatureType(nil, nil, nil, params, results, t.Variadic())
		}
	}
	return t
}

func (w *World) latestNamed(t *types.Named) types.Type {
	origin, changed := types.Type(t.Origin()), false
	if next := w.next[w.firstOf(t.Obj())]; next != nil && next != t.Obj() {
		origin, changed = next.Type(), true
	}
	var args []types.Type
	for arg := range t.TypeArgs().Types() {
		a := w.latest(arg)
		args, changed = append(args, a), changed || a != arg
	}
	switch {
	case !changed:
		return t
	case len(args) == 0:
		return origin
	}
	inst, err := types.Instantiate(nil, origin, args, false)
	if err != nil {
		return t
	}
	return inst
}

func (w *World) latestTuple(t *types.Tuple) (tuple *types.Tuple, changed bool) {
	var vars []*types.Var
	for v := range t.Variables() {
		latest := w.latest(v.Type())
		changed = changed || latest != v.Type()
		vars = append(vars, types.NewParam(v.Pos(), v.Pkg(), v.Name(), latest))
	}
	return types.NewTuple(vars...), changed
}

// firstOf is the oldest version of a type with the same layout.
func (w *World) firstOf(obj *types.TypeName) *types.TypeName {
	if first, ok := w.first[obj]; ok {
		return first
	}
	return obj
}

// version finds the Type of an older version of t.
func (w *World) version(t types.Type) *Type {
	key, continued := w.versionKey(t)
	if !continued {
		return nil
	}
	known := w.versions[key]
	if known == nil {
		return nil
	}
	w.types.Set(t, known)
	return known
}

// versionKey is the same for all versions of a type. continued is set where there
// may be others.
func (w *World) versionKey(t types.Type) (key string, continued bool) {
	of := func(prefix string, parts ...types.Type) (string, bool) {
		for _, part := range parts {
			k, c := w.versionKey(part)
			prefix, continued = prefix+k+";", continued || c
		}
		return prefix, continued
	}
	switch t := t.(type) {
	case *types.Alias:
		return w.versionKey(types.Unalias(t))
	case *types.Named:
		_, continued = w.first[t.Obj()]
		var args []types.Type
		for arg := range t.TypeArgs().Types() {
			args = append(args, arg)
		}
		return of(fmt.Sprintf("%p[", w.firstOf(t.Obj())), args...)
	case *types.Pointer:
		return of("*", t.Elem())
	case *types.Slice:
		return of("[]", t.Elem())
	case *types.Array:
		return of("["+strconv.FormatInt(t.Len(), 10)+"]", t.Elem())
	case *types.Map:
		return of("map ", t.Key(), t.Elem())
	case *types.Chan:
		return of("chan "+strconv.Itoa(int(t.Dir())), t.Elem())
	case *types.Signature:
		var parts []types.Type
		for v := range t.Params().Variables() {
			parts = append(parts, v.Type())
		}
		for v := range t.Results().Variables() {
			parts = append(parts, v.Type())
		}
		return of(fmt.Sprintf("func %d %t ", t.Params().Len(), t.Variadic()), parts...)
	case *types.Basic:
		return t.Name(), false
	}
	return fmt.Sprintf("%p", t), false
}
