package search

import "naslab.dev/nasx/space"

// Keys of [Trace.Scalars]. Values are finite; what does not exist is absent.
const (
	ScalarLoss           = "loss"            // nats: the loss that the weights were trained on in this step
	ScalarArchLoss       = "arch_loss"       // nats: the loss that the architecture was trained on
	ScalarAccuracy       = "accuracy"        // fraction of this step's training minibatch
	ScalarReward         = "reward"          // what the architecture was worth
	ScalarBest           = "best"            // highest reward so far
	ScalarBaseline       = "baseline"        // what was subtracted from the reward
	ScalarAdvantage      = "advantage"       // reward − baseline
	ScalarSearchAccuracy = "search_accuracy" // fraction of held-out images, by the search network
	ScalarChildArgmax    = "child_argmax"    // the same, by the argmax child with inherited weights
	ScalarChildDARTS     = "child_darts"     // the same, by the child of the DARTS rule
	ScalarEntropyNormal  = "entropy_normal"  // nats per decision, mean over the normal cell
	ScalarEntropyReduce  = "entropy_reduce"  // nats per decision, mean over the reduction cell
	ScalarEntropy        = "entropy"         // nats per decision, mean over all decisions
	ScalarTemperature    = "temperature"     // λ of the Concrete distribution
	ScalarWeightRate     = "weight_rate"     // learning rate of the weights
	ScalarArchRate       = "arch_rate"       // learning rate of the architecture
	ScalarGradNorm       = "grad_norm"       // L2 norm of the weights' gradient before clipping
	ScalarPenalty        = "penalty"         // resource penalty, already times its weight
	ScalarResourceWeight = "resource_weight" // η
)

// Phases of [Trace.Phase].
const (
	PhaseSearch = "search" // an ordinary update
	PhaseWarmup = "warmup" // weights only
)

// Trace explains one step with plain values, ready to plot, store or compare.
// A nil slice means that the quantity does not exist for the method. Matrices
// have one row per decision and one column per choice; rows may be ragged. In a
// method that mixes operations or samples relaxed ones, Z is what the network
// was multiplied by, and OpGrad[d][k] = ∂L/∂Z[d][k] is g of [SNAS] section 3.
type Trace struct {
	Step     int                `json:"step"`                // 1 for the first update
	Phase    string             `json:"phase"`               // one of the Phase constants
	Arch     space.Arch         `json:"arch,omitempty"`      // sampled in this step
	Z        [][]float64        `json:"z,omitempty"`         // relaxed one-hot rows used by the network
	Probs    [][]float64        `json:"probs,omitempty"`     // choice probabilities before the update
	OpGrad   [][]float64        `json:"op_grad,omitempty"`   // g: ∂L/∂Z
	Extra    [][]float64        `json:"extra,omitempty"`     // what else enters Grad, as its Term says: a second-order term
	Grad     [][]float64        `json:"grad,omitempty"`      // ∂L/∂logits of this step
	Update   [][]float64        `json:"update,omitempty"`    // what the optimizer then added to the logits
	Credit   []float64          `json:"credit,omitempty"`    // per decision; positive helped
	CreditBy string             `json:"credit_by,omitempty"` // by which rule, for example "-R, first-order Taylor term"
	Scalars  map[string]float64 `json:"scalars,omitempty"`   // keys are the Scalar constants
	Terms    []Term             `json:"terms,omitempty"`     // the symbols of Formula, in order of appearance
	Formula  string             `json:"formula,omitempty"`   // for example "∂L/∂a = Z*(g - R)/λ"; see [Trace.Explain]
}

// Rows that a [Term] may take its value from, for the decision and the choice
// that one looks at.
const (
	RowZ         = "z"         // Trace.Z[d][k]
	RowProbs     = "probs"     // Trace.Probs[d][k]
	RowOpGrad    = "op_grad"   // Trace.OpGrad[d][k]
	RowExtra     = "extra"     // Trace.Extra[d][k]
	RowCredit    = "credit"    // Trace.Credit[d]
	RowNegCredit = "-credit"   // −Trace.Credit[d], R of [SNAS]
	RowIndicator = "indicator" // 1 where Trace.Arch[d] is k, else 0
)

// Term is one symbol of an update's equation.
type Term struct {
	Symbol  string  `json:"symbol"`          // as in Formula: "Z", "g", "λ"
	Meaning string  `json:"meaning"`         // in words, with the unit
	Row     string  `json:"row,omitempty"`   // where its value stands; "" if it is Value
	Value   float64 `json:"value,omitempty"` // for symbols that all decisions share
}
