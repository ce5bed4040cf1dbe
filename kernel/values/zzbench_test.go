package values

import ("testing";"fmt";"encoding/json")

func TestZZ(t *testing.T) {
	s := theSession()
	big := make([]Mixed, 20000)
	pts := make([]Point, 200000)
	l, lp := s.lift(big), s.lift(pts)
	for _, x := range []any{l, lp} {
		r := testing.Benchmark(func(b *testing.B) { for range b.N { s.appendf(nil, "%v", []any{x}) } })
		fmt.Println(r)
	}
	for _, x := range []any{big, pts} {
		r := testing.Benchmark(func(b *testing.B) { for range b.N { fmt.Sprintf("%v", x) } })
		fmt.Println(r)
	}
	docs := make([]Doc, 500)
	ld := s.lift(docs)
	fmt.Println(testing.Benchmark(func(b *testing.B) { for range b.N { json.Marshal(s.ForJSON(ld)) } }))
	fmt.Println(testing.Benchmark(func(b *testing.B) { for range b.N { json.Marshal(docs) } }))
}
