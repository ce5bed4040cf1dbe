package values

import "reflect"

// Send returns the operation that sends on a channel, and gives up when its cell
// is interrupted.
func (w *World) Send(ch *Type) string {
	return w.Op("send "+ch.Name, func() reflect.Value {
		return function([]reflect.Type{ch.R, ch.R.Elem()}, nil, func(args []reflect.Value) []reflect.Value {
			if !args[0].IsNil() && args[0].TrySend(args[1]) {
				return nil
			}
			w.choose(reflect.SelectCase{Dir: reflect.SelectSend, Chan: args[0], Send: args[1]})
			return nil
		})
	})
}

// Receive returns the operation that receives from a channel, with the second
// result where ok is set.
func (w *World) Receive(ch *Type, ok bool) string {
	key, out := "receive ", []reflect.Type{ch.R.Elem()}
	if ok {
		key, out = "receive2 ", append(out, boolType)
	}
	return w.Op(key+ch.Name, func() reflect.Value {
		return function([]reflect.Type{ch.R}, out, func(args []reflect.Value) []reflect.Value {
			_, v, open := w.choose(reflect.SelectCase{Dir: reflect.SelectRecv, Chan: args[0]})
			if !v.IsValid() {
				v = reflect.Zero(ch.R.Elem())
			}
			if ok {
				return []reflect.Value{v, reflect.ValueOf(open)}
			}
			return []reflect.Value{v}
		})
	})
}

// choose runs a select among cases and the interruption of the cell.
func (w *World) choose(cases ...reflect.SelectCase) (int, reflect.Value, bool) {
	if stopped := w.run.Stopped(); stopped != nil {
		cases = append(cases, reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(stopped)})
	}
	k, v, ok := reflect.Select(cases)
	for k == len(cases)-1 && cases[k].Dir == reflect.SelectRecv && cases[k].Chan.Type() == stopType {
		w.run.Quit()
		k, v, ok = reflect.Select(cases[:k]) // another cell was meant
	}
	return k, v, ok
}

var stopType = typeOf[<-chan struct{}]()

// Selection is a select statement under way.
type Selection struct {
	cases []reflect.SelectCase
	value reflect.Value
	open  bool
}

// Receiving adds the case of a receive.
func (s *Selection) Receiving(ch any) {
	s.cases = append(s.cases, reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(ch)})
}

// Sending returns the operation that adds the case of a send to a selection.
func (w *World) Sending(ch *Type) string {
	return w.Op("sending "+ch.Name, func() reflect.Value {
		return function([]reflect.Type{typeOf[*Selection](), ch.R, ch.R.Elem()}, nil, func(args []reflect.Value) []reflect.Value {
			s := args[0].Interface().(*Selection)
			v := reflect.New(ch.R.Elem()).Elem()
			v.Set(args[2])
			s.cases = append(s.cases, reflect.SelectCase{Dir: reflect.SelectSend, Chan: args[1], Send: v})
			return nil
		})
	})
}

// Select waits for a case and returns its number in the order they were added,
// the number of cases for the default.
func (w *World) Select(s *Selection, hasDefault bool) int {
	if hasDefault {
		cases := append(s.cases[:len(s.cases):len(s.cases)], reflect.SelectCase{Dir: reflect.SelectDefault})
		var k int
		k, s.value, s.open = reflect.Select(cases)
		return k
	}
	var k int
	k, s.value, s.open = w.choose(s.cases...)
	return k
}

// Selected returns the operation that takes what a selection received, of a
// channel type.
func (w *World) Selected(ch *Type) string {
	return w.Op("selected "+ch.Name, func() reflect.Value {
		return function([]reflect.Type{typeOf[*Selection]()}, []reflect.Type{ch.R.Elem(), boolType}, func(args []reflect.Value) []reflect.Value {
			s := args[0].Interface().(*Selection)
			v := s.value
			if !v.IsValid() {
				v = reflect.Zero(ch.R.Elem())
			}
			return []reflect.Value{v, reflect.ValueOf(s.open)}
		})
	})
}
