package monge

import (
	"fmt"

	"gaspard/lib/tensor"
)

// userLoss is a user's fitting loss for clouds of given sizes, recorded once.
type userLoss struct {
	plan   *tensor.Plan64
	tx, y  *tensor.Var
	result *tensor.Var
}

func newUserLoss(write func(tx, y *tensor.Var) *tensor.Var, n, m, d int) *userLoss {
	if write == nil {
		return nil
	}
	g := tensor.NewGraph()
	u := &userLoss{tx: g.Input(n, d), y: g.Data(m, d)}
	u.result = write(u.tx, u.y)
	if u.result == nil || u.result.Rows() != 1 || u.result.Cols() != 1 {
		panic("monge: UserLoss must return one number, 1×1, such as the Mean of something")
	}
	if g.NumParams() > 0 {
		panic(fmt.Sprintf("monge: UserLoss has %d parameters, which nothing trains", g.NumParams()))
	}
	u.plan = g.Plan64(u.result, nil, nil)
	return u
}

// evaluate returns the loss and writes its gradient by tx to grad.
func (u *userLoss) evaluate(grad, tx, y []float64) float64 {
	copy(u.plan.Value(u.tx), tx)
	copy(u.plan.Value(u.y), y)
	u.plan.Forward()
	u.plan.Backward(nil)
	copy(grad, u.plan.Grad(u.tx))
	return u.plan.Value(u.result)[0]
}
