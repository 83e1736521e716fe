package policy

// GAE returns generalised advantages and the targets of the critic for one
// episode ([GAE]):
//
//	δ_t = r_t + γ V(s_{t+1}) − V(s_t),   V = 0 after the last decision
//	A_t = Σ_l (γλ)^l δ_{t+l},            G_t = A_t + V(s_t)
//
// λ = 1 compares the whole return with the value; λ = 0 looks one step ahead.
//
//	rewards [T]  r_t, for an architecture 0 but for the last
//	values  [T]  V(s_t), the critic's guess before decision t
func GAE(rewards, values []float64, discount, lambda float64) (advantages, targets []float64) {
	advantages, targets = make([]float64, len(rewards)), make([]float64, len(rewards))
	after, carried := 0.0, 0.0 // V(s_{t+1}), A_{t+1}
	for t := len(rewards) - 1; t >= 0; t-- {
		carried = rewards[t] + discount*after - values[t] + discount*lambda*carried
		after = values[t]
		advantages[t], targets[t] = carried, carried+values[t]
	}
	return advantages, targets
}
