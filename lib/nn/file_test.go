package nn

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"gaspard/lib/tensor"
)

func examples() []Network {
	return []Network{
		NewMLP(newRand(1), 2, 2, []int{8, 5}, tensor.SiLU, true),
		NewMLP(newRand(2), 3, 1, nil, tensor.Linear, false),
		NewICNN(newRand(3), 2, []int{6, 7}, tensor.CELU, 0.25),
		NewQuadraticICNN(newRand(3), 2, []int{6, 7}, tensor.CELU, 0.25),
		smallTransformer(false),
		smallTransformer(true),
	}
}

func saved(t testing.TB, net Network) []byte {
	var buf bytes.Buffer
	if err := Save(&buf, net); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestSaveAndLoad(t *testing.T) {
	for _, net := range examples() {
		net.parameters()[1] = float32(math.Inf(-1)) // bits, not numbers, are kept
		path := filepath.Join(t.TempDir(), "net")
		if err := SaveFile(path, net); err != nil {
			t.Fatal(err)
		}
		got, err := LoadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, net) {
			t.Errorf("%v came back as %v", net, got)
		}
		if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
			t.Errorf("saving left %v", left)
		}
	}
}

// The format is what the comment says, byte by byte.
func TestFileFormat(t *testing.T) {
	net := &MLP{In: 1, Out: 1, Activation: tensor.Tanh, Params: []float32{1.5, -2}}
	data := saved(t, net)
	header := `{"Architecture":"MLP","Activation":"tanh","In":1,"Out":1,"Tensors":[[1,1],[1,1]]}`
	want := "GASPARDN\x01\x00\x00\x00" + string(binary.LittleEndian.AppendUint32(nil, uint32(len(header)))) + header +
		"\x00\x00\xc0\x3f\x00\x00\x00\xc0"
	if got := string(data[:len(data)-4]); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// Every cut and every changed byte is noticed.
func TestDamageIsNoticed(t *testing.T) {
	for _, net := range examples()[:3] {
		data := saved(t, net)
		for n := range data {
			if _, err := Load(bytes.NewReader(data[:n])); !errors.Is(err, errFile) {
				t.Fatalf("%v: %d of %d bytes: %v", net, n, len(data), err)
			}
			bad := bytes.Clone(data)
			bad[n] ^= 1 << (n % 8)
			if _, err := Load(bytes.NewReader(bad)); err == nil {
				t.Fatalf("%v: a change of byte %d goes unnoticed", net, n)
			}
		}
	}
}

func TestLaterVersionIsNamed(t *testing.T) {
	data := saved(t, examples()[0])
	data[8] = 9
	if _, err := Load(bytes.NewReader(data)); err == nil || !strings.Contains(err.Error(), "version 9") {
		t.Errorf("%v", err)
	}
}

// hostile is a file with the given header, a checksum left out.
func hostile(header string) []byte {
	b := binary.LittleEndian.AppendUint32([]byte(fileMagic), fileVersion)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(header)))
	return append(b, header...)
}

var hostileHeaders = []string{
	`{"Architecture":"MLP","Activation":"GELU","In":2147483647,"Out":2147483647,"Tensors":[[2147483647,2147483647],[1,2147483647]]}`,
	`{"Architecture":"MLP","Activation":"GELU","In":40000,"Out":40000,"Tensors":[[40000,40000],[1,40000]]}`,
	`{"Architecture":"MLP","Activation":"GELU","In":-1,"Out":2,"Tensors":[[-1,2],[1,2]]}`,
	`{"Architecture":"MLP","Activation":"cosh","In":1,"Out":1,"Tensors":[[1,1],[1,1]]}`,
	`{"Architecture":"ICNN","Activation":"GELU","In":1,"Hidden":[1],"Tensors":[[1,1],[1,1],[1,1],[1,1],[1,1]]}`,
	`{"Architecture":"Transformer","Vocabulary":1,"Context":1,"Width":1,"Layers":2147483647,"Heads":1,"Tensors":[]}`,
	`{"Architecture":"Transformer","Vocabulary":2147483647,"Context":2147483647,"Width":2147483647,"Layers":1,"Heads":1,"Tensors":[[1,1]]}`,
	`{"Architecture":"Transformer","Vocabulary":1,"Context":1,"Width":3,"Layers":0,"Heads":2,"Tensors":[[1,1]]}`,
	`{"Architecture":"cat"}`, `[]`, ``, `{`,
}

func TestHostileHeaders(t *testing.T) {
	for _, h := range hostileHeaders {
		allocated := testing.AllocsPerRun(1, func() {
			if _, err := Load(bytes.NewReader(hostile(h))); !errors.Is(err, errFile) {
				t.Errorf("%s: %v", h, err)
			}
		})
		if allocated > 1000 {
			t.Errorf("%s: %g allocations", h, allocated)
		}
	}
}

// FuzzLoad wants an error or a network that is saved as the same bytes: a header
// may be spelled in many ways, but has one meaning.
func FuzzLoad(f *testing.F) {
	for _, net := range examples()[:3] {
		f.Add(saved(f, net))
	}
	for _, h := range hostileHeaders {
		f.Add(hostile(h))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		net, err := Load(bytes.NewReader(data))
		if err != nil {
			return
		}
		again, err := Load(bytes.NewReader(saved(t, net)))
		if err != nil {
			t.Fatal(err)
		}
		if a, b := saved(t, net), saved(t, again); !bytes.Equal(a, b) {
			t.Errorf("saved as %q, then as %q", a, b)
		}
	})
}
