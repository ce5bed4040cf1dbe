package nn

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"

	"gaspard/lib/tensor"
)

// Network is a network that [Save] can write: an [*MLP], an [*ICNN] or a
// [*Transformer].
type Network interface {
	NumParams() int
	String() string

	parameters() []float32
	header() header
}

var (
	_ Network = (*MLP)(nil)
	_ Network = (*ICNN)(nil)
	_ Network = (*Transformer)(nil)
)

// The format of a file of parameters, version 1. All numbers are little-endian.
//
//	8 bytes    "GASPARDN"
//	uint32     version, 1
//	uint32     length of the header, at most 1 MiB
//	header     JSON: what network it is (architecture and the settings of [header])
//	           and tensors, a [rows, columns] for each matrix, in order
//	float32s   the parameters, matrix by matrix and row by row, as many as the
//	           matrices have entries
//	uint32     CRC-32C (Castagnoli) of all that comes before
//
// A reader refuses versions above its own. A change that old readers would
// misread gets a new version.
const (
	fileMagic   = "GASPARDN"
	fileVersion = 1
	maxHeader   = 1 << 20
)

// header says what network a file holds.
type header struct {
	Architecture string // "MLP", "ICNN" or "Transformer"
	Activation   string `json:",omitempty"`

	// Of MLP and ICNN.
	In        int     `json:",omitempty"`
	Out       int     `json:",omitempty"`
	Hidden    []int   `json:",omitempty"`
	Residual  bool    `json:",omitempty"`
	Strong    float64 `json:",omitempty"`
	Quadratic bool    `json:",omitempty"`

	// Of Transformer.
	Vocabulary int  `json:",omitempty"`
	Context    int  `json:",omitempty"`
	Width      int  `json:",omitempty"`
	Layers     int  `json:",omitempty"`
	Heads      int  `json:",omitempty"`
	Tied       bool `json:",omitempty"`

	Tensors [][2]int // rows and columns of each matrix
}

func (m *MLP) parameters() []float32 { return m.Params }
func (m *MLP) header() header {
	return header{Architecture: "MLP", Activation: m.Activation.String(), In: m.In, Out: m.Out, Hidden: m.Hidden, Residual: m.Residual}
}

func (m *ICNN) parameters() []float32 { return m.Params }
func (m *ICNN) header() header {
	return header{Architecture: "ICNN", Activation: m.Activation.String(), In: m.In, Hidden: m.Hidden, Strong: m.Strong, Quadratic: m.Quadratic}
}

func (t *Transformer) parameters() []float32 { return t.Params }
func (t *Transformer) header() header {
	return header{Architecture: "Transformer", Vocabulary: t.Vocabulary, Context: t.Context, Width: t.Width,
		Layers: t.Layers, Heads: t.Heads, Tied: t.Tied}
}

// Save writes the network and its parameters to w, in a format that [Load] reads on
// any machine.
func Save(w io.Writer, net Network) error {
	h := net.header()
	h.Tensors = h.shapes()
	text, err := json.Marshal(h)
	if err != nil {
		return fmt.Errorf("nn: saving %v: %w", net, err)
	}
	sum := crc32.New(crc32.MakeTable(crc32.Castagnoli))
	out := io.MultiWriter(w, sum)
	head := []byte(fileMagic)
	head = binary.LittleEndian.AppendUint32(head, fileVersion)
	head = binary.LittleEndian.AppendUint32(head, uint32(len(text)))
	if _, err := out.Write(append(head, text...)); err != nil {
		return fmt.Errorf("nn: saving %v: %w", net, err)
	}
	params, buf := net.parameters(), make([]byte, 0, 4*readFloats)
	for len(params) > 0 {
		n := min(readFloats, len(params))
		buf = buf[:0]
		for _, v := range params[:n] {
			buf = binary.LittleEndian.AppendUint32(buf, math.Float32bits(v))
		}
		if _, err := out.Write(buf); err != nil {
			return fmt.Errorf("nn: saving %v: %w", net, err)
		}
		params = params[n:]
	}
	if _, err := w.Write(binary.LittleEndian.AppendUint32(nil, sum.Sum32())); err != nil {
		return fmt.Errorf("nn: saving %v: %w", net, err)
	}
	return nil
}

// SaveFile is [Save] to a file, which it replaces only when all is written.
func SaveFile(path string, net Network) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".saving-*")
	if err != nil {
		return fmt.Errorf("nn: saving %v: %w", net, err)
	}
	err = Save(f, net)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// LoadFile is [Load] from a file.
func LoadFile(path string) (Network, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("nn: %w", err)
	}
	defer f.Close()
	return Load(f)
}

// readFloats is how many parameters are read or written at a time: a file that
// promises more than it holds costs no more memory than it holds.
const readFloats = 1 << 14

var errFile = errors.New("nn: not a file of network parameters, or a damaged one")

// Load reads what [Save] wrote. It returns an error that says what is wrong with
// data that are cut off, damaged, of a later version, or no network at all, and
// takes memory in proportion to the data that are there. The result is an [*MLP],
// an [*ICNN] or a [*Transformer].
func Load(r io.Reader) (Network, error) {
	sum := crc32.New(crc32.MakeTable(crc32.Castagnoli))
	in := io.TeeReader(r, sum)
	h, err := readHeader(in)
	if err != nil {
		return nil, err
	}
	count, err := h.check()
	if err != nil {
		return nil, err
	}
	var params []float32
	buf := make([]byte, 4*readFloats)
	for len(params) < count {
		n := min(readFloats, count-len(params))
		if _, err := io.ReadFull(in, buf[:4*n]); err != nil {
			return nil, fmt.Errorf("%w: %d of %d parameters are there", errFile, len(params), count)
		}
		for i := range n {
			params = append(params, math.Float32frombits(binary.LittleEndian.Uint32(buf[4*i:])))
		}
	}
	want := sum.Sum32()
	if _, err := io.ReadFull(r, buf[:4]); err != nil {
		return nil, fmt.Errorf("%w: the checksum is missing", errFile)
	}
	if got := binary.LittleEndian.Uint32(buf); got != want {
		return nil, fmt.Errorf("%w: the checksum is %08x, that of the data %08x", errFile, got, want)
	}
	return h.network(params), nil
}

func readHeader(in io.Reader) (*header, error) {
	var fixed [len(fileMagic) + 8]byte
	if _, err := io.ReadFull(in, fixed[:]); err != nil || string(fixed[:len(fileMagic)]) != fileMagic {
		return nil, errFile
	}
	if v := binary.LittleEndian.Uint32(fixed[len(fileMagic):]); v != fileVersion {
		return nil, fmt.Errorf("nn: a file of version %d; this program reads version %d", v, fileVersion)
	}
	n := binary.LittleEndian.Uint32(fixed[len(fileMagic)+4:])
	if n > maxHeader {
		return nil, fmt.Errorf("%w: a header of %d bytes", errFile, n)
	}
	var text bytes.Buffer
	if got, err := io.CopyN(&text, in, int64(n)); err != nil {
		return nil, fmt.Errorf("%w: %d of %d bytes of the header are there", errFile, got, n)
	}
	h := new(header)
	if err := json.Unmarshal(text.Bytes(), h); err != nil {
		return nil, fmt.Errorf("%w: %v", errFile, err)
	}
	return h, nil
}

// check returns how many parameters the network has, or an error if no such
// network can be. The matrices, which the header names one by one, bound what it
// allocates.
func (h *header) check() (int, error) {
	if why := h.impossible(); why != "" {
		return 0, fmt.Errorf("%w: %s", errFile, why)
	}
	if !slices.Equal(h.shapes(), h.Tensors) {
		return 0, fmt.Errorf("%w: its matrices are not those of the network", errFile)
	}
	count := 0.0
	for _, s := range h.Tensors {
		count += float64(s[0]) * float64(s[1])
	}
	if count > math.MaxInt32 {
		return 0, fmt.Errorf("%w: %.0f parameters", errFile, count)
	}
	return int(count), nil
}

// impossible says why there is no network of that shape; "" if there is.
func (h *header) impossible() string {
	act, known := h.activation()
	sizes := []int{h.In}
	switch h.Architecture {
	case "MLP":
		sizes = append(sizes, h.Out)
		if h.Residual && h.In != h.Out {
			return fmt.Sprintf("a residual network from %d to %d dimensions", h.In, h.Out)
		}
	case "ICNN":
		if convex := act == tensor.Softplus || act == tensor.CELU || act == tensor.ReLU; !convex || len(h.Hidden) == 0 || !(h.Strong >= 0) {
			return "a convex network that is not convex"
		}
	case "Transformer":
		sizes = []int{h.Vocabulary, h.Context, h.Width, h.Layers, h.Heads}
		if h.Layers > len(h.Tensors) || h.Heads > 0 && h.Width%h.Heads != 0 {
			return fmt.Sprintf("a transformer of %d layers with %d matrices, %d heads in a width of %d", h.Layers, len(h.Tensors), h.Heads, h.Width)
		}
		known = true
	default:
		return fmt.Sprintf("an architecture %q", h.Architecture)
	}
	if !known {
		return fmt.Sprintf("an activation %q", h.Activation)
	}
	for _, n := range append(sizes, h.Hidden...) {
		if n < 1 || n > math.MaxInt32 {
			return fmt.Sprintf("a size of %d", n)
		}
	}
	return ""
}

// activation returns the activation of that name.
func (h *header) activation() (act tensor.Activation, known bool) {
	for act = tensor.GELU; act <= tensor.Linear; act++ {
		if act.String() == h.Activation {
			return act, true
		}
	}
	return 0, false
}

// shapes returns rows and columns of the matrices of the network, in order.
func (h *header) shapes() (shapes [][2]int) {
	switch h.Architecture {
	case "MLP":
		(&MLP{In: h.In, Out: h.Out, Hidden: h.Hidden}).eachLayer(func(in, out int) {
			shapes = append(shapes, [2]int{in, out}, [2]int{1, out})
		})
	case "ICNN":
		(&ICNN{In: h.In, Hidden: h.Hidden, Quadratic: h.Quadratic}).eachLayer(func(before, out, squares int) {
			shapes = append(shapes, [2]int{h.In, out}, [2]int{1, out})
			if squares > 0 {
				shapes = append(shapes, [2]int{h.In, squares})
			}
			if before > 0 {
				shapes = append(shapes, [2]int{before, out})
			}
		})
	case "Transformer":
		g := tensor.NewGraph()
		(&Transformer{Vocabulary: h.Vocabulary, Context: h.Context, Width: h.Width, Layers: h.Layers, Tied: h.Tied}).weights(g)
		for _, v := range g.Params() {
			shapes = append(shapes, [2]int{v.Rows(), v.Cols()})
		}
	}
	return shapes
}

// network returns the network with the given parameters.
func (h *header) network(params []float32) Network {
	act, _ := h.activation()
	switch h.Architecture {
	case "MLP":
		return &MLP{In: h.In, Out: h.Out, Hidden: h.Hidden, Activation: act, Residual: h.Residual, Params: params}
	case "ICNN":
		return &ICNN{In: h.In, Hidden: h.Hidden, Activation: act, Strong: h.Strong, Quadratic: h.Quadratic, Params: params}
	}
	return &Transformer{Vocabulary: h.Vocabulary, Context: h.Context, Width: h.Width, Layers: h.Layers,
		Heads: h.Heads, Tied: h.Tied, Params: params}
}
