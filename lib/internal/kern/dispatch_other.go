//go:build !amd64 || purego

package kern

func detect() Level { return Portable }

func (t *table) avx2() {}

func (t *table) avx512() {}
