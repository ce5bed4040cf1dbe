package values

import (
	"io"
	"maps"
	"math"
	"reflect"
	"testing"
	"time"
)

func TestGenericMaps(t *testing.T) {
	testMaps(t, map[string]int{"a": 1, "b": 2, "": 0}, "b", "z")
	testMaps(t, map[int]float64{1: nan, 2: math.Copysign(0, -1), 3: 1}, 1, 9)
	testMaps(t, map[float64]int{nan: 1, 1: 2, 0: 3}, nan, math.Copysign(0, -1))
	testMaps(t, map[Word]Point{"x": {1, 2}, "y": {}}, "x", "z")
	testMaps(t, map[Point]Word{{1, 2}: "x", {}: "y"}, Point{}, Point{5, 5})
	testMaps[any](t, map[any]Degree{Degree(1): 1, 1: 2, nil: 3, Point{1, 2}: 4}, Degree(1), Count(1))
	testMaps(t, map[Degree]any{1: Degree(1), 2: Count(1), 3: 1, 4: nil}, 4, 5)
	testMaps(t, map[time.Duration]error{1: io.EOF, 2: Wraps{io.EOF}, 3: nil}, 1, 4)
	testMaps(t, map[bool]struct{}{true: {}}, true, false)
}

// testMaps compares the functions of package maps on m and maps that differ from
// it by a key that it has or a key that it may lack.
func testMaps[K, V comparable](t *testing.T, m map[K]V, has, lacks K) {
	t.Helper()
	c := &comparison{T: t, s: theSession(), path: "maps", unordered: true}
	k, v := reflect.TypeFor[K](), reflect.TypeFor[V]()
	whole := reflect.TypeFor[map[K]V]()
	one, two := []reflect.Type{whole, k, v}, []reflect.Type{whole, whole, k, v}
	without, with, other := maps.Clone(m), maps.Clone(m), maps.Clone(m)
	delete(without, has)
	with[lacks] = m[has]
	other[has] = *new(V)
	list := []map[K]V{nil, {}, m, without, with, other}
	if m[has] == m[has] {
		c.agree("Equal", maps.Equal[map[K]V, map[K]V], two, func() []any { return []any{m, maps.Clone(m)} })
	}
	for _, m := range list {
		only := func() []any { return []any{maps.Clone(m)} }
		c.agree("All", maps.All[map[K]V], one, only)
		c.agree("Keys", maps.Keys[map[K]V], one, only)
		c.agree("Values", maps.Values[map[K]V], one, only)
		c.agree("Clone", maps.Clone[map[K]V], one, only)
		c.agree("Collect", maps.Collect[K, V], []reflect.Type{k, v}, func() []any { return []any{maps.All(m)} })
		c.agree("DeleteFunc", maps.DeleteFunc[map[K]V], one, func() []any { return []any{maps.Clone(m), func(k K, v V) bool { return k == has || v == *new(V) }} })
		if len(m) < 2 { // which call panics depends on the order
			c.agree("DeleteFunc", maps.DeleteFunc[map[K]V], one, func() []any { return []any{maps.Clone(m), func(K, V) bool { panic("stop") }} })
		}
		for _, n := range list {
			pair := func() []any { return []any{maps.Clone(m), maps.Clone(n)} }
			c.agree("Equal", maps.Equal[map[K]V, map[K]V], two, pair)
			if len(n) < 2 || m != nil {
				c.agree("Copy", maps.Copy[map[K]V, map[K]V], two, pair)
				c.agree("Insert", maps.Insert[map[K]V], one, func() []any { return []any{maps.Clone(m), maps.All(n)} })
			}
			if len(m) < 2 || len(m) != len(n) {
				c.agree("EqualFunc", maps.EqualFunc[map[K]V, map[K]V], []reflect.Type{whole, whole, k, v, v},
					func() []any { return []any{m, n, func(a, b V) bool { return true }} })
			}
		}
	}
	f, _ := c.instance("EqualFunc", whole, whole, k, v, v)
	for _, answer := range []bool{true, false} {
		calls := 0
		eq := reflect.MakeFunc(f.Type().In(2), func([]reflect.Value) []reflect.Value {
			calls++
			return []reflect.Value{reflect.ValueOf(answer)}
		})
		inside := c.cross(f.Type().In(0), reflect.ValueOf(m), c.s.goType(whole))
		want := 1
		if answer {
			want = len(m)
		}
		if got := f.Call([]reflect.Value{inside, inside, eq})[0].Bool(); got != answer && len(m) == calls || calls != want && k != reflect.TypeFor[float64]() {
			t.Errorf("EqualFunc of %v is %v after %d calls", m, got, calls)
		}
	}
}
