package tensor

// real is a floating-point type the tape runs in.
type real interface{ float32 | float64 }

// The three products of a layer's forward and backward pass. All matrices are
// row-major without padding, and the product is added to c. Register tiles of
// two rows by four columns keep eight running sums, which is what Go's compiler
// holds in registers without spilling.

// gemmNN adds a b to c: c is m×n, a is m×k, b is k×n.
func gemmNN[T real](c, a, b []T, m, n, k int) {
	i := 0
	for ; i+2 <= m; i += 2 {
		a0, a1 := a[i*k:i*k+k], a[(i+1)*k:(i+1)*k+k]
		c0, c1 := c[i*n:i*n+n], c[(i+1)*n:(i+1)*n+n]
		j := 0
		for ; j+4 <= n; j += 4 {
			tileNN(c0[j:j+4], c1[j:j+4], a0, a1, b[j:], n)
		}
		for ; j < n; j++ {
			c0[j] += dotStrided(a0, b[j:], n)
			c1[j] += dotStrided(a1, b[j:], n)
		}
	}
	if i < m {
		ai, ci := a[i*k:i*k+k], c[i*n:i*n+n]
		for j := range ci {
			ci[j] += dotStrided(ai, b[j:], n)
		}
	}
}

// tileNN adds to two rows of four entries of c the products of two rows of a
// with four columns of b, whose rows are stride apart.
func tileNN[T real](c0, c1, a0, a1, b []T, stride int) {
	var s00, s01, s02, s03, s10, s11, s12, s13 T
	a1 = a1[:len(a0)]
	at := 0
	for p, x := range a0 {
		y := a1[p]
		r := b[at : at+4 : at+4]
		s00 += x * r[0]
		s01 += x * r[1]
		s02 += x * r[2]
		s03 += x * r[3]
		s10 += y * r[0]
		s11 += y * r[1]
		s12 += y * r[2]
		s13 += y * r[3]
		at += stride
	}
	c0, c1 = c0[:4], c1[:4]
	c0[0] += s00
	c0[1] += s01
	c0[2] += s02
	c0[3] += s03
	c1[0] += s10
	c1[1] += s11
	c1[2] += s12
	c1[3] += s13
}

// dotStrided returns the sum over p of a[p] b[p*stride].
func dotStrided[T real](a, b []T, stride int) (sum T) {
	at := 0
	for _, x := range a {
		sum += x * b[at]
		at += stride
	}
	return sum
}

// gemmTN adds aᵀ b to c: c is m×n, a is k×m, b is k×n. It is the gradient of a
// weight matrix, with k the rows of a batch.
func gemmTN[T real](c, a, b []T, m, n, k int) {
	i := 0
	for ; i+2 <= m; i += 2 {
		c0, c1 := c[i*n:i*n+n], c[(i+1)*n:(i+1)*n+n]
		j := 0
		for ; j+4 <= n; j += 4 {
			tileTN(c0[j:j+4], c1[j:j+4], a[i:], b[j:], m, n, k)
		}
		for ; j < n; j++ {
			c0[j] += dotColumns(a[i:], b[j:], m, n, k)
			c1[j] += dotColumns(a[i+1:], b[j:], m, n, k)
		}
	}
	if i < m {
		ci := c[i*n : i*n+n]
		for j := range ci {
			ci[j] += dotColumns(a[i:], b[j:], m, n, k)
		}
	}
}

// tileTN is tileNN for columns i and i+1 of a, whose rows are m apart.
func tileTN[T real](c0, c1, a, b []T, m, n, k int) {
	var s00, s01, s02, s03, s10, s11, s12, s13 T
	atA, atB := 0, 0
	for range k {
		l := a[atA : atA+2 : atA+2]
		r := b[atB : atB+4 : atB+4]
		x, y := l[0], l[1]
		s00 += x * r[0]
		s01 += x * r[1]
		s02 += x * r[2]
		s03 += x * r[3]
		s10 += y * r[0]
		s11 += y * r[1]
		s12 += y * r[2]
		s13 += y * r[3]
		atA += m
		atB += n
	}
	c0, c1 = c0[:4], c1[:4]
	c0[0] += s00
	c0[1] += s01
	c0[2] += s02
	c0[3] += s03
	c1[0] += s10
	c1[1] += s11
	c1[2] += s12
	c1[3] += s13
}

// dotColumns returns the sum over k rows of a[p*m] b[p*n].
func dotColumns[T real](a, b []T, m, n, k int) (sum T) {
	atA, atB := 0, 0
	for range k {
		sum += a[atA] * b[atB]
		atA += m
		atB += n
	}
	return sum
}

// gemmNT adds a bᵀ to c: c is m×n, a is m×k, b is n×k. It is the gradient of a
// layer's input, with b its weights.
func gemmNT[T real](c, a, b []T, m, n, k int) {
	i := 0
	for ; i+2 <= m; i += 2 {
		a0, a1 := a[i*k:i*k+k], a[(i+1)*k:(i+1)*k+k]
		c0, c1 := c[i*n:i*n+n], c[(i+1)*n:(i+1)*n+n]
		j := 0
		for ; j+4 <= n; j += 4 {
			tileNT(c0[j:j+4], c1[j:j+4], a0, a1, b[j*k:(j+4)*k])
		}
		for ; j < n; j++ {
			c0[j] += dot(a0, b[j*k:j*k+k])
			c1[j] += dot(a1, b[j*k:j*k+k])
		}
	}
	if i < m {
		ai, ci := a[i*k:i*k+k], c[i*n:i*n+n]
		for j := range ci {
			ci[j] += dot(ai, b[j*k:j*k+k])
		}
	}
}

// tileNT is tileNN with the four columns of b given as rows.
func tileNT[T real](c0, c1, a0, a1, b []T) {
	var s00, s01, s02, s03, s10, s11, s12, s13 T
	k := len(a0)
	a1 = a1[:k]
	b0, b1, b2, b3 := b[:k], b[k:2*k], b[2*k:3*k], b[3*k:4*k]
	b1, b2, b3 = b1[:k], b2[:k], b3[:k]
	for p, x := range a0 {
		y := a1[p]
		r0, r1, r2, r3 := b0[p], b1[p], b2[p], b3[p]
		s00 += x * r0
		s01 += x * r1
		s02 += x * r2
		s03 += x * r3
		s10 += y * r0
		s11 += y * r1
		s12 += y * r2
		s13 += y * r3
	}
	c0, c1 = c0[:4], c1[:4]
	c0[0] += s00
	c0[1] += s01
	c0[2] += s02
	c0[3] += s03
	c1[0] += s10
	c1[1] += s11
	c1[2] += s12
	c1[3] += s13
}

// dot returns the inner product of a and b, which have one length.
func dot[T real](a, b []T) (sum T) {
	b = b[:len(a)]
	for i, x := range a {
		sum += x * b[i]
	}
	return sum
}

// addColumnSums adds to dst, of n entries, the sums of the columns of the m×n
// matrix a.
func addColumnSums[T real](dst, a []T, m, n int) {
	dst = dst[:n]
	for i := range m {
		row := a[i*n : i*n+n]
		for j, v := range row {
			dst[j] += v
		}
	}
}
