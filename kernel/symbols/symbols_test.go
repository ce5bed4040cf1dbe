package symbols

import (
	"go/constant"
	"go/token"
	"go/types"
	"path"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/traefik/yaegi/interp"

	"gaspard/kernel/symbols/internal/table"
)

// imported are all packages as the type checker has them.
func imported(t *testing.T) map[string]*types.Package {
	t.Helper()
	im := NewImporter(token.NewFileSet())
	all := map[string]*types.Package{}
	for _, path := range Packages() {
		pkg, err := im.Import(path)
		if err != nil {
			t.Fatal(err)
		}
		all[path] = pkg
	}
	return all
}

// TestTablesAreComplete holds each table against the export data: every
// exported name is there once, as a symbol or among the generic ones.
func TestTablesAreComplete(t *testing.T) {
	for p, pkg := range imported(t) {
		symbols := Exports()[path.Join(p, pkg.Name())]
		if symbols == nil {
			t.Errorf("%s has no table", p)
			continue
		}
		count := 0
		for _, name := range pkg.Scope().Names() {
			if !token.IsExported(name) {
				continue
			}
			_, inTable := symbols[name]
			if inGeneric := slices.Contains(Generic(p), name); inTable == inGeneric {
				t.Errorf("%s.%s: in the table %v, among the generic names %v", p, name, inTable, inGeneric)
			}
			count++
		}
		for name := range symbols {
			if name[0] != '_' {
				count--
			}
		}
		if count -= len(Generic(p)); count != 0 {
			t.Errorf("%s: the table and the generic names are %d fewer than the exported ones", p, count)
		}
	}
}

// TestSymbolsHaveTheirTypes compares the type of every symbol, which the
// compiler knows, with the one the type checker is told.
func TestSymbolsHaveTheirTypes(t *testing.T) {
	for p, pkg := range imported(t) {
		for name, value := range Exports()[path.Join(p, pkg.Name())] {
			obj := pkg.Scope().Lookup(name)
			var got reflect.Type
			switch obj := obj.(type) {
			case nil:
				continue // an interface wrapper
			case *types.Const:
				checkConstant(t, p, obj, value)
				continue
			case *types.TypeName:
				got = value.Type().Elem()
			default:
				got = value.Type()
			}
			if why := differ(obj.Type(), got, 0); why != "" {
				t.Errorf("%s.%s: %s", p, name, why)
			}
			if v, ok := obj.(*types.Var); ok && !value.CanSet() {
				t.Errorf("%s.%s is not the variable itself", p, v.Name())
			}
		}
	}
}

// checkConstant compares a constant's value, and its type if it has one.
func checkConstant(t *testing.T, p string, obj *types.Const, value reflect.Value) {
	t.Helper()
	var got constant.Value
	switch {
	case value.CanInt():
		got = constant.MakeInt64(value.Int())
	case value.CanUint():
		got = constant.MakeUint64(value.Uint())
	case value.CanFloat():
		got = constant.MakeFloat64(value.Float())
	case value.Kind() == reflect.String:
		got = constant.MakeString(value.String())
	case value.Kind() == reflect.Bool:
		got = constant.MakeBool(value.Bool())
	default:
		got = value.Interface().(constant.Value)
	}
	if !constant.Compare(got, token.EQL, obj.Val()) {
		t.Errorf("%s.%s is %v in the table, %v in the export data", p, obj.Name(), got, obj.Val())
	}
	if b, ok := obj.Type().(*types.Basic); ok && b.Info()&types.IsUntyped != 0 {
		return
	}
	if why := differ(obj.Type(), value.Type(), 0); why != "" {
		t.Errorf("%s.%s: %s", p, obj.Name(), why)
	}
}

// differ says in what a type of the type checker is not the given type of the
// running program. Named types inside are compared by name.
func differ(want types.Type, got reflect.Type, depth int) string {
	want = types.Unalias(want)
	if named, ok := want.(*types.Named); ok {
		return differNamed(named, got, depth)
	}
	if p, ok := want.(*types.Pointer); ok && got.Kind() == reflect.Pointer {
		return differ(p.Elem(), got.Elem(), depth+1)
	}
	return differShape(want.Underlying(), got, depth)
}

func differNamed(want *types.Named, got reflect.Type, depth int) string {
	obj := want.Obj()
	path := ""
	if obj.Pkg() != nil {
		path = obj.Pkg().Path()
	}
	name, _, _ := strings.Cut(got.Name(), "[")
	if obj.Name() != name || path != got.PkgPath() {
		return "the export data has " + want.String() + ", the program " + got.String()
	}
	methods := 0
	for sel := range types.NewMethodSet(types.NewPointer(want)).Methods() {
		if sel.Obj().Exported() {
			methods++
		}
	}
	if n := reflect.PointerTo(got).NumMethod(); !types.IsInterface(want) && n != methods {
		return want.String() + " has other methods in the program than in the export data"
	}
	if depth > 0 {
		return ""
	}
	return differShape(want.Underlying(), got, depth)
}

func differShape(want types.Type, got reflect.Type, depth int) string {
	mismatch := "the export data has " + want.String() + ", the program " + got.String()
	first := func(whys ...string) string {
		for _, why := range whys {
			if why != "" {
				return why
			}
		}
		return ""
	}
	kind := got.Kind()
	switch want := want.(type) {
	case *types.Basic:
		if want.Name() == kind.String() || want.Kind() == types.UnsafePointer && kind == reflect.UnsafePointer ||
			want.Name() == "byte" && kind == reflect.Uint8 || want.Name() == "rune" && kind == reflect.Int32 {
			return ""
		}
	case *types.Slice:
		if kind == reflect.Slice {
			return differ(want.Elem(), got.Elem(), depth+1)
		}
	case *types.Array:
		if kind == reflect.Array && want.Len() == int64(got.Len()) {
			return differ(want.Elem(), got.Elem(), depth+1)
		}
	case *types.Chan:
		if kind == reflect.Chan {
			return differ(want.Elem(), got.Elem(), depth+1)
		}
	case *types.Map:
		if kind == reflect.Map {
			return first(differ(want.Key(), got.Key(), depth+1), differ(want.Elem(), got.Elem(), depth+1))
		}
	case *types.Struct:
		if kind == reflect.Struct && want.NumFields() == got.NumField() {
			return differFields(want, got, depth)
		}
	case *types.Interface:
		if kind == reflect.Interface && want.NumMethods() == got.NumMethod() {
			return ""
		}
	case *types.Signature:
		if kind == reflect.Func {
			return differSignature(want, got, depth)
		}
	}
	return mismatch
}

func differFields(want *types.Struct, got reflect.Type, depth int) string {
	for i := range want.NumFields() {
		f := want.Field(i)
		if g := got.Field(i); f.Name() != g.Name || want.Tag(i) != string(g.Tag) {
			return "a field is " + f.Name() + " in the export data, " + g.Name + " in the program"
		} else if why := differ(f.Type(), g.Type, depth+1); why != "" {
			return why
		}
	}
	return ""
}

func differSignature(want *types.Signature, got reflect.Type, depth int) string {
	if want.Params().Len() != got.NumIn() || want.Results().Len() != got.NumOut() || want.Variadic() != got.IsVariadic() {
		return "the export data has " + want.String() + ", the program " + got.String()
	}
	for i := range got.NumIn() {
		if why := differ(want.Params().At(i).Type(), got.In(i), depth+1); why != "" {
			return why
		}
	}
	for i := range got.NumOut() {
		if why := differ(want.Results().At(i).Type(), got.Out(i), depth+1); why != "" {
			return why
		}
	}
	return ""
}

// TestInterfacesHaveWrappers: each interface that a cell's types can implement
// has a struct that does so for them.
func TestInterfacesHaveWrappers(t *testing.T) {
	wrappers := 0
	for p, pkg := range imported(t) {
		symbols := Exports()[path.Join(p, pkg.Name())]
		for _, name := range pkg.Scope().Names() {
			obj, ok := pkg.Scope().Lookup(name).(*types.TypeName)
			if !ok || !obj.Exported() || obj.IsAlias() || slices.Contains(Generic(p), name) || !types.IsInterface(obj.Type()) {
				continue
			}
			iface := symbols[name].Type().Elem()
			wrapper, ok := symbols["_"+name]
			if closed := hasUnexportedMethod(obj); ok == closed {
				t.Errorf("%s.%s: has unexported methods %v, has a wrapper %v", p, name, closed, ok)
			} else if ok && !wrapper.Type().Elem().Implements(iface) {
				t.Errorf("the wrapper of %s.%s does not implement it", p, name)
			} else if ok {
				wrappers++
			}
		}
	}
	if wrappers < 200 {
		t.Errorf("only %d interfaces have wrappers", wrappers)
	}
}

func hasUnexportedMethod(obj *types.TypeName) bool {
	for m := range obj.Type().Underlying().(*types.Interface).Methods() {
		if !m.Exported() {
			return true
		}
	}
	return false
}

func TestExportsHoldsWhatUsersNeed(t *testing.T) {
	for key, names := range map[string][]string{
		"fmt/fmt":                               {"Println", "Stringer", "_Stringer"},
		"os/os":                                 {"Exit", "Open", "PathSeparator"},
		"os/exec/exec":                          {"Command"},
		"net/net":                               {"Dial"},
		"math/math":                             {"Pi", "MaxInt"},
		"math/rand/v2/rand":                     {"NewPCG"},
		"gonum.org/v1/gonum/mat/mat":            {"NewDense", "_Matrix"},
		"gonum.org/v1/gonum/stat/stat":          {"Mean"},
		"gonum.org/v1/gonum/stat/distuv/distuv": {"Normal"},
		"gonum.org/v1/gonum/floats/floats":      {"Sum"},
		"gonum.org/v1/gonum/optimize/optimize":  {"Minimize"},
		"gonum.org/v1/plot/plotter/plotter":     {"NewScatter", "_XYer"},
		"gaspard/lib/job/job":                   {"New", "BadData"},
	} {
		for _, name := range names {
			if !Exports()[key][name].IsValid() {
				t.Errorf("%s lacks %s", key, name)
			}
		}
	}
	if got := Generic("slices"); !slices.Contains(got, "SortFunc") || !slices.Contains(Generic("cmp"), "Ordered") {
		t.Errorf("generic names of slices: %v; of cmp: %v", got, Generic("cmp"))
	}
}

// TestMethodsAreKept: the names for which interpreted values are wrapped exist.
func TestMethodsAreKept(t *testing.T) {
	kept := Exports()["."]["MapTypes"].Interface().(map[reflect.Value][]reflect.Type)
	println := Exports()["fmt/fmt"]["Println"]
	if len(kept[println]) == 0 {
		t.Error("fmt.Println keeps no methods")
	}
	for f := range kept {
		if !f.IsValid() || f.Kind() != reflect.Func {
			t.Error("a function whose arguments keep their methods is not in the tables")
		}
	}
}

// TestInterpretedMethodsAreCalled runs the tables: printing calls the methods of
// interpreted types, and native code takes them for its interfaces.
func TestInterpretedMethodsAreCalled(t *testing.T) {
	var out strings.Builder
	i := interp.New(interp.Options{Stdout: &out})
	if err := i.Use(Exports()); err != nil {
		t.Fatal(err)
	}
	if _, err := i.Eval(`
import (
	"fmt"
	"math"
	"math/rand/v2"
	"sort"

	"gonum.org/v1/gonum/mat"
)

type length float64

func (l length) String() string { return fmt.Sprintf("%g m", float64(l)) }

type failure struct{ code int }

func (f failure) Error() string { return "it failed" }

type longest []int

func (l longest) Len() int           { return len(l) }
func (l longest) Less(i, j int) bool { return l[i] > l[j] }
func (l longest) Swap(i, j int)      { l[i], l[j] = l[j], l[i] }

type ones struct{}

func (ones) Dims() (r, c int)    { return 2, 3 }
func (ones) At(i, j int) float64 { return 1 }
func (ones) T() mat.Matrix       { return mat.Transpose{Matrix: ones{}} }

func main() {
	fmt.Println(length(2), failure{3})
	l := longest{1, 3, 2}
	sort.Sort(l)
	fmt.Println(l[0], mat.Sum(ones{}))
	fmt.Println(math.MaxInt64, math.Pi, math.SmallestNonzeroFloat64 > 0, rand.New(rand.NewPCG(1, 2)).IntN(1))
}
`); err != nil {
		t.Fatal(err)
	}
	const want = "2 m it failed\n3 6\n9223372036854775807 3.141592653589793 true 0\n"
	if out.String() != want {
		t.Errorf("printed %q, want %q", out.String(), want)
	}
}

func TestPackagesAreSortedAndOnce(t *testing.T) {
	paths := Packages()
	if !slices.IsSorted(paths) || len(slices.Compact(slices.Clone(paths))) != len(paths) {
		t.Error("Packages is not in order, or repeats itself")
	}
	for _, p := range paths {
		if p == "unsafe" || p == "syscall" || slices.Contains(strings.Split(p, "/"), "internal") {
			t.Errorf("%s is not for cells", p)
		}
	}
}

// BenchmarkExports is what the first session of a process pays for its tables.
func BenchmarkExports(b *testing.B) {
	for b.Loop() {
		for _, p := range table.All() {
			p.Fill(map[string]reflect.Value{})
		}
	}
}
