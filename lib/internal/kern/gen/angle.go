package main

import "github.com/mmcloughlin/avo/reg"

// angle writes what geodesic costs on the sphere need between squared chords and angles.
func angle(f *family) {
	f.eachLoops(angles)
	f.eachLoops(sines)
}

// arcSeries holds the coefficients, from 1 upwards, of 2 asin(√z)/√z on [0, ½]: relative
// errors 4e-10 and 8e-20.
var arcSeries = map[int][]float64{
	32: {
		1.9999999995248215899, 0.3333335229775788483, 0.14998762575059126076, 0.089595737296726338614,
		0.056867602622483824616, 0.072416352455241157743, -0.08213617741069790257, 0.32166356709108695736,
		-0.39109254607613498037, 0.28630212244660125985,
	},
	64: {
		2, 0.33333333333333351577, 0.14999999999994139928, 0.089285714293181599025,
		0.060763888385503747975, 0.044744338939032806812, 0.034704957851781362037, 0.027940777160330258048,
		0.022945478466688712092, 0.021224849282490535228, 0.0026866201043804061281, 0.10569451333647684218,
		-0.45009560713702326359, 1.8709335035521505834, -5.8868741971656268557, 14.700603446518173605,
		-28.417996452478835027, 41.896296452171751544, -45.486331834252824444, 34.423934943895744317,
		-16.263447754821214426, 3.657496684204383997,
	},
}

// angles turns each s into 2 asin(√s/2), for s > 2 by way of π - 2 asin(√(4-s)/2).
func angles(s *loops) {
	s.begin("angles", "func(c *E, n int)")
	c, n := s.integer("c"), s.integer("n")
	e := s.columnTail(n)
	s.toBytes(n)
	held, together := 0, 2
	if s.zmm {
		held, together = 10, 4
	}
	series := s.constants(held, arcSeries[s.bits])
	two, four, half, nothing := s.inRegister(2), s.inRegister(4), s.inRegister(3.141592653589793238), s.register()
	s.clear(nothing)
	s.columns(n, e, together, func(j reg.GPVirtual, vectors int, e *tail) {
		x, z, far := s.registers(vectors), s.registers(vectors), make([]tail, vectors)
		for u, x := range x {
			s.loadPart(indexed(c, j, u*s.width()), e, x)
			far[u] = s.where(greaterThan, two, x)
			s.sub(x, four, z[u])
			s.choose(far[u], z[u], x, z[u])
			s.mul(s.constant(0.25), z[u], z[u])
			s.max(z[u], nothing, z[u]) // beyond 4 by rounding; NaN stays
		}
		s.horner(x, z, series)
		for u, x := range x {
			s.sqrt(z[u], z[u])
			s.mul(z[u], x, x)
			s.sub(x, half, z[u])
			s.choose(far[u], z[u], x, x)
			s.storePart(x, e, indexed(c, j, u*s.width()))
		}
	})
	s.end()
}

// sines divides each k by √(c(4-c))/2 where that is above 0, and makes it 0 elsewhere.
func sines(s *loops) {
	s.begin("sines", "func(k, c *E, n int)")
	k, c, n := s.integer("k"), s.integer("c"), s.integer("n")
	e := s.columnTail(n)
	s.toBytes(n)
	four, nothing := s.inRegister(4), s.register()
	s.clear(nothing)
	s.columns(n, e, 2, func(j reg.GPVirtual, vectors int, e *tail) {
		for u := range vectors {
			x, by, sine := s.register(), s.register(), s.register()
			s.loadPart(indexed(k, j, u*s.width()), e, x)
			s.loadPart(indexed(c, j, u*s.width()), e, by)
			s.sub(by, four, sine)
			s.mul(s.constant(0.25), sine, sine)
			s.mul(by, sine, sine)
			positive := s.where(greaterThan, nothing, sine)
			s.sqrt(sine, sine)
			s.div(sine, x, x)
			s.choose(positive, x, nothing, x)
			s.storePart(x, e, indexed(k, j, u*s.width()))
		}
	})
	s.end()
}
