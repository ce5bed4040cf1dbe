package measure

import (
	"bytes"
	_ "embed" // for the data below
	"sync"
)

//go:embed data/glioblastoma.csv.gz
var glioblastoma []byte

//go:embed data/glioblastoma-LICENSE.txt
var glioblastomaNotice string

// Glioblastoma returns 1,000 single cells of five glioblastomas, half of them
// untreated (condition "ctrl") and half treated with the drug panobinostat, 100
// cells for each patient_id and condition. pc1 to pc50 are coordinates on the
// principal axes of the logarithmic expression of genes; the two conditions share
// the axes but not the cells, as a measurement destroys the cell.
//
// Source: zhao:21, through the R package of ahlmann:25 under the MIT licence, whose
// notice [Table.Notice] returns.
func Glioblastoma() *Table { return readGlioblastoma() }

var readGlioblastoma = sync.OnceValue(func() *Table {
	t, err := ParseCSV("glioblastoma", bytes.NewReader(glioblastoma))
	if err != nil {
		panic(err)
	}
	t.notice = glioblastomaNotice
	return t
})
