package values

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"time"
)

type (
	Temp   float64
	Level  int
	Secret struct{ text string }
	Base   struct {
		ID   int `json:"id"`
		Kind Level
	}
	base  struct{ Low, Kind int }
	Blank struct{ N int }
	Odd   int
	Plain struct {
		A int     `json:"a"`
		B float64 `json:",omitempty"`
		c int
		D []Point `json:"d"`
		E int     `json:",string"`
		F []byte
		G map[string]Celsius
		H *Plain
		I Octs
	}
	Doc struct {
		Base
		base
		*Deep
		T      Temp
		TP     *Temp `json:"tp"`
		TO     Temp  `json:"to,omitempty"`
		L      Level
		LO     Level `json:",omitempty"`
		S      Secret
		SP     *Secret
		Ss     []Secret
		Levels map[Level]Temp
		Any    any
		Any2   any   `json:",omitempty"`
		Z      Blank `json:",omitzero"`
		Z2     Point `json:"z2,omitzero"`
		When   time.Time
		Big    big.Int
		Quoted int `json:"q,string"`
		Plain  Plain
		Kids   []Doc `json:",omitempty"`
		Skip   Temp  `json:"-"`
		Array  [2]Temp
		hidden Temp //lint:ignore U1000 what encoders must not see
		Shape  Shape
		Error  error
	}
	Deep struct {
		Depth Temp `json:"depth"`
		ID    int  `json:"deepID"`
	}
	Stamped struct {
		time.Time
		Note string
	}
	Ring struct {
		Next *Ring
		T    Temp
	}
)

func (t Temp) MarshalJSON() ([]byte, error) { return fmt.Appendf(nil, `"%g<C>"`, float64(t)), nil }
func (t *Temp) UnmarshalJSON(b []byte) error {
	_, err := fmt.Sscanf(string(b), `"%g`, (*float64)(t))
	return err
}
func (l Level) MarshalText() ([]byte, error) { return []byte("L" + strings.Repeat("I", int(l))), nil }
func (l *Level) UnmarshalText(b []byte) error {
	if len(b) == 0 || b[0] != 'L' {
		return errors.New("not a level")
	}
	*l = Level(len(b) - 1)
	return nil
}
func (s *Secret) MarshalJSON() ([]byte, error) { return json.Marshal("secret " + s.text) }
func (s *Secret) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, &s.text) }
func (b Blank) IsZero() bool                   { return b.N == 7 }
func (o Odd) MarshalJSON() ([]byte, error)     { return nil, errors.New("odd") }

func init() {
	for _, v := range []any{Temp(0), Level(0), Secret{}, Base{}, base{}, Blank{}, Odd(0), Plain{}, Doc{}, Deep{}, Stamped{}, Ring{}} {
		addReal(reflect.TypeOf(v))
	}
}

func docs() []any {
	temp := Temp(3)
	full := Doc{
		Base: Base{1, 2}, base: base{3, 4}, Deep: &Deep{5, 6}, T: 1, TP: &temp, TO: 2, L: 1, LO: 2, S: Secret{"s"}, SP: &Secret{"p"},
		Ss: []Secret{{"a"}, {"b"}}, Levels: map[Level]Temp{2: 20, 1: 10}, Any: []any{Temp(1), &Secret{"x"}, Secret{"y"}, Point{1, 2}, nil},
		Any2: map[string]any{"k": Level(1)}, Z: Blank{1}, Z2: Point{1, 0}, When: time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC), Big: *big.NewInt(123),
		Quoted: 5, Plain: Plain{A: 1, c: 2, D: []Point{{1, 2}}, F: []byte("x"), G: map[string]Celsius{"g": 1}, H: &Plain{}, I: Octs{1}},
		Kids: []Doc{{T: 4}}, Array: [2]Temp{1, 2}, Shape: Point{1, 2}, Error: nil,
	}
	ring := &Ring{T: 1}
	return []any{
		full, &full, Doc{}, &Doc{Z: Blank{7}}, []*Doc{&full, nil}, Plain{}, &Plain{B: 1, H: &Plain{E: 3}}, Temp(2), &temp, Level(1), []Level{1, 2},
		map[Level]int{1: 1}, map[Word]Temp{"w": 1}, Secret{"v"}, &Secret{"p"}, []Secret{{"e"}}, [1]Secret{{"e"}}, &[1]Secret{{"e"}}, map[string]Secret{"m": {"e"}},
		struct{ S Secret }{Secret{"f"}}, &struct{ S Secret }{Secret{"f"}}, Stamped{full.When, "n"}, Outer{Point: Point{1, 2}}, ring,
		Celsius(1.5), Raw("raw"), Octs{1, 2}, List(nil), List{}, Word("<w>"), []any{Temp(1), &full}, map[string]any{"a": Odd(1)}, []Odd{1}, &Wraps{},
		struct {
			X any `json:"x,omitempty"`
			Y any `json:"y,omitempty"`
		}{X: []int{}, Y: (*Temp)(nil)},
		nil, 3, "s", []Shape{Point{1, 2}, nil}, map[Level]Odd{1: 1}, Tree{Kids: []Tree{{}}}, Keyed(nil), (*Doc)(nil), []*Temp{nil, &temp}, map[string]*Secret{"z": nil},
	}
}

func TestMarshalAgreesWithJSON(t *testing.T) {
	s := theSession()
	marshal := s.Encoding()["encoding/json/json"]["Marshal"].Interface().(func(any) ([]byte, error))
	indent := s.Encoding()["encoding/json/json"]["MarshalIndent"].Interface().(func(v any, prefix, indent string) ([]byte, error))
	for _, v := range docs() {
		lifted := s.lift(v)
		got, gotErr := marshal(lifted)
		want, wantErr := json.Marshal(v)
		if string(got) != string(want) || (gotErr == nil) != (wantErr == nil) || gotErr != nil && asMain(gotErr.Error()) != asMain(wantErr.Error()) {
			t.Errorf("%T:\ngot  %s %v\nwant %s %v", v, got, gotErr, want, wantErr)
		}
		got, _ = indent(lifted, "", "\t")
		want, _ = json.MarshalIndent(v, "", "\t")
		if string(got) != string(want) {
			t.Errorf("%T indented:\ngot  %s\nwant %s", v, got, want)
		}
		for _, escape := range []bool{true, false} {
			var a, b bytes.Buffer
			e, f := json.NewEncoder(&a), json.NewEncoder(&b)
			e.SetEscapeHTML(escape)
			f.SetEscapeHTML(escape)
			gotErr, wantErr := e.Encode(s.ForJSON(lifted)), f.Encode(v)
			if a.String() != b.String() || (gotErr == nil) != (wantErr == nil) {
				t.Errorf("%T by an encoder:\ngot  %s %v\nwant %s %v", v, a.String(), gotErr, b.String(), wantErr)
			}
		}
	}
}

func TestPlainPointersReachDecodersAsTheyAre(t *testing.T) {
	s := theSession()
	plain := s.lift(&Plain{})
	d := json.NewDecoder(bytes.NewReader([]byte(`{"unknown":1}`)))
	d.DisallowUnknownFields()
	if err := d.Decode(s.ForJSON(plain)); err == nil {
		t.Error("the decoder's choices are lost")
	}
}

func TestMarshalFindsCycles(t *testing.T) {
	s := theSession()
	ring := reflect.New(s.Type(s.typeNamed("Ring")).R)
	ring.Elem().Field(0).Set(ring)
	b := Box{s.Type(s.goType(reflect.TypeFor[*Ring]())), ring.Interface()}
	if _, err := json.Marshal(s.ForJSON(b)); err == nil {
		t.Error("no error")
	}
}

func TestUnmarshalAgreesWithJSON(t *testing.T) {
	s := theSession()
	text, _ := json.Marshal(&docs()[0])
	full := docs()[1]
	fullText, _ := json.Marshal(full)
	inputs := []string{
		string(text), string(fullText), `{}`, `null`, `[]`, `1`, `"LII"`, `"3<C>"`, `true`, `{"id":5,"Kind":"LI","Low":8,"depth":"4<C>","deepID":9,"q":"12","T":null,"TP":"1","tp":null,"to":"7"}`,
		`{"Ss":["a","b"],"Levels":{"LI":"1","LIII":"3"},"Any":{"x":[1]},"Array":["5"],"Kids":[{"T":"8"},{}],"S":"z","SP":"y"}`,
		`["a","b","c"]`, `{"LI":1,"LII":2}`, `{"L":"bad","T":"4"}`, `{"T":`, `{"Shape":null}`, `{"A":1,"a":2,"E":"3","d":[{"X":1}],"F":"eA==","H":{"a":1},"G":{"x":1.5}}`, `{"Note":"n"}`,
		`"2020-01-02T03:04:05Z"`, `{"X":1,"Y":2,"Deg":3}`, `{"L":5,"S":"kept"}`,
	}
	targets := []func() any{
		func() any { return new(Doc) }, func() any {
			return &Doc{T: 1, Deep: &Deep{ID: 3}, Ss: []Secret{{"old"}}, Levels: map[Level]Temp{5: 5}, Array: [2]Temp{1, 2}}
		},
		func() any { return new(Plain) }, func() any { return new(Temp) }, func() any { return new(Level) }, func() any { return new([]Secret) }, func() any { return new([2]Secret) },
		func() any { return new(map[Level]int) }, func() any { return new(*Doc) }, func() any { return new(Stamped) }, func() any { return new(Outer) }, func() any { return new(map[string]*Secret) },
		func() any { return new(any) }, func() any { return new(List) }, func() any { return new([]Shape) }, func() any { return Point{} }, func() any { return (*Doc)(nil) },
	}
	unmarshal := s.Encoding()["encoding/json/json"]["Unmarshal"].Interface().(func([]byte, any) error)
	for _, input := range inputs {
		for _, target := range targets {
			want, mine, streamed := target(), s.lift(target()), s.lift(target())
			wantErr := json.Unmarshal([]byte(input), want)
			gotErr := unmarshal([]byte(input), mine)
			if (gotErr == nil) != (wantErr == nil) {
				t.Errorf("%s into %T: got %v, want %v", input, want, gotErr, wantErr)
			}
			if gotErr != nil {
				continue
			}
			got, err1 := json.Marshal(s.ForJSON(mine))
			expected, err2 := json.Marshal(want)
			if string(got) != string(expected) || err1 != nil || err2 != nil {
				t.Errorf("%s into %T:\ngot  %s %v\nwant %s %v", input, want, got, err1, expected, err2)
			}
			if a, b := asMain(string(s.appendf(nil, "%+v", []any{mine}))), asMain(string(s.appendf(nil, "%+v", []any{s.lift(want)}))); a != b {
				t.Errorf("%s into %T:\ngot  %s\nwant %s", input, want, a, b)
			}
			if err := json.NewDecoder(bytes.NewReader([]byte(input))).Decode(s.ForJSON(streamed)); err != nil || asMain(Sprint(streamed)) != asMain(Sprint(mine)) {
				t.Errorf("%s into %T by a decoder: %v", input, want, err)
			}
		}
	}
}
