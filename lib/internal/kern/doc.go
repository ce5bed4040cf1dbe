// Package kern holds the loops that decide how fast Gaspard is: matrix products,
// exponentials, Sinkhorn sums, what a training step does between its products,
// and the pool of workers that shares them out.
//
// Every kernel exists at up to three levels: portable Go, which is the reference
// and what other processors run, AVX2 with FMA, and AVX-512. The level is found
// when the program starts; the environment variable GASPARD_KERNELS (portable,
// avx2 or avx512) lowers it, and the build tag purego leaves the assembly out. One
// table, in dispatch.go, names the kernels of a level; gen/ writes the assembly.
//
// Conventions: matrices are row-major; ld is the distance between two rows, in
// elements. Shapes are checked by the exported functions, once per call, never in
// the assembly. Nothing here allocates. NaN and infinity come out of a kernel as
// they would out of its portable twin, unless its comment says otherwise. The assembly of
// float32 products and of what networks do between them takes denormal numbers, below
// 1.2e-38, for 0.
package kern

//go:generate go -C gen run . -to ..
