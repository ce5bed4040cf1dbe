package measure_test

import (
	"fmt"
	"strings"

	"gaspard/lib/measure"
)

func ExampleMoons() {
	x := measure.Moons(0.05).Draw(300, 1)
	n, d := x.Dims()
	fmt.Println(n, d)
	// Output: 300 2
}

func ExampleParseCSV() {
	file := "drug,cd3,cd4\nno,1,2\nyes,3,4\nyes,5,6\n"
	table, err := measure.ParseCSV("cells.csv", strings.NewReader(file))
	if err != nil {
		fmt.Println(err)
		return
	}
	x := table.Where("drug", "yes").Points("cd3", "cd4")
	fmt.Println(table.Numeric(), x.RawMatrix().Data)
	// Output: [cd3 cd4] [3 4 5 6]
}

func ExampleSplit() {
	x := measure.Ring(1, 0.1).Draw(100, 1)
	train, held := measure.Split(x, 0.8, 7)
	fmt.Println(train.RawMatrix().Rows, held.RawMatrix().Rows)
	// Output: 80 20
}

func ExampleW2Pair() {
	pair := measure.W2Pair(8)
	x := pair.Source.Draw(100, 1)
	n, d := pair.Push(x).Dims() // By the optimal map.
	fmt.Println(n, d)
	// Output: 100 8
}
