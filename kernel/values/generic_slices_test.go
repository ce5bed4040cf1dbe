package values

import (
	"cmp"
	"go/types"
	"io"
	"iter"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"sort"
	"testing"
	"time"
)

func TestGenericSlices(t *testing.T) {
	testOrdered(t, 3, -1, 0, 2, math.MinInt)
	testOrdered(t, "b", "", "a", "é", "ab")
	testOrdered(t, 1.5, nan, math.Copysign(0, -1), 0, math.Inf(-1))
	testOrdered[float32](t, 2, float32(nan), 0.5)
	testOrdered[int8](t, 100, -100, 3)
	testOrdered[uint64](t, 1<<63, 0, 7)
	testOrdered[Octet](t, 200, 3, 100)
	testOrdered[Celsius](t, 20, Celsius(nan), -3)
	testOrdered[Word](t, "x", "", "w")
	testOrdered[time.Duration](t, time.Hour, -1, 5)
	testComparable(t, false, true)
	testComparable(t, Point{1, 2}, Point{}, Point{2, 1})
	testComparable(t, Pair[Word, Point]{"k", Point{1, 1}}, Pair[Word, Point]{"j", Point{}})
	testComparable(t, [2]Celsius{1, 2}, [2]Celsius{Celsius(nan), 2}, [2]Celsius{})
	testComparable[any](t, 1, Degree(1), Point{1, 2}, nil, "s", Count(1), nan)
	testComparable[error](t, io.EOF, Wraps{io.EOF}, nil)
	testComparable[Shape](t, Point{1, 2}, nil, Point{})
	testComparable(t, Phase(1), Phase(2i))
	testComparable(t, struct{}{})
	testAny(t, []int{1}, nil, []int{1, 2})
	testAny(t, Tree{Label: "a"}, Tree{Label: "b", Kids: []Tree{{}}})
	testAny(t, map[Word]int{"a": 1}, nil)
}

// lists are slices of vs of several lengths and capacities. The elements beyond
// the length are there to be seen.
func lists[E any](vs []E) [][]E {
	roomy := append(slices.Clone(vs), append(slices.Clone(vs), vs...)...)[:len(vs)]
	var twins, many []E
	for _, v := range vs {
		twins = append(twins, v, v)
	}
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 70 {
		many = append(many, vs[rnd.IntN(len(vs))])
	}
	return [][]E{nil, {}, vs[:1:1], vs[:1], slices.Clip(vs), roomy, slices.Clip(twins), slices.Clip(many)}
}

// fresh is a copy of a slice with what lies beyond its length.
func fresh[E any](x []E) []E {
	if x == nil {
		return nil
	}
	all := make([]E, cap(x))
	copy(all, x[:cap(x)])
	return all[:len(x)]
}

func comparing(t *testing.T) *comparison {
	return &comparison{T: t, s: theSession(), path: "slices"}
}

func targsFor[E any]() (of, whole []reflect.Type) {
	e := reflect.TypeFor[E]()
	return []reflect.Type{e}, []reflect.Type{reflect.SliceOf(e), e}
}

// testAny compares the functions that ask nothing of their elements. Callbacks
// order elements by their place in vs.
func testAny[E any](t *testing.T, vs ...E) {
	t.Helper()
	t.Run(reflect.TypeFor[E]().String(), func(t *testing.T) {
		rank := func(v E) int {
			return slices.IndexFunc(vs, func(x E) bool { return describe(reflect.ValueOf(&x).Elem()) == describe(reflect.ValueOf(&v).Elem()) })
		}
		c := comparing(t)
		for _, x := range lists(vs) {
			testIterators(c, x, vs)
			testEdits(c, x, vs)
			testCallbacks(c, x, vs, rank)
		}
	})
}

func testIterators[E any](c *comparison, x, vs []E) {
	of, whole := targsFor[E]()
	only := func() []any { return []any{fresh(x)} }
	c.agree("All", slices.All[[]E], whole, only)
	c.agree("Backward", slices.Backward[[]E], whole, only)
	c.agree("Values", slices.Values[[]E], whole, only)
	for _, n := range []int{-1, 0, 1, 2, 3, 100} {
		c.agree("Chunk", slices.Chunk[[]E], whole, func() []any { return []any{fresh(x), n} })
	}
	c.agree("Collect", slices.Collect[E], of, func() []any { return []any{slices.Values(x)} })
	c.agree("Collect", slices.Collect[E], of, func() []any { return []any{iter.Seq[E](nil)} })
	c.agree("AppendSeq", slices.AppendSeq[[]E], whole, func() []any { return []any{fresh(x), slices.Values(vs)} })
	ill := func(yield func(E) bool) {
		defer func() { // a loop's body that panicked may not be entered again
			recover()
			yield(vs[0])
		}()
		yield(vs[0])
		panic("broken")
	}
	c.agree("AppendSeq", slices.AppendSeq[[]E], whole, func() []any { return []any{fresh(x), ill} })
}

func testEdits[E any](c *comparison, x, vs []E) {
	_, whole := targsFor[E]()
	only := func() []any { return []any{fresh(x)} }
	c.agree("Clone", slices.Clone[[]E], whole, only)
	c.agree("Clip", slices.Clip[[]E], whole, only)
	c.agree("Reverse", slices.Reverse[[]E], whole, only)
	if len(x) > 20 {
		x = x[:20:25]
	}
	places := []int{-1, 0, 1, len(x) - 1, len(x), len(x) + 1, cap(x), cap(x) + 1}
	slices.Sort(places)
	places = slices.Compact(places)
	for _, n := range append(places, 2, 50) {
		c.agree("Grow", slices.Grow[[]E], whole, func() []any { return []any{fresh(x), n} })
		c.agree("Repeat", slices.Repeat[[]E], whole, func() []any { return []any{fresh(x), n} })
	}
	if reflect.TypeFor[E]().Size() > 0 {
		c.agree("Grow", slices.Grow[[]E], whole, func() []any { return []any{fresh(x), math.MaxInt} })
		c.agree("Grow", slices.Grow[[]E], whole, func() []any { return []any{fresh(x), math.MaxInt >> 1} })
		if len(x) > 0 {
			c.agree("Repeat", slices.Repeat[[]E], whole, func() []any { return []any{fresh(x), math.MaxInt} })
			c.agree("Repeat", slices.Repeat[[]E], whole, func() []any { return []any{fresh(x), math.MaxInt / len(x)} })
		}
	}
	for _, i := range places {
		for _, v := range [][]E{nil, vs[:1], vs, append(slices.Clone(vs), vs...)} {
			c.agree("Insert", slices.Insert[[]E], whole, func() []any { return []any{fresh(x), i, v} })
			for _, j := range places {
				c.agree("Replace", slices.Replace[[]E], whole, func() []any { return []any{fresh(x), i, j, v} })
			}
		}
		for _, j := range places {
			c.agree("Delete", slices.Delete[[]E], whole, func() []any { return []any{fresh(x), i, j} })
		}
	}
	for _, list := range [][][]E{nil, {}, {x}, {nil, {}}, {x, nil, vs, x}} {
		c.agree("Concat", slices.Concat[[]E], whole, func() []any { return []any{list} })
	}
}

func testCallbacks[E any](c *comparison, x, vs []E, rank func(E) int) {
	of, whole := targsFor[E]()
	both := append(append([]reflect.Type{}, whole[0], whole[0]), of[0], of[0])
	order := func(a, b E) int { return rank(a) - rank(b) }
	mod := func(a, b E) int { return rank(a)%2 - rank(b)%2 } // many are equal
	count := 0
	failing := func(a, b E) int {
		if count++; count%7 == 0 {
			panic(io.ErrUnexpectedEOF)
		}
		return order(a, b)
	}
	with := func(more ...any) func() []any {
		return func() []any { count = 0; return append([]any{fresh(x)}, more...) }
	}
	for _, f := range []func(a, b E) int{order, mod, failing, nil} {
		c.agree("SortFunc", slices.SortFunc[[]E], whole, with(f))
		c.agree("SortStableFunc", slices.SortStableFunc[[]E], whole, with(f))
		c.agree("IsSortedFunc", slices.IsSortedFunc[[]E], whole, with(f))
		c.agree("MinFunc", slices.MinFunc[[]E], whole, with(f))
		c.agree("MaxFunc", slices.MaxFunc[[]E], whole, with(f))
		seq := func() []any { count = 0; return []any{slices.Values(x), f} }
		c.agree("SortedFunc", slices.SortedFunc[E], of, seq)
		c.agree("SortedStableFunc", slices.SortedStableFunc[E], of, seq)
		for _, y := range [][]E{nil, vs, x, append(slices.Clone(x), vs[0]), x[:len(x)/2]} {
			c.agree("CompareFunc", slices.CompareFunc[[]E, []E], both, with(y, f))
		}
	}
	c.agree("MinFunc", slices.MinFunc[[]E], whole, with(func(a, b E) int { return math.MinInt }))
	c.agree("MaxFunc", slices.MaxFunc[[]E], whole, with(func(a, b E) int { return math.MinInt }))
	sorted := slices.SortedFunc(slices.Values(x), order)
	for k := range len(vs) + 1 {
		c.agree("BinarySearchFunc", slices.BinarySearchFunc[[]E, E, int], append(whole[:2:2], reflect.TypeFor[int]()),
			func() []any { return []any{fresh(sorted), k, func(v E, k int) int { return rank(v) - k }} })
		is := func(v E) bool { return rank(v) == k }
		c.agree("IndexFunc", slices.IndexFunc[[]E], whole, with(is))
		c.agree("ContainsFunc", slices.ContainsFunc[[]E], whole, with(is))
		c.agree("DeleteFunc", slices.DeleteFunc[[]E], whole, with(is))
		c.agree("DeleteFunc", slices.DeleteFunc[[]E], whole, with(func(v E) bool {
			if count++; count == 3 {
				panic("stop")
			}
			return rank(v) == k
		}))
	}
	same := func(a, b E) bool { return rank(a) == rank(b) }
	c.agree("CompactFunc", slices.CompactFunc[[]E], whole, with(same))
	c.agree("CompactFunc", slices.CompactFunc[[]E], whole, with(func(a, b E) bool { return mod(a, b) == 0 }))
	for _, y := range [][]E{nil, vs, x} {
		c.agree("EqualFunc", slices.EqualFunc[[]E, []E], both, with(y, same))
	}
}

func testComparable[E comparable](t *testing.T, vs ...E) {
	t.Helper()
	testAny(t, vs...)
	_, whole := targsFor[E]()
	c := comparing(t)
	for _, x := range lists(vs) {
		for _, y := range append(lists(vs), x) {
			c.agree("Equal", slices.Equal[[]E], whole, func() []any { return []any{fresh(x), fresh(y)} })
		}
		for _, v := range vs {
			c.agree("Index", slices.Index[[]E], whole, func() []any { return []any{fresh(x), v} })
			c.agree("Contains", slices.Contains[[]E], whole, func() []any { return []any{fresh(x), v} })
		}
		c.agree("Compact", slices.Compact[[]E], whole, func() []any { return []any{fresh(x)} })
	}
}

func testOrdered[E cmp.Ordered](t *testing.T, vs ...E) {
	t.Helper()
	testComparable(t, vs...)
	of, whole := targsFor[E]()
	c := comparing(t)
	for _, x := range lists(vs) {
		only := func() []any { return []any{fresh(x)} }
		c.agree("Sort", slices.Sort[[]E], whole, only)
		c.agree("IsSorted", slices.IsSorted[[]E], whole, only)
		c.agree("Min", slices.Min[[]E], whole, only)
		c.agree("Max", slices.Max[[]E], whole, only)
		c.agree("Sorted", slices.Sorted[E], of, func() []any { return []any{slices.Values(x)} })
		sorted := slices.Sorted(slices.Values(x))
		c.agree("IsSorted", slices.IsSorted[[]E], whole, func() []any { return []any{fresh(sorted)} })
		for _, v := range vs {
			c.agree("BinarySearch", slices.BinarySearch[[]E], whole, func() []any { return []any{fresh(sorted), v} })
		}
		for _, y := range append(lists(vs), x) {
			c.agree("Compare", slices.Compare[[]E], whole, func() []any { return []any{fresh(x), fresh(y)} })
		}
	}
}

// Insert and Replace take their values from the slice that they change.
func TestGenericSlicesOverlap(t *testing.T) {
	c := comparing(t)
	_, whole := targsFor[int]()
	const n = 6
	for room := range 8 {
		base := make([]int, n+room)
		for i := range base {
			base[i] = i + 1
		}
		for i := range n + 1 {
			for from := range len(base) + 1 {
				for to := from; to <= len(base); to++ {
					c.agree("Insert", slices.Insert[[]int], whole, func() []any {
						all := slices.Clip(slices.Clone(base))
						return []any{all[:n:len(base)], i, all[from:to]}
					})
					for j := i; j <= n; j++ {
						c.agree("Replace", slices.Replace[[]int], whole, func() []any {
							all := slices.Clip(slices.Clone(base))
							return []any{all[:n:len(base)], i, j, all[from:to]}
						})
					}
				}
			}
		}
	}
}

// A slice may be of a declared type, of the session or native.
func TestGenericSlicesOfDeclaredTypes(t *testing.T) {
	c := comparing(t)
	targs := []reflect.Type{reflect.TypeFor[List](), reflect.TypeFor[Point]()}
	x := List{{3, 1}, {1, 2}, {2, 3}}
	c.agree("Clone", slices.Clone[List], targs, func() []any { return []any{x} })
	c.agree("Insert", slices.Insert[List], targs, func() []any { return []any{x, 1, []Point{{}}} })
	c.agree("SortFunc", slices.SortFunc[List], targs, func() []any {
		return []any{slices.Clone(x), func(a, b Point) int { return a.X - b.X }}
	})
	c.agree("Chunk", slices.Chunk[List], targs, func() []any { return []any{x, 2} })

	numbers := reflect.TypeFor[sort.IntSlice]()
	w, r := c.s.World, func(in, out reflect.Type) *Type {
		return &Type{R: reflect.FuncOf([]reflect.Type{in}, []reflect.Type{out}, false), Name: "native"}
	}
	op := func(name string, out reflect.Type) reflect.Value {
		key, _ := w.Generic("slices", name, nil, r(numbers, out))
		return w.opSymbols[key]
	}
	v := sort.IntSlice{3, 1, 2}
	if got := op("Clone", numbers).Interface().(func(sort.IntSlice) sort.IntSlice)(v); !slices.Equal(got, v) || &got[0] == &v[0] {
		t.Error(got)
	}
	if got := op("Max", reflect.TypeFor[int]()).Interface().(func(sort.IntSlice) int)(v); got != 3 {
		t.Error(got)
	}
}

func TestGenericEqualityOfHeldValues(t *testing.T) {
	c := comparing(t)
	_, whole := targsFor[any]()
	x := []any{1, []int{1}}
	c.agree("Contains", slices.Contains[[]any], whole, func() []any { return []any{x, any([]int{1})} }) // cannot be compared
	c.agree("Index", slices.Index[[]any], whole, func() []any { return []any{x, any("s")} })
	c.agree("Equal", slices.Equal[[]any], whole, func() []any { return []any{x, x} })

	// blank fields do not count
	b := types.NewStruct([]*types.Var{
		types.NewField(0, c.s.pkg, "a", types.Typ[types.Int], false), types.NewField(0, c.s.pkg, "_", types.Typ[types.Int], false), types.NewField(0, c.s.pkg, "h", types.Universe.Lookup("any").Type(), false),
	}, nil)
	r := c.s.Type(b).R
	make := func(a, blank int, held any) reflect.Value {
		v := reflect.New(r).Elem()
		v.Field(0).SetInt(int64(a))
		v.Field(1).SetInt(int64(blank))
		v.Field(2).Set(asValue(c.s.lift(held), anyType))
		return v
	}
	same := c.s.equality(r)
	for _, pair := range []struct {
		a, b reflect.Value
		want bool
	}{
		{make(1, 2, nil), make(1, 3, nil), true}, {make(1, 2, nil), make(2, 2, nil), false}, {make(1, 2, Degree(1)), make(1, 3, Degree(1)), true},
		{make(1, 2, Degree(1)), make(1, 2, Count(1)), false}, {make(1, 2, nan), make(1, 2, nan), false},
	} {
		if got := same(pair.a, pair.b); got != pair.want {
			t.Errorf("%v == %v is %v", pair.a, pair.b, got)
		}
	}
}
