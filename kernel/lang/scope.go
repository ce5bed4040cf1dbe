package lang

import (
	"go/types"
	"reflect"
)

// clearScope empties the session's package for the next cell. To the checker all
// cells are one package, since only its own may set a field that is not
// exported, but each sees its own choice of names, and a scope has no call to
// forget one. A test holds the fields of go/types.
func (s *Session) clearScope() {
	scope := reflect.ValueOf(s.pkg.Scope()).Elem()
	clear(*(*map[string]types.Object)(scope.FieldByName("elems").Addr().UnsafePointer()))
	*(*[]*types.Scope)(scope.FieldByName("children").Addr().UnsafePointer()) = nil // the files of earlier cells
}

// isPackageLevel reports whether an object was declared outside all functions,
// in whichever cell.
func isPackageLevel(obj types.Object) bool {
	return obj.Parent() != nil && obj.Parent().Parent() == types.Universe
}
