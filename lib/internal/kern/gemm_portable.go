package kern

// productPortable computes tiles of 2×4, as many as the registers hold.
func productPortable[T float32 | float64](c []T, ldc int, a []T, rs, ks int, b []T, ldb, m, n, k int, add bool) {
	if !add {
		for i := range m {
			clear(c[i*ldc : i*ldc+n])
		}
	}
	for j := 0; j < n; j += 4 {
		cols := min(4, n-j)
		for i := 0; i < m; i += 2 {
			rows := min(2, m-i)
			if rows == 2 && cols == 4 {
				tilePortable(c[i*ldc+j:], ldc, a[i*rs:], rs, ks, b[j:], ldb, k)
				continue
			}
			for r := i; r < i+rows; r++ {
				for s := j; s < j+cols; s++ {
					var sum T
					for p := range k {
						sum += a[r*rs+p*ks] * b[p*ldb+s]
					}
					c[r*ldc+s] += sum
				}
			}
		}
	}
}

func tilePortable[T float32 | float64](c []T, ldc int, a []T, rs, ks int, b []T, ldb, k int) {
	var c00, c01, c02, c03, c10, c11, c12, c13 T
	for p := range k {
		row := b[p*ldb : p*ldb+4 : p*ldb+4]
		x, y := a[p*ks], a[rs+p*ks]
		c00 += x * row[0]
		c01 += x * row[1]
		c02 += x * row[2]
		c03 += x * row[3]
		c10 += y * row[0]
		c11 += y * row[1]
		c12 += y * row[2]
		c13 += y * row[3]
	}
	top, bottom := c[0:4:4], c[ldc:ldc+4:ldc+4]
	top[0] += c00
	top[1] += c01
	top[2] += c02
	top[3] += c03
	bottom[0] += c10
	bottom[1] += c11
	bottom[2] += c12
	bottom[3] += c13
}

func dotsPortable[T float32 | float64](c []T, rc, cc int, a []T, lda int, b []T, ldb, m, n, k int, add bool) {
	for i := range m {
		x := a[i*lda : i*lda+k]
		for j := range n {
			y := b[j*ldb : j*ldb+k]
			var even, odd T
			p := 0
			for ; p+1 < len(x); p += 2 {
				even += x[p] * y[p]
				odd += x[p+1] * y[p+1]
			}
			if p < len(x) {
				even += x[p] * y[p]
			}
			if add {
				c[i*rc+j*cc] += even + odd
			} else {
				c[i*rc+j*cc] = even + odd
			}
		}
	}
}
