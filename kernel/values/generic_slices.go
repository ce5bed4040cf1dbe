package values

import (
	"math/bits"
	"reflect"
	"slices"
	"sort"
)

// sliceGenerics are the functions of package slices.
var sliceGenerics = map[string]generic{
	"All":      sliceIterator(sliceAll),
	"Backward": sliceIterator(sliceBackward),
	"Values":   sliceIterator(sliceValues),
	"Chunk":    chunk,
	"AppendSeq": plain(func(args []reflect.Value) []reflect.Value {
		return []reflect.Value{appendSeq(args[0], args[1])}
	}),
	"Collect": collected(func(reflect.Value, []reflect.Value) {}),
	"Sorted":  collected(func(x reflect.Value, _ []reflect.Value) { orderingOf(x).sort(x) }),
	"SortedFunc": collected(func(x reflect.Value, args []reflect.Value) {
		sortFunc(x, args[1], slices.SortFunc)
	}),
	"SortedStableFunc": collected(func(x reflect.Value, args []reflect.Value) {
		sortFunc(x, args[1], slices.SortStableFunc)
	}),

	"Sort": plain(func(args []reflect.Value) []reflect.Value {
		orderingOf(args[0]).sort(args[0])
		return nil
	}),
	"SortFunc": plain(func(args []reflect.Value) []reflect.Value {
		sortFunc(args[0], args[1], slices.SortFunc)
		return nil
	}),
	"SortStableFunc": plain(func(args []reflect.Value) []reflect.Value {
		sortFunc(args[0], args[1], slices.SortStableFunc)
		return nil
	}),
	"IsSorted":         answering(func(args []reflect.Value) any { return orderingOf(args[0]).isSorted(args[0]) }),
	"IsSortedFunc":     answering(func(args []reflect.Value) any { return isSortedFunc(args[0], args[1]) }),
	"BinarySearch":     plain(binarySearch),
	"BinarySearchFunc": plain(binarySearchFunc),
	"Min":              plain(func(args []reflect.Value) []reflect.Value { return []reflect.Value{orderingOf(args[0]).min(args[0])} }),
	"Max":              plain(func(args []reflect.Value) []reflect.Value { return []reflect.Value{orderingOf(args[0]).max(args[0])} }),
	"MinFunc":          plain(extremeFunc("MinFunc", func(order int) bool { return order < 0 })),
	"MaxFunc":          plain(extremeFunc("MaxFunc", func(order int) bool { return order > 0 })),

	"Equal":        sliceEqual,
	"EqualFunc":    answering(func(args []reflect.Value) any { return equalFunc(args[0], args[1], callback(args[2])) }),
	"Compare":      answering(func(args []reflect.Value) any { return orderingOf(args[0]).compare(args[0], args[1]) }),
	"CompareFunc":  answering(func(args []reflect.Value) any { return compareFunc(args[0], args[1], args[2]) }),
	"Index":        indexing(func(k int) any { return k }),
	"Contains":     indexing(func(k int) any { return k >= 0 }),
	"IndexFunc":    answering(func(args []reflect.Value) any { return indexFunc(args[0], args[1]) }),
	"ContainsFunc": answering(func(args []reflect.Value) any { return indexFunc(args[0], args[1]) >= 0 }),
	"Compact":      compact,
	"CompactFunc": plain(func(args []reflect.Value) []reflect.Value {
		return []reflect.Value{compactFunc(args[0], callback(args[1]))}
	}),

	"Insert": plain(func(args []reflect.Value) []reflect.Value {
		return []reflect.Value{insert(args[0], int(args[1].Int()), args[2])}
	}),
	"Delete": plain(func(args []reflect.Value) []reflect.Value {
		return []reflect.Value{cut(args[0], int(args[1].Int()), int(args[2].Int()))}
	}),
	"DeleteFunc": plain(cutFunc),
	"Replace": plain(func(args []reflect.Value) []reflect.Value {
		return []reflect.Value{replace(args[0], int(args[1].Int()), int(args[2].Int()), args[3])}
	}),
	"Clone": plain(cloneSlice),
	"Clip": plain(func(args []reflect.Value) []reflect.Value {
		n := args[0].Len()
		return []reflect.Value{args[0].Slice3(0, n, n)}
	}),
	"Grow": plain(func(args []reflect.Value) []reflect.Value {
		return []reflect.Value{grow(args[0], int(args[1].Int()))}
	}),
	"Concat": concat,
	"Repeat": plain(func(args []reflect.Value) []reflect.Value {
		return []reflect.Value{repeat(args[0], int(args[1].Int()))}
	}),
	"Reverse": plain(func(args []reflect.Value) []reflect.Value {
		swap := reflect.Swapper(args[0].Interface())
		for i, j := 0, args[0].Len()-1; i < j; i, j = i+1, j-1 {
			swap(i, j)
		}
		return nil
	}),
}

// answering is a function with one result of a basic type.
func answering(f func(args []reflect.Value) any) generic {
	return plain(func(args []reflect.Value) []reflect.Value { return []reflect.Value{reflect.ValueOf(f(args))} })
}

// callback is a callback that says whether two values are equal.
func callback(f reflect.Value) func(a, b reflect.Value) bool {
	return func(a, b reflect.Value) bool { return holdsOf(f, a, b) }
}

// orderingOf is the ordering of a slice's elements.
func orderingOf(x reflect.Value) ordering { return orderings[x.Type().Elem().Kind()] }

// elementOf is an element apart from its slice.
func elementOf(x reflect.Value, i int) reflect.Value {
	v := reflect.New(x.Type().Elem()).Elem()
	v.Set(x.Index(i))
	return v
}

// shadow is a slice without storage that is as long as x: slicing it checks
// bounds in Go's words.
func shadow(x reflect.Value) []struct{} { return make([]struct{}, x.Len(), x.Cap()) }

func sliceIterator(run func(x reflect.Value, yield func(...reflect.Value) bool)) generic {
	return func(_ *World, _ []*Type, sig *Type) native {
		return func(args []reflect.Value) []reflect.Value {
			return iterator(sig.R.Out(0), func(yield func(...reflect.Value) bool) { run(args[0], yield) })
		}
	}
}

func sliceAll(x reflect.Value, yield func(...reflect.Value) bool) {
	for i := range x.Len() {
		if !yield(reflect.ValueOf(i), x.Index(i)) {
			return
		}
	}
}

func sliceBackward(x reflect.Value, yield func(...reflect.Value) bool) {
	for i := x.Len() - 1; i >= 0; i-- {
		if !yield(reflect.ValueOf(i), x.Index(i)) {
			return
		}
	}
}

func sliceValues(x reflect.Value, yield func(...reflect.Value) bool) {
	for i := range x.Len() {
		if !yield(x.Index(i)) {
			return
		}
	}
}

func chunk(_ *World, _ []*Type, sig *Type) native {
	return func(args []reflect.Value) []reflect.Value {
		x, n := args[0], int(args[1].Int())
		if n < 1 {
			panic("cannot be less than 1")
		}
		return iterator(sig.R.Out(0), func(yield func(...reflect.Value) bool) {
			for rest := x; rest.Len() > 0; {
				k := min(n, rest.Len())
				if !yield(rest.Slice3(0, k, k)) {
					return
				}
				rest = rest.Slice(k, rest.Len())
			}
		})
	}
}

func appendSeq(x, seq reflect.Value) reflect.Value {
	for v := range each(seq) {
		x = reflect.Append(x, v[0])
	}
	return x
}

// collected is a function that collects its first argument and then does
// something to the slice.
func collected(then func(x reflect.Value, args []reflect.Value)) generic {
	return func(_ *World, _ []*Type, sig *Type) native {
		return func(args []reflect.Value) []reflect.Value {
			x := appendSeq(reflect.Zero(sig.R.Out(0)), args[0])
			then(x, args)
			return []reflect.Value{x}
		}
	}
}

// sortFunc sorts by a callback. Numbers are sorted in place of the elements, by
// the function of package slices itself, so that equal elements end up where it
// puts them.
func sortFunc(x, compare reflect.Value, by func(numbers []int, compare func(a, b int) int)) {
	n := x.Len()
	if n < 2 {
		return
	}
	before := reflect.MakeSlice(x.Type(), n, n)
	reflect.Copy(before, x)
	numbers := make([]int, n)
	for i := range numbers {
		numbers[i] = i
	}
	defer func() { // also if compare panics
		for i, k := range numbers {
			if i != k {
				x.Index(i).Set(before.Index(k))
			}
		}
	}()
	by(numbers, func(a, b int) int { return orderOf(compare, before.Index(a), before.Index(b)) })
}

func isSortedFunc(x, compare reflect.Value) bool {
	for i := x.Len() - 1; i > 0; i-- {
		if orderOf(compare, x.Index(i), x.Index(i-1)) < 0 {
			return false
		}
	}
	return true
}

func binarySearch(args []reflect.Value) []reflect.Value {
	k, found := orderingOf(args[0]).search(args[0], args[1])
	return []reflect.Value{reflect.ValueOf(k), reflect.ValueOf(found)}
}

func binarySearchFunc(args []reflect.Value) []reflect.Value {
	x, target, compare := args[0], args[1], args[2]
	k := sort.Search(x.Len(), func(i int) bool { return orderOf(compare, x.Index(i), target) >= 0 })
	found := k < x.Len() && orderOf(compare, x.Index(k), target) == 0
	return []reflect.Value{reflect.ValueOf(k), reflect.ValueOf(found)}
}

func extremeFunc(name string, better func(order int) bool) native {
	return func(args []reflect.Value) []reflect.Value {
		x, compare := args[0], args[1]
		if x.Len() == 0 {
			panic("slices." + name + ": empty list")
		}
		best := elementOf(x, 0)
		for i := 1; i < x.Len(); i++ {
			if better(orderOf(compare, x.Index(i), best)) {
				best = elementOf(x, i)
			}
		}
		return []reflect.Value{best}
	}
}

func sliceEqual(w *World, _ []*Type, sig *Type) native {
	element := sig.R.In(0).Elem()
	same := w.equality(element)
	return func(args []reflect.Value) []reflect.Value {
		if o, ok := orderings[element.Kind()]; ok {
			return []reflect.Value{reflect.ValueOf(o.equal(args[0], args[1]))}
		}
		return []reflect.Value{reflect.ValueOf(equalFunc(args[0], args[1], same))}
	}
}

func equalFunc(x, y reflect.Value, same func(a, b reflect.Value) bool) bool {
	if x.Len() != y.Len() {
		return false
	}
	for i := range x.Len() {
		if !same(x.Index(i), y.Index(i)) {
			return false
		}
	}
	return true
}

func compareFunc(x, y, compare reflect.Value) int {
	for i := range min(x.Len(), y.Len()) {
		if c := orderOf(compare, x.Index(i), y.Index(i)); c != 0 {
			return c
		}
	}
	switch {
	case x.Len() < y.Len():
		return -1
	case x.Len() > y.Len():
		return 1
	}
	return 0
}

// indexing is a function of the place of an element.
func indexing(result func(k int) any) generic {
	return func(w *World, _ []*Type, sig *Type) native {
		element := sig.R.In(1)
		same := w.equality(element)
		return func(args []reflect.Value) []reflect.Value {
			if o, ok := orderings[element.Kind()]; ok {
				return []reflect.Value{reflect.ValueOf(result(o.index(args[0], args[1])))}
			}
			for i := range args[0].Len() {
				if same(args[1], args[0].Index(i)) {
					return []reflect.Value{reflect.ValueOf(result(i))}
				}
			}
			return []reflect.Value{reflect.ValueOf(result(-1))}
		}
	}
}

func indexFunc(x, f reflect.Value) int {
	for i := range x.Len() {
		if holdsOf(f, x.Index(i)) {
			return i
		}
	}
	return -1
}

func compact(w *World, _ []*Type, sig *Type) native {
	element := sig.R.In(0).Elem()
	same := w.equality(element)
	return func(args []reflect.Value) []reflect.Value {
		if o, ok := orderings[element.Kind()]; ok {
			return []reflect.Value{args[0].Slice(0, o.compact(args[0]))}
		}
		return []reflect.Value{compactFunc(args[0], same)}
	}
}

func compactFunc(x reflect.Value, same func(a, b reflect.Value) bool) reflect.Value {
	n := x.Len()
	kept := min(n, 1)
	for k := 1; k < n; k++ {
		if same(x.Index(k), x.Index(k-1)) {
			continue
		}
		if kept < k {
			x.Index(kept).Set(x.Index(k))
		}
		kept++
	}
	x.Slice(kept, n).Clear()
	return x.Slice(0, kept)
}

// lengthened is x with room for n more elements taken, new where that is needed.
func lengthened(x reflect.Value, n int) reflect.Value {
	to := reflect.New(x.Type()).Elem()
	to.Set(x)
	to.Grow(n)
	to.SetLen(x.Len() + n)
	return to
}

// apart is a copy of v, which may lie in the slice that it is put into.
func apart(v reflect.Value) reflect.Value {
	to := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
	reflect.Copy(to, v)
	return to
}

// insert is slices.Insert.
func insert(x reflect.Value, i int, v reflect.Value) reflect.Value {
	_ = shadow(x)[i:]
	n, m := x.Len(), v.Len()
	switch {
	case m == 0:
		return x
	case n+m > x.Cap():
		to := lengthened(x.Slice(0, i), n-i+m)
		reflect.Copy(to.Slice(i, i+m), v)
		reflect.Copy(to.Slice(i+m, n+m), x.Slice(i, n))
		return to
	}
	v = apart(v)
	to := x.Slice(0, n+m)
	reflect.Copy(to.Slice(i+m, n+m), x.Slice(i, n))
	reflect.Copy(to.Slice(i, i+m), v)
	return to
}

// cut is slices.Delete.
func cut(x reflect.Value, i, j int) reflect.Value {
	n := x.Len()
	_ = shadow(x)[i:j:n]
	reflect.Copy(x.Slice(i, n), x.Slice(j, n))
	kept := n - (j - i)
	x.Slice(kept, n).Clear()
	return x.Slice(0, kept)
}

// cutFunc is slices.DeleteFunc.
func cutFunc(args []reflect.Value) []reflect.Value {
	x, drop := args[0], args[1]
	kept := 0
	for i := range x.Len() {
		v := elementOf(x, i)
		if holdsOf(drop, v) {
			continue
		}
		if kept < i {
			x.Index(kept).Set(v)
		}
		kept++
	}
	x.Slice(kept, x.Len()).Clear()
	return []reflect.Value{x.Slice(0, kept)}
}

// replace is slices.Replace.
func replace(x reflect.Value, i, j int, v reflect.Value) reflect.Value {
	s := shadow(x)
	_ = s[i:j]
	n, m := x.Len(), v.Len()
	if i == j {
		return insert(x, i, v)
	}
	_ = s[j:]
	total := i + m + n - j
	if total > x.Cap() {
		to := lengthened(x.Slice(0, i), total-i)
		reflect.Copy(to.Slice(i, i+m), v)
		reflect.Copy(to.Slice(i+m, total), x.Slice(j, n))
		return to
	}
	v = apart(v)
	to := x.Slice(0, total)
	reflect.Copy(to.Slice(i+m, total), x.Slice(j, n))
	reflect.Copy(to.Slice(i, i+m), v)
	if total < n {
		x.Slice(total, n).Clear()
	}
	return to
}

func cloneSlice(args []reflect.Value) []reflect.Value {
	x := args[0]
	if x.IsNil() {
		return []reflect.Value{x}
	}
	return []reflect.Value{reflect.AppendSlice(reflect.MakeSlice(x.Type(), 0, 0), x)}
}

// grow is slices.Grow.
func grow(x reflect.Value, n int) reflect.Value {
	switch {
	case n < 0:
		panic("cannot be negative")
	case x.Len()+n < 0:
		panic(runtimeError("runtime error: growslice: len out of range"))
	}
	to := reflect.New(x.Type()).Elem()
	to.Set(x)
	to.Grow(n)
	return to
}

func concat(_ *World, _ []*Type, sig *Type) native {
	return func(args []reflect.Value) []reflect.Value {
		list, size := args[0], 0
		for i := range list.Len() {
			if size += list.Index(i).Len(); size < 0 {
				panic("len out of range")
			}
		}
		to := grow(reflect.Zero(sig.R.Out(0)), size)
		for i := range list.Len() {
			to = reflect.AppendSlice(to, list.Index(i))
		}
		return []reflect.Value{to}
	}
}

// repeat is slices.Repeat.
func repeat(x reflect.Value, count int) reflect.Value {
	if count < 0 {
		panic("cannot be negative")
	}
	high, low := bits.Mul(uint(x.Len()), uint(count))
	if high > 0 || int(low) < 0 {
		panic("the result of (len(x) * count) overflows")
	}
	const limit = 1 << 47 // bytes that Go allocates at most
	if size := x.Type().Elem().Size(); size > 0 && low > limit/uint(size) {
		panic(runtimeError("runtime error: makeslice: len out of range"))
	}
	n := int(low)
	to := reflect.MakeSlice(x.Type(), n, n)
	for done := reflect.Copy(to, x); done < n; {
		done += reflect.Copy(to.Slice(done, n), to.Slice(0, done))
	}
	return to
}
