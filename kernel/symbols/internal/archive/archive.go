// Package archive packs many small blobs into one file that opens in
// microseconds and is unpacked blob by blob.
//
// The file is an index followed by the compressed blobs:
//
//	count uvarint
//	count times: name (uvarint length, bytes), offset uvarint, packed size uvarint, size uvarint
//	the blobs, offsets counting from here
//
// Blobs of equal content are stored once.
package archive

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
)

// Pack writes the blobs, by name, into one file. Equal input gives equal bytes.
func Pack(blobs map[string][]byte) ([]byte, error) {
	var index, body bytes.Buffer
	type place struct{ offset, packed int }
	stored := map[string]place{}
	number := func(n int) { index.Write(binary.AppendUvarint(nil, uint64(n))) }
	number(len(blobs))
	for _, name := range slices.Sorted(maps.Keys(blobs)) {
		blob := blobs[name]
		at, ok := stored[string(blob)]
		if !ok {
			at.offset = body.Len()
			w, err := flate.NewWriter(&body, flate.BestCompression)
			if err != nil {
				return nil, err
			}
			if _, err := w.Write(blob); err != nil {
				return nil, err
			}
			if err := w.Close(); err != nil {
				return nil, err
			}
			at.packed = body.Len() - at.offset
			stored[string(blob)] = at
		}
		number(len(name))
		index.WriteString(name)
		number(at.offset)
		number(at.packed)
		number(len(blob))
	}
	return append(index.Bytes(), body.Bytes()...), nil
}

// Reader gives the blobs of one archive. It may be used by several goroutines.
type Reader struct {
	body  string
	index map[string]entry
}

type entry struct{ offset, packed, size int }

var errCut = errors.New("archive: cut short")

// Open reads the index of an archive.
func Open(file string) (*Reader, error) {
	rest := file
	number := func() (int, error) {
		head := []byte(rest[:min(len(rest), binary.MaxVarintLen64)])
		n, size := binary.Uvarint(head)
		if size <= 0 || n > uint64(len(file))<<16 {
			return 0, errCut
		}
		rest = rest[size:]
		return int(n), nil
	}
	count, err := number()
	if err != nil {
		return nil, err
	}
	r := &Reader{index: map[string]entry{}}
	for range count {
		length, err := number()
		if err != nil || length > len(rest) {
			return nil, errCut
		}
		name := rest[:length]
		rest = rest[length:]
		var numbers [3]int
		for i := range numbers {
			if numbers[i], err = number(); err != nil {
				return nil, err
			}
		}
		r.index[name] = entry{numbers[0], numbers[1], numbers[2]}
	}
	r.body = rest
	for _, e := range r.index {
		if e.offset+e.packed > len(r.body) {
			return nil, errCut
		}
	}
	return r, nil
}

// Names lists the blobs in order.
func (r *Reader) Names() []string { return slices.Sorted(maps.Keys(r.index)) }

// Blob unpacks one blob; ok is false when there is none of that name.
func (r *Reader) Blob(name string) (blob []byte, ok bool, err error) {
	e, ok := r.index[name]
	if !ok {
		return nil, false, nil
	}
	blob = make([]byte, e.size)
	packed := []byte(r.body[e.offset : e.offset+e.packed])
	if _, err := io.ReadFull(flate.NewReader(bytes.NewReader(packed)), blob); err != nil {
		return nil, true, fmt.Errorf("archive: %s: %w", name, err)
	}
	return blob, true, nil
}
