package measure

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"gaspard/lib/job"
)

const cells = `condition,patient,CD3,CD4
ctrl,p1,1,-2.5
"drug, high",p1,2e1,0
ctrl,p2,3,.5
`

func parse(t *testing.T, text string) *Table {
	t.Helper()
	table, err := ParseCSV("cells.csv", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func zipped(text string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write([]byte(text))
	w.Close()
	return b.Bytes()
}

func TestTableOfAFile(t *testing.T) {
	dir := t.TempDir()
	for name, data := range map[string][]byte{
		"cells.csv": []byte(cells), "cells.csv.gz": zipped(cells), "bom.csv": []byte("\ufeff" + cells),
		"crlf.csv": []byte(strings.ReplaceAll(cells, "\n", "\r\n")), "end.csv": []byte(strings.TrimSpace(cells)),
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		table, err := ReadCSV(path)
		if err != nil {
			t.Fatal(err)
		}
		if table.Name() != name || table.Rows() != 3 {
			t.Errorf("%d rows of %s", table.Rows(), table.Name())
		}
		if got := table.Columns(); !slices.Equal(got, []string{"condition", "patient", "CD3", "CD4"}) {
			t.Errorf("%s: columns %q", name, got)
		}
		if got := table.Numeric(); !slices.Equal(got, []string{"CD3", "CD4"}) {
			t.Errorf("%s: numbers in %q", name, got)
		}
		if got := table.Points(); !mat.Equal(got, mat.NewDense(3, 2, []float64{1, -2.5, 20, 0, 3, 0.5})) {
			t.Errorf("%s: points\n%v", name, mat.Formatted(got))
		}
	}
	if _, err := ReadCSV(filepath.Join(dir, "none.csv")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}

func TestSelection(t *testing.T) {
	table := parse(t, cells)
	control := table.Where("condition", "ctrl")
	if got := control.Points("CD4", "CD3"); !mat.Equal(got, mat.NewDense(2, 2, []float64{-2.5, 1, 0.5, 3})) {
		t.Errorf("control cells\n%v", mat.Formatted(got))
	}
	if got := control.Where("patient", "p2").Column("CD3"); !slices.Equal(got, []float64{3}) {
		t.Errorf("control cells of the second patient: %g", got)
	}
	if got := table.Without("condition", "ctrl").Labels("condition"); !slices.Equal(got, []string{"drug, high"}) {
		t.Errorf("without control: %q", got)
	}
	if got := table.Where("CD3", "20.0").Rows(); got != 1 {
		t.Errorf("%d rows of CD3 20", got)
	}
	if got := table.Values("patient"); !slices.Equal(got, []string{"p1", "p2"}) {
		t.Errorf("patients %q", got)
	}
	if got, want := table.String(), "cells.csv: 3 rows\nnumbers: 2 columns, CD3, CD4\ncondition: ctrl 2, drug, high 1\npatient: p1 2, p2 1"; got != want {
		t.Errorf("summary\n%s\nwant\n%s", got, want)
	}
	for want, f := range map[string]func(){
		`measure: cells.csv has no column "CD5"; there are condition, patient, CD3, CD4`:        func() { table.Column("CD5") },
		`measure: no row of cells.csv has condition "control"; there are ctrl, drug, high`:      func() { table.Where("condition", "control") },
		`measure: no row of cells.csv has CD3 "many"; there are 1, 20, 3`:                       func() { table.Without("CD3", "many") },
		`measure: every row of cells.csv has condition "ctrl"`:                                  func() { control.Without("condition", "ctrl") },
		`measure: column patient of cells.csv holds text, such as "p1"`:                         func() { table.Points("patient") },
		`measure: names.csv has no column of numbers`:                                           func() { named(t, "names.csv", "a\nx\n").Points() },
		`measure: no row of cells.csv has condition "x"; there is only ctrl`:                    func() { control.Where("condition", "x") },
		`measure: cells.csv has no column ""; there are condition, patient, CD3, CD4`:           func() { table.Values("") },
		`measure: no row of cells.csv has CD3 "NaN"; there are 1, 20, 3`:                        func() { table.Where("CD3", "NaN") },
		`measure: names.csv has no column "b"; there is only a`:                                 func() { named(t, "names.csv", "a\nx\n").Labels("b") },
		`measure: cells.csv has no column "condition "; there are condition, patient, CD3, CD4`: func() { table.Where("condition ", "ctrl") },
	} {
		if got, ok := caught(f).(*job.DataError); !ok || got.Message != want {
			t.Errorf("got %v, want %s", caught(f), want)
		}
	}
}

func named(t *testing.T, name, text string) *Table {
	table, err := ParseCSV(name, strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestWhichColumnsHoldNumbers(t *testing.T) {
	table := parse(t, ",cluster,empty,x,tag\nrow1,1,,1,a\n7,2a, ,2,3\n8,3b,,3,b\n")
	if got := table.Numeric(); !slices.Equal(got, []string{"x"}) {
		t.Errorf("numbers in %q", got)
	}
}

func TestBadFiles(t *testing.T) {
	many := "a,b\n" + strings.Repeat("1,2\n", 150)
	cases := []struct{ text, want string }{
		{"", "f.csv: is empty"},
		{"\n\n", "f.csv: is empty"},
		{"a,b\n", "f.csv: has no rows, only the names of columns"},
		{"1,2\n3,4\n", "f.csv, line 1: holds numbers where the names of columns are expected"},
		{"a,a\n3,4\n", `f.csv, line 1, column 2: the name "a" is that of column 1 already`},
		{" \nx\n", "f.csv, line 1, column 1: the column has no name"},
		{"a,\n3,4\n", "f.csv, line 1, column 2: the column has no name"},
		{"a,b\n1,2\n3\n", "f.csv, line 3, column 2 (b): missing; the line has 1 of 2 fields"},
		{"a,b\n1,2\n\n3,4,5\n", "f.csv, line 4, column 3: the line has 3 fields, and the first line names 2 columns"},
		{many + "1,x\n", `f.csv, line 152, column 2 (b): "x" is not a number`},
		{"a,b\n1,2\n3,x4\n5,6\n", `f.csv, line 3, column 2 (b): "x4" is not a number`},
		{"a,b\n1,x\n3,4\n5,6\n", `f.csv, line 2, column 2 (b): "x" is not a number`},
		{"a,b\n1,NaN\n3,4\n", "f.csv, line 2, column 2 (b): NaN where a number is needed"},
		{"a,b\n1,2\nNA,4\n", "f.csv, line 3, column 1 (a): NA where a number is needed"},
		{"a,b\n1,2\n3,\n", "f.csv, line 3, column 2 (b): there is no number"},
		{"a,b\n1,2\n3,-Inf\n", `f.csv, line 3, column 2 (b): "-Inf" is not finite`},
		{"a,b\n1,2\n3,1e999\n", `f.csv, line 3, column 2 (b): "1e999" is not finite`},
		{"t,b\n\"two\nlines\",2\nx,3\n\"a\",\"1,5\"\n", `f.csv, line 5, column 2 (b): "1,5" is not a number`},
		{"a,b\n1,\"2\n", `f.csv, line 2: extraneous or missing " in quoted-field`},
		{"\x1f\x8b123", "f.csv: cannot be unpacked: unexpected EOF"},
		{string(zipped(many)[:30]), "f.csv: cannot be read to its end: unexpected EOF"},
	}
	for _, c := range cases {
		_, err := ParseCSV("f.csv", strings.NewReader(c.text))
		var place *CSVError
		if !errors.As(err, &place) || err.Error() != c.want {
			t.Errorf("%.40q: %v, want %s", c.text, err, c.want)
		}
	}
}

func TestTextColumnsKeepWhatIsNoNumber(t *testing.T) {
	const text = "loss,size\n2.5,10\n,20\nNaN,30\ninf,40\n"
	if _, err := ParseCSV("f.csv", strings.NewReader(text)); err == nil {
		t.Error("numbers that are missing pass as numbers")
	}
	table, err := ParseCSVText("f.csv", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if got := table.Labels("loss"); !slices.Equal(got, []string{"2.5", "", "NaN", "inf"}) {
		t.Errorf("loss is %q", got)
	}
	if got := table.Labels("size"); !slices.Equal(got, []string{"10", "20", "30", "40"}) {
		t.Errorf("size is %q", got)
	}
}

func TestGlioblastoma(t *testing.T) {
	table := Glioblastoma()
	if n := len(table.Numeric()); table.Rows() != 1000 || n != 50 {
		t.Fatalf("%d rows, %d columns of numbers", table.Rows(), n)
	}
	for _, condition := range []string{"ctrl", "panobinostat"} {
		for _, patient := range table.Values("patient_id") {
			if n := table.Where("condition", condition).Where("patient_id", patient).Rows(); n != 100 {
				t.Errorf("%d cells of %s, %s", n, patient, condition)
			}
		}
	}
	if !strings.Contains(table.Where("condition", "ctrl").Notice(), "Permission is hereby granted") {
		t.Error("the notice is not with the data")
	}
}

// A table that was read and is written again is read as the same numbers.
func FuzzParseCSV(f *testing.F) {
	for _, seed := range []string{cells, "a\n1\n", "a,b\n1,2\n3\n", "a,b\n1,NaN\n", ",x\n1,2\n", "a\n\"b\n", "t,x\n\"p\nq\",1e3\n", "\ufeffa\n0x1p-2\n", string(zipped(cells))} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		table, err := ParseCSV("fuzz.csv", bytes.NewReader(data))
		if err != nil {
			var place *CSVError
			if !errors.As(err, &place) || table != nil {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		numeric := table.Numeric()
		var b bytes.Buffer
		b.WriteString("\ufeff") // so that no name can start with the mark of the file
		w := csv.NewWriter(&b)
		// A line of one empty field would be an empty line, which is no line.
		w.Write(append(table.Columns(), "a column of the test"))
		var columns [][]string
		for _, name := range table.Columns() {
			columns = append(columns, table.Labels(name))
		}
		for i := range table.Rows() {
			var row []string
			for _, labels := range columns {
				row = append(row, labels[i])
			}
			w.Write(append(row, "text"))
		}
		w.Flush()
		again, err := ParseCSV("again.csv", &b)
		if err != nil {
			t.Fatalf("written again: %v", err)
		}
		if !slices.Equal(again.Numeric(), numeric) || again.Rows() != table.Rows() {
			t.Fatalf("numbers in %q, then in %q", numeric, again.Numeric())
		}
		if len(numeric) > 0 && !mat.Equal(table.Points(), again.Points()) {
			t.Fatal(fmt.Sprint("other numbers", table, again))
		}
	})
}
